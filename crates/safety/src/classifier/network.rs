//! A small convolutional network over the words of a text (Kim 2014): it sees which words stand side by side where the linear
//! classifier sees that both are there.
//!
//! A word is the sum of its own vector and those of its letters, so that a misspelt word is near the right one. Three
//! neighbouring words make channels; of each channel the greatest value and the mean are kept, and two layers judge them.

use std::collections::HashMap;

use super::features::{Item, each_letters};

/// Length of a word's vector.
pub const DIMENSIONS: usize = 32;
/// How many things are looked for in each three words.
pub const CHANNELS: usize = 64;
/// Width of the layer before the last.
pub const HIDDEN: usize = 64;
/// Two to the power of this many vectors for words, and as many for letters.
pub const BITS: u32 = 15;
/// More pieces of letters than these add nothing to a word.
pub const MOST_LETTERS: usize = 12;
/// What each piece of letters counts against the word itself.
pub const LETTERS_SCALE: f32 = 0.25;

/// A trained network that chooses one of `C` classes.
///
/// The file, little-endian: the worth of one step of a vector's element (`f32`); for the three places of a channel
/// `DIMENSIONS` by `CHANNELS` weights, then the channels' biases; the hidden layer's weights, input by input (greatest values,
/// then means), and its biases; the last layer's weights, input by input, and its biases (all `f32`); then the vectors of
/// words, then of letters (one signed byte an element).
pub struct Network<const C: usize> {
    file: &'static [u8],
}

const CONVOLUTION: usize = 4;
const CHANNEL_BIAS: usize = CONVOLUTION + 4 * 3 * DIMENSIONS * CHANNELS;
const DENSE: usize = CHANNEL_BIAS + 4 * CHANNELS;
const DENSE_BIAS: usize = DENSE + 4 * 2 * CHANNELS * HIDDEN;
const LAST: usize = DENSE_BIAS + 4 * HIDDEN;

/// What the channels make of one word in each of its three places.
type Places = [[f32; CHANNELS]; 3];

impl<const C: usize> Network<C> {
    const VECTORS: usize = LAST + 4 * (HIDDEN * C + C);

    /// A constant: a file that does not fit stops the build.
    pub const fn new(file: &'static [u8]) -> Self {
        assert!(
            file.len() == Self::VECTORS + ((2 * DIMENSIONS) << BITS),
            "the file has another form"
        );
        Self { file }
    }

    /// The classes' scores, as logarithms of what they are proportional to.
    pub fn scores(&self, items: &[Item<'_>]) -> [f32; C] {
        let mut known: HashMap<u32, usize> = HashMap::new();
        let mut places: Vec<Places> = Vec::new();
        let mut convolution = vec![0.0; 3 * DIMENSIONS * CHANNELS];
        self.read(CONVOLUTION, &mut convolution);
        let words: Vec<usize> = items
            .iter()
            .map(|item| {
                *known.entry(item.hash).or_insert_with(|| {
                    places.push(place(&self.vector(item), &convolution));
                    places.len() - 1
                })
            })
            .collect();
        let mut bias = [0.0; CHANNELS];
        self.read(CHANNEL_BIAS, &mut bias);
        let mut greatest = [0.0_f32; CHANNELS];
        let mut mean = [0.0; CHANNELS];
        for at in 0..words.len() {
            let mut channels = bias;
            for (place, near) in [at.checked_sub(1), Some(at), Some(at + 1)].into_iter().enumerate() {
                if let Some(word) = near.and_then(|near| words.get(near)) {
                    add(&mut channels, &places[*word][place], 1.0);
                }
            }
            for channel in 0..CHANNELS {
                greatest[channel] = greatest[channel].max(channels[channel]);
                mean[channel] += channels[channel].max(0.0);
            }
        }
        let scale = mean_scale(words.len());
        let pooled = greatest.into_iter().chain(mean.map(|mean| mean * scale));

        let mut hidden = [0.0; HIDDEN];
        self.read(DENSE_BIAS, &mut hidden);
        let mut row = [0.0; HIDDEN];
        for (input, value) in pooled.enumerate().filter(|(_, value)| *value != 0.0) {
            self.read(DENSE + 4 * HIDDEN * input, &mut row);
            add(&mut hidden, &row, value);
        }
        let mut scores = [0.0; C];
        self.read(LAST + 4 * HIDDEN * C, &mut scores);
        let mut row = [0.0; C];
        for (input, value) in hidden.iter().enumerate().filter(|(_, value)| **value > 0.0) {
            self.read(LAST + 4 * C * input, &mut row);
            add(&mut scores, &row, *value);
        }
        scores
    }

    fn vector(&self, item: &Item<'_>) -> [f32; DIMENSIONS] {
        let mut vector = [0.0; DIMENSIONS];
        self.add_vector(&mut vector, row(item.hash), 1.0);
        each_piece(item, |letters| {
            self.add_vector(&mut vector, (1 << BITS) + row(letters), LETTERS_SCALE)
        });
        vector
    }

    fn add_vector(&self, vector: &mut [f32; DIMENSIONS], row: usize, scale: f32) {
        let mut step = [0.0];
        self.read(0, &mut step);
        let elements = &self.file[Self::VECTORS + DIMENSIONS * row..][..DIMENSIONS];
        for (value, element) in vector.iter_mut().zip(elements) {
            *value += f32::from(element.cast_signed()) * step[0] * scale;
        }
    }

    fn read(&self, at: usize, into: &mut [f32]) {
        let bytes = self.file[at..][..4 * into.len()].chunks_exact(4);
        for (value, bytes) in into.iter_mut().zip(bytes) {
            *value = f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
    }
}

/// Of a long text the first and the last 75 words and marks: there people say what it is about, and the network is not
/// to cost more for a story than for a question.
pub fn beginning_and_end(mut items: Vec<Item<'_>>) -> Vec<Item<'_>> {
    const KEPT: usize = 75;
    if items.len() > 2 * KEPT {
        items.drain(KEPT..items.len() - KEPT);
    }
    items
}

/// Passes on the pieces of letters of a word that count.
pub fn each_piece(item: &Item<'_>, mut pass: impl FnMut(u32)) {
    let mut left = MOST_LETTERS;
    if let Some(letters) = &item.letters {
        each_letters(letters.as_bytes(), 4, |hash| {
            if left > 0 {
                left -= 1;
                pass(hash);
            }
        });
    }
}

/// The vector of a word or of letters.
pub fn row(hash: u32) -> usize {
    super::weights::bucket(hash, BITS)
}

/// What the sum over the words is multiplied by: less than a mean, so that long texts count a little more.
#[allow(clippy::cast_precision_loss, reason = "a count of words")]
pub fn mean_scale(words: usize) -> f32 {
    1.0 / (3.0 * (words as f32 + 4.0).sqrt())
}

fn place(vector: &[f32; DIMENSIONS], convolution: &[f32]) -> Places {
    /// So many sums at once stay in a machine's registers.
    const LANES: usize = 16;
    let mut places = [[0.0; CHANNELS]; 3];
    for (place, channels) in places.iter_mut().enumerate() {
        for (lane, channels) in channels.chunks_exact_mut(LANES).enumerate() {
            let mut sums = [0.0; LANES];
            for (dimension, value) in vector.iter().enumerate() {
                let start = (place * DIMENSIONS + dimension) * CHANNELS + lane * LANES;
                for (sum, weight) in sums.iter_mut().zip(&convolution[start..start + LANES]) {
                    *sum += weight * value;
                }
            }
            channels.copy_from_slice(&sums);
        }
    }
    places
}

fn add(sum: &mut [f32], of: &[f32], times: f32) {
    for (sum, of) in sum.iter_mut().zip(of) {
        *sum += of * times;
    }
}
