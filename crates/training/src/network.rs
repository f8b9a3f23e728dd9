//! Trains the convolutional network of `medchat-safety`: backpropagation by hand, Adam (Kingma and Ba 2015).

use std::path::Path;

use medchat_safety::training::{CHANNELS, DIMENSIONS, HIDDEN, LETTERS_SCALE, ROWS, mean_scale};

use crate::random::Random;

/// A text for the network: for each word the rows of its vectors, its own first, and the right class.
#[derive(Debug, Clone)]
pub struct Sequence {
    /// Rows by word.
    pub words: Vec<Vec<u32>>,
    /// The class.
    pub class: usize,
}

/// How often every text is seen.
const EPOCHS: usize = 9;
/// Texts between two steps.
const BATCH: usize = 32;
/// Length of the first steps; it falls to nothing along half a cosine.
const RATE: f32 = 2e-3;
/// How much of a weight a step of length one takes away, which keeps weights small that are not needed.
const DECAY: f32 = 0.1;
/// Shares of words, of a vector's elements and of what the channels keep that are hidden while training, so that nothing
/// relies on one sign alone.
const HIDE_WORDS: f32 = 0.15;
const HIDE_ELEMENTS: f32 = 0.2;
const HIDE_POOLED: f32 = 0.4;
/// How sure of the right class is sure enough: cases are not all beyond doubt.
const SURE: f32 = 0.94;

/// Numbers that are learnt together, with what Adam remembers of them.
struct Layer {
    values: Vec<f32>,
    gradients: Vec<f32>,
    first: Vec<f32>,
    second: Vec<f32>,
}

impl Layer {
    fn new(count: usize, spread: f32, random: &mut Random) -> Self {
        Self {
            values: (0..count).map(|_| random.normal() * spread).collect(),
            gradients: vec![0.0; count],
            first: vec![0.0; count],
            second: vec![0.0; count],
        }
    }

    /// One step of Adam for the numbers `range`, and forgets their gradients.
    fn step(&mut self, range: std::ops::Range<usize>, rate: f32) {
        for at in range {
            let gradient = std::mem::take(&mut self.gradients[at]);
            self.first[at] += (gradient - self.first[at]) * 0.1;
            self.second[at] += (gradient * gradient - self.second[at]) * 0.001;
            self.values[at] -= rate * self.first[at] / (self.second[at].sqrt() + 1e-8);
        }
    }

    fn decay(&mut self, share: f32) {
        self.values.iter_mut().for_each(|value| *value *= 1.0 - share);
    }
}

/// The network while it learns.
pub struct Network {
    classes: usize,
    vectors: Layer,
    convolution: Layer,
    channel_bias: Layer,
    dense: Layer,
    dense_bias: Layer,
    last: Layer,
    last_bias: Layer,
}

/// What a pass through the network leaves behind for the way back.
struct Pass {
    vectors: Vec<[f32; DIMENSIONS]>,
    channels: Vec<[f32; CHANNELS]>,
    greatest: [usize; CHANNELS],
    pooled: [f32; 2 * CHANNELS],
    hidden: [f32; HIDDEN],
    scores: Vec<f32>,
}

/// What is hidden in one pass: factors for a vector's elements, for what the channels keep, and for the words.
struct Hidden {
    elements: [f32; DIMENSIONS],
    pooled: [f32; 2 * CHANNELS],
    words: Vec<bool>,
}

impl Network {
    /// Learns the classes of `sequences`.
    #[allow(clippy::cast_precision_loss, reason = "counts of cases")]
    pub fn train(sequences: &[&Sequence], classes: usize) -> Self {
        let mut random = Random(0x5851_f42d_4c95_7f2d);
        let mut network = Self::new(classes, &mut random);
        let mut order: Vec<usize> = (0..sequences.len()).collect();
        let steps = EPOCHS * sequences.len().div_ceil(BATCH);
        let mut step = 0;
        let mut touched: Vec<u32> = Vec::new();
        for _ in 0..EPOCHS {
            random.shuffle(&mut order);
            let mut decay = 0.0;
            for batch in order.chunks(BATCH) {
                for at in batch {
                    let sequence = sequences[*at];
                    let hidden = Hidden::some(sequence.words.len(), &mut random);
                    let pass = network.forward(sequence, Some(&hidden));
                    network.backward(sequence, &pass, &hidden, 1.0 / batch.len() as f32);
                    touched.extend(sequence.words.iter().flatten());
                }
                step += 1;
                let rate = RATE * 0.5 * (1.0 + (std::f32::consts::PI * step as f32 / steps as f32).cos());
                // Adam's averages begin at nothing, which this makes up for.
                let corrected = (1.0 - 0.999_f32.powf(step as f32)).sqrt() / (1.0 - 0.9_f32.powf(step as f32));
                touched.sort_unstable();
                touched.dedup();
                for row in touched.drain(..) {
                    let start = row as usize * DIMENSIONS;
                    network.vectors.step(start..start + DIMENSIONS, rate * corrected);
                }
                for layer in network.layers() {
                    layer.step(0..layer.values.len(), rate * corrected);
                    layer.decay(rate * DECAY);
                }
                decay += rate * DECAY;
            }
            network.vectors.decay(decay);
        }
        network
    }

    fn new(classes: usize, random: &mut Random) -> Self {
        #[allow(clippy::cast_precision_loss, reason = "small constants")]
        let spread = |inputs: usize| (1.0 / inputs as f32).sqrt();
        let mut layer = |count: usize, spread: f32| Layer::new(count, spread, random);
        Self {
            classes,
            vectors: layer(2 * ROWS * DIMENSIONS, 0.1),
            convolution: layer(3 * DIMENSIONS * CHANNELS, spread(3 * DIMENSIONS)),
            channel_bias: layer(CHANNELS, 0.0),
            dense: layer(2 * CHANNELS * HIDDEN, spread(2 * CHANNELS)),
            dense_bias: layer(HIDDEN, 0.0),
            last: layer(HIDDEN * classes, spread(HIDDEN) * 0.1),
            last_bias: layer(classes, 0.0),
        }
    }

    fn layers(&mut self) -> [&mut Layer; 6] {
        [
            &mut self.convolution,
            &mut self.channel_bias,
            &mut self.dense,
            &mut self.dense_bias,
            &mut self.last,
            &mut self.last_bias,
        ]
    }

    /// The scores of the classes.
    pub fn scores(&self, sequence: &Sequence) -> Vec<f32> {
        self.forward(sequence, None).scores
    }

    fn forward(&self, sequence: &Sequence, hidden: Option<&Hidden>) -> Pass {
        let count = sequence.words.len();
        let mut vectors = vec![[0.0; DIMENSIONS]; count];
        for (at, (vector, rows)) in vectors.iter_mut().zip(&sequence.words).enumerate() {
            if hidden.is_some_and(|hidden| hidden.words[at]) {
                continue;
            }
            for (number, row) in rows.iter().enumerate() {
                let scale = if number == 0 { 1.0 } else { LETTERS_SCALE };
                add(
                    vector,
                    &self.vectors.values[*row as usize * DIMENSIONS..][..DIMENSIONS],
                    scale,
                );
            }
            if let Some(hidden) = hidden {
                vector
                    .iter_mut()
                    .zip(hidden.elements)
                    .for_each(|(value, factor)| *value *= factor);
            }
        }
        let mut pooled = [0.0_f32; 2 * CHANNELS];
        let mut greatest = [usize::MAX; CHANNELS];
        let scale = mean_scale(count);
        let mut channels = Vec::with_capacity(count);
        for at in 0..count {
            let mut sums = [0.0; CHANNELS];
            sums.copy_from_slice(&self.channel_bias.values);
            for (place, near) in neighbours(at, count) {
                for (dimension, value) in vectors[near].iter().enumerate().filter(|(_, value)| **value != 0.0) {
                    add(&mut sums, self.weights_of(place, dimension), *value);
                }
            }
            for (channel, sum) in sums.iter_mut().enumerate() {
                *sum = sum.max(0.0);
                pooled[CHANNELS + channel] += *sum * scale;
                if *sum > pooled[channel] {
                    pooled[channel] = *sum;
                    greatest[channel] = at;
                }
            }
            channels.push(sums);
        }
        if let Some(hidden) = hidden {
            pooled
                .iter_mut()
                .zip(hidden.pooled)
                .for_each(|(value, factor)| *value *= factor);
        }
        let mut layer = [0.0; HIDDEN];
        layer.copy_from_slice(&self.dense_bias.values);
        for (input, value) in pooled.iter().enumerate() {
            add(&mut layer, &self.dense.values[input * HIDDEN..][..HIDDEN], *value);
        }
        layer.iter_mut().for_each(|value| *value = value.max(0.0));
        let mut scores = self.last_bias.values.clone();
        for (input, value) in layer.iter().enumerate() {
            add(
                &mut scores,
                &self.last.values[input * self.classes..][..self.classes],
                *value,
            );
        }
        Pass {
            vectors,
            channels,
            greatest,
            pooled,
            hidden: layer,
            scores,
        }
    }

    /// Adds `weight` times the gradient of the cross-entropy.
    #[allow(clippy::cast_precision_loss, reason = "a handful of classes")]
    fn backward(&mut self, sequence: &Sequence, pass: &Pass, hidden: &Hidden, weight: f32) {
        let most = pass.scores.iter().copied().fold(f32::MIN, f32::max);
        let powers: Vec<f32> = pass.scores.iter().map(|score| (score - most).exp()).collect();
        let sum: f32 = powers.iter().sum();
        let rest = (1.0 - SURE) / (self.classes - 1) as f32;
        let of_scores: Vec<f32> = powers
            .iter()
            .enumerate()
            .map(|(class, power)| (power / sum - if class == sequence.class { SURE } else { rest }) * weight)
            .collect();

        add(&mut self.last_bias.gradients, &of_scores, 1.0);
        let mut of_hidden = [0.0; HIDDEN];
        for (input, value) in pass.hidden.iter().enumerate().filter(|(_, value)| **value > 0.0) {
            let row = input * self.classes..(input + 1) * self.classes;
            add(&mut self.last.gradients[row.clone()], &of_scores, *value);
            of_hidden[input] = product(&self.last.values[row], &of_scores);
        }
        add(&mut self.dense_bias.gradients, &of_hidden, 1.0);
        let mut of_pooled = [0.0; 2 * CHANNELS];
        for (input, value) in pass.pooled.iter().enumerate() {
            let row = input * HIDDEN..(input + 1) * HIDDEN;
            add(&mut self.dense.gradients[row.clone()], &of_hidden, *value);
            of_pooled[input] = product(&self.dense.values[row], &of_hidden) * hidden.pooled[input];
        }

        let count = sequence.words.len();
        let scale = mean_scale(count);
        let mut of_vectors = vec![[0.0; DIMENSIONS]; count];
        for at in 0..count {
            let mut of_channels = [0.0; CHANNELS];
            for (channel, gradient) in of_channels.iter_mut().enumerate() {
                if pass.channels[at][channel] > 0.0 {
                    *gradient = of_pooled[CHANNELS + channel] * scale;
                    if pass.greatest[channel] == at {
                        *gradient += of_pooled[channel];
                    }
                }
            }
            add(&mut self.channel_bias.gradients, &of_channels, 1.0);
            for (place, near) in neighbours(at, count) {
                let vector = pass.vectors[near].iter().zip(&mut of_vectors[near]);
                for (dimension, (value, of_value)) in vector.enumerate() {
                    let start = (place * DIMENSIONS + dimension) * CHANNELS;
                    let row = start..start + CHANNELS;
                    if *value != 0.0 {
                        add(&mut self.convolution.gradients[row.clone()], &of_channels, *value);
                    }
                    *of_value += product(&self.convolution.values[row], &of_channels);
                }
            }
        }
        for (at, (gradient, rows)) in of_vectors.iter_mut().zip(&sequence.words).enumerate() {
            if hidden.words[at] {
                continue;
            }
            gradient
                .iter_mut()
                .zip(hidden.elements)
                .for_each(|(value, factor)| *value *= factor);
            for (number, row) in rows.iter().enumerate() {
                let scale = if number == 0 { 1.0 } else { LETTERS_SCALE };
                add(
                    &mut self.vectors.gradients[*row as usize * DIMENSIONS..][..DIMENSIONS],
                    gradient,
                    scale,
                );
            }
        }
    }

    fn weights_of(&self, place: usize, dimension: usize) -> &[f32] {
        &self.convolution.values[(place * DIMENSIONS + dimension) * CHANNELS..][..CHANNELS]
    }

    /// Writes the file that `medchat-safety` reads.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        let step = self
            .vectors
            .values
            .iter()
            .fold(0.0_f32, |most, value| most.max(value.abs()))
            / 127.0;
        let mut file: Vec<u8> = step.to_le_bytes().to_vec();
        for layer in [
            &self.convolution,
            &self.channel_bias,
            &self.dense,
            &self.dense_bias,
            &self.last,
            &self.last_bias,
        ] {
            file.extend(layer.values.iter().flat_map(|value| value.to_le_bytes()));
        }
        #[allow(clippy::cast_possible_truncation, reason = "steps are at most 127")]
        let elements = self
            .vectors
            .values
            .iter()
            .map(|value| ((value / step).round() as i8).cast_unsigned());
        file.extend(elements);
        std::fs::write(path, file)
    }
}

impl Hidden {
    fn some(words: usize, random: &mut Random) -> Self {
        let mut factor = |share: f32| {
            if random.share() < share {
                0.0
            } else {
                1.0 / (1.0 - share)
            }
        };
        Self {
            elements: std::array::from_fn(|_| factor(HIDE_ELEMENTS)),
            pooled: std::array::from_fn(|_| factor(HIDE_POOLED)),
            words: (0..words).map(|_| factor(HIDE_WORDS) == 0.0).collect(),
        }
    }
}

/// The places of a channel at word `at`, with the words in them.
fn neighbours(at: usize, count: usize) -> impl Iterator<Item = (usize, usize)> {
    let near = [at.checked_sub(1), Some(at), (at + 1 < count).then_some(at + 1)];
    near.into_iter()
        .enumerate()
        .filter_map(|(place, near)| Some((place, near?)))
}

fn add(sum: &mut [f32], of: &[f32], times: f32) {
    for (sum, of) in sum.iter_mut().zip(of) {
        *sum += of * times;
    }
}

/// The scalar product, in eight sums at once, which the compiler may compute side by side.
fn product(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0; 8];
    let (a, b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a.zip(b) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequence(words: &[u32], class: usize) -> Sequence {
        Sequence {
            words: words.iter().map(|row| vec![*row]).collect(),
            class,
        }
    }

    #[test]
    fn the_gradient_is_that_of_the_loss() {
        let sequence = sequence(&[3, 5, 8, 5], 1);
        let mut network = Network::new(3, &mut Random(7));
        let seen = Hidden {
            elements: [1.0; DIMENSIONS],
            pooled: [1.0; 2 * CHANNELS],
            words: vec![false; 4],
        };
        let loss = |network: &Network| {
            let scores = network.scores(&sequence);
            let sum: f32 = scores.iter().map(|score| score.exp()).sum();
            let log = |class: usize| scores[class] - sum.ln();
            -(SURE * log(1) + (1.0 - SURE) / 2.0 * (log(0) + log(2)))
        };
        let pass = network.forward(&sequence, Some(&seen));
        network.backward(&sequence, &pass, &seen, 1.0);
        let at = 5 * DIMENSIONS + 2;
        let told = [
            network.vectors.gradients[at],
            network.convolution.gradients[70],
            network.dense.gradients[9],
        ];
        let mut differences = [0.0; 3];
        for (which, difference) in differences.iter_mut().enumerate() {
            let mut moved = |by: f32| {
                let value = match which {
                    0 => &mut network.vectors.values[at],
                    1 => &mut network.convolution.values[70],
                    _ => &mut network.dense.values[9],
                };
                *value += by;
                let loss = loss(&network);
                match which {
                    0 => network.vectors.values[at] -= by,
                    1 => network.convolution.values[70] -= by,
                    _ => network.dense.values[9] -= by,
                }
                loss
            };
            *difference = (moved(1e-2) - moved(-1e-2)) / 2e-2;
        }
        for (told, difference) in told.iter().zip(differences) {
            assert!((told - difference).abs() < 1e-3, "{told} is not {difference}");
        }
    }

    #[test]
    fn the_order_of_two_words_can_be_learnt() {
        let sequences: Vec<Sequence> = (0..600)
            .map(|number| {
                let other = 100 + number % 7;
                if number % 2 == 0 {
                    sequence(&[other, 1, 2], 0)
                } else {
                    sequence(&[other, 2, 1], 1)
                }
            })
            .collect();
        let network = Network::train(&sequences.iter().collect::<Vec<_>>(), 2);
        let right = |sequence: &Sequence| {
            let scores = network.scores(sequence);
            (scores[0] > scores[1]) == (sequence.class == 0)
        };
        assert!(sequences.iter().all(right));
    }
}
