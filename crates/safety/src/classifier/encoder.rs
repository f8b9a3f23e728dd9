//! A transformer encoder (Vaswani et al. 2017) of the form of BERT, with its weights as signed bytes.

use std::f32::consts::{LN_2, LOG2_E};
use std::iter::zip;

use wide::{f32x4, f32x8, i16x8, i32x4};

/// Length of what stands for a piece.
pub const WIDTH: usize = 384;
/// How many ways there are to look at the other pieces.
const ATTENTIONS: usize = 12;
/// Length of each look.
const LOOK: usize = WIDTH / ATTENTIONS;
/// Length of what is made of a piece between two layers.
const INNER: usize = 512;
const LAYERS: usize = 3;
/// A text has at most so many pieces, its beginning and end included.
pub const MOST_PIECES: usize = 160;
/// Behind the first layer, a text of more pieces goes on with the means of two neighbours each, which takes half as long (Dai et
/// al. 2020).
const MOST_APART: usize = 64;
/// So little is added to a variance that it cannot be nothing.
const EPSILON: f32 = 1e-12;

/// A trained encoder. It costs three million multiplications a piece.
///
/// The file, little-endian, in this order: the vectors of the pieces and of the places of a text, as matrices; the first
/// normalisation; each layer: queries, keys, values and output of the attention, a normalisation, the two matrices between
/// layers, a normalisation. A matrix is, for each row, its bytes' worth (`f32`), then the rows' biases (`f32`; vectors have
/// none), then the rows (signed bytes; a matrix's in the order that [`BYTES`] says). A normalisation is its factors and its
/// offsets (`f32`).
pub struct Encoder {
    pieces: Vectors,
    places: Vectors,
    first: Normalisation,
    layers: Vec<Layer>,
}

struct Layer {
    queries: Matrix,
    keys: Matrix,
    values: Matrix,
    attended: Matrix,
    after_attention: Normalisation,
    inner: Matrix,
    outer: Matrix,
    after_inner: Normalisation,
}

impl Encoder {
    /// Reads an encoder of `pieces` pieces.
    pub fn new(file: &mut File, pieces: usize) -> Self {
        Self {
            pieces: file.vectors(pieces),
            places: file.vectors(MOST_PIECES),
            first: file.normalisation(),
            layers: (0..LAYERS).map(|_| file.layer()).collect(),
        }
    }

    /// What a text of at most [`MOST_PIECES`] pieces means, as the mean of what its pieces mean in it.
    pub fn meaning(&self, pieces: &[u16]) -> Vec<f32> {
        let mut text = vec![0.0; pieces.len() * WIDTH];
        for (place, (vector, piece)) in zip(text.chunks_exact_mut(WIDTH), pieces).enumerate() {
            self.pieces.add(usize::from(*piece), vector);
            self.places.add(place, vector);
            self.first.apply(vector);
        }
        for (place, layer) in self.layers.iter().enumerate() {
            layer.apply(&mut text);
            if place == 0 && pieces.len() > MOST_APART {
                text = text.chunks(2 * WIDTH).flat_map(mean).collect();
            }
        }
        mean(&text)
    }
}

/// The mean of the vectors that `vectors` holds one after the other.
#[allow(clippy::cast_precision_loss, reason = "a count of pieces")]
fn mean(vectors: &[f32]) -> Vec<f32> {
    let mut mean = vec![0.0; WIDTH];
    for vector in vectors.chunks_exact(WIDTH) {
        add(&mut mean, vector, WIDTH as f32 / vectors.len() as f32);
    }
    mean
}

impl Layer {
    fn apply(&self, text: &mut [f32]) {
        let steps = Steps::new(text, WIDTH);
        let (queries, keys, values) = (
            self.queries.times_steps(&steps),
            self.keys.times_steps(&steps),
            self.values.times_steps(&steps),
        );
        let seen = attention(&queries, &keys, &values);
        add(text, &self.attended.times(&seen), 1.0);
        self.after_attention.apply_to_all(text);
        let mut inner = self.inner.times(text);
        gelu(&mut inner);
        add(text, &self.outer.times(&inner), 1.0);
        self.after_inner.apply_to_all(text);
    }
}

/// What each piece sees of the others: their values, weighed by how well their keys answer its query.
fn attention(queries: &[f32], keys: &[f32], values: &[f32]) -> Vec<f32> {
    #[allow(clippy::cast_precision_loss, reason = "a small constant")]
    let scale = 1.0 / (LOOK as f32).sqrt();
    let pieces = queries.len() / WIDTH;
    let mut seen = vec![0.0; queries.len()];
    let mut weights = vec![f32x4::ZERO; pieces.div_ceil(4)];
    for start in (0..WIDTH).step_by(LOOK) {
        let keys = side_by_side(looks(keys, start), pieces);
        let values: Vec<[f32x4; LOOK / 4]> = looks(values, start).map(fours).collect();
        for (query, seen) in zip(looks(queries, start), seen.chunks_exact_mut(WIDTH)) {
            for (weights, keys) in zip(&mut weights, &keys) {
                *weights = answers(query, keys) * scale;
            }
            let mut sum = [f32x4::ZERO; LOOK / 4];
            for (weight, value) in zip(shares(&mut weights, pieces), &values) {
                for (sum, value) in zip(&mut sum, value) {
                    *sum += *value * f32x4::splat(*weight);
                }
            }
            for (seen, sum) in zip(seen[start..].as_chunks_mut::<4>().0, sum) {
                *seen = sum.to_array();
            }
        }
    }
    seen
}

/// How well each of four keys, side by side, answers a query.
fn answers(query: &[f32], keys: &[f32x4; LOOK]) -> f32x4 {
    // Sums that do not wait for one another.
    let mut sums = [f32x4::ZERO; 4];
    for (query, keys) in zip(query.as_chunks::<4>().0, keys.as_chunks::<4>().0) {
        for (sum, (query, keys)) in zip(&mut sums, zip(query, keys)) {
            *sum += *keys * f32x4::splat(*query);
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}

/// The same look of every vector.
fn looks(vectors: &[f32], start: usize) -> impl Iterator<Item = &[f32]> {
    vectors
        .chunks_exact(WIDTH)
        .map(move |vector| &vector[start..start + LOOK])
}

fn fours(look: &[f32]) -> [f32x4; LOOK / 4] {
    std::array::from_fn(|at| f32x4::from(&look[4 * at..][..4]))
}

/// Four looks each, element by element, so that a query can be held against four keys at once.
fn side_by_side<'a>(looks: impl Iterator<Item = &'a [f32]>, count: usize) -> Vec<[f32x4; LOOK]> {
    let mut four = vec![[[0.0; 4]; LOOK]; count.div_ceil(4)];
    for (at, look) in looks.enumerate() {
        for (elements, element) in zip(&mut four[at / 4], look) {
            elements[at % 4] = *element;
        }
    }
    four.into_iter().map(|four| four.map(f32x4::new)).collect()
}

/// Makes of how well each of the first `count` answers what share of the whole it gets (softmax).
fn shares(scores: &mut [f32x4], count: usize) -> &[f32] {
    let flat: &mut [f32] = bytemuck::cast_slice_mut(scores);
    flat[count..].fill(f32::MIN);
    let most = scores
        .iter()
        .fold(f32x4::splat(f32::MIN), |most, four| most.fast_max(*four));
    let most = most.to_array().into_iter().fold(f32::MIN, f32::max);
    let mut sum = f32x4::ZERO;
    for four in &mut *scores {
        *four = exp(*four - most);
        sum += *four;
    }
    let share = f32x4::splat(1.0 / sum.reduce_add());
    scores.iter_mut().for_each(|four| *four *= share);
    &bytemuck::cast_slice(scores)[..count]
}

/// Gaussian error linear units (Hendrycks and Gimpel 2016) in their form with a hyperbolic tangent.
fn gelu(values: &mut [f32]) {
    each_four(values, |value| {
        let inner = (value + value * value * value * 0.044_715) * -1.595_769;
        value / (exp(inner) + f32x4::ONE)
    });
}

/// Powers of e, right to five digits: as 2^whole * 2^part, the latter by its series. It takes a tenth of the time of one that is
/// right to all digits.
fn exp(powers: f32x4) -> f32x4 {
    /// Added to a number, it leaves no room for what is behind the point, and the whole number in the lowest bits.
    const WHOLE: f32 = 12_582_912.0;
    const SERIES: [f32; 6] = [1.333_356e-3, 9.618_129e-3, 5.550_411e-2, 0.240_226_5, LN_2, 1.0];
    let powers = (powers * LOG2_E).fast_clamp(f32x4::splat(-126.0), f32x4::splat(126.0));
    let shifted = powers + WHOLE;
    let part = powers - (shifted - WHOLE);
    let whole: i32x4 = bytemuck::cast(shifted);
    let whole: f32x4 = bytemuck::cast((whole + i32x4::splat(127)) << 23);
    SERIES.into_iter().fold(f32x4::ZERO, |sum, factor| sum * part + factor) * whole
}

/// Replaces values by what `function` makes of them, four at once.
fn each_four(values: &mut [f32], function: impl Fn(f32x4) -> f32x4) {
    let (fours, rest) = values.as_chunks_mut::<4>();
    for four in fours {
        *four = function(f32x4::new(*four)).to_array();
    }
    for value in rest {
        *value = function(f32x4::splat(*value)).to_array()[0];
    }
}

/// Rows of signed bytes, each with its worth.
struct Vectors {
    worth: Vec<f32>,
    rows: &'static [u8],
}

impl Vectors {
    fn add(&self, row: usize, to: &mut [f32]) {
        let worth = self.worth[row];
        for (to, byte) in zip(to, &self.rows[row * WIDTH..][..WIDTH]) {
            *to += f32::from(byte.cast_signed()) * worth;
        }
    }
}

/// A matrix of signed bytes with a bias, a row for each output; of these there is an even number, and of inputs one that
/// [`BYTES`] divides.
pub struct Matrix {
    inputs: usize,
    worth: Vec<f32>,
    bias: Vec<f32>,
    rows: &'static [u8],
}

/// So many vectors are multiplied at once, so that a row's bytes are read once for all of them.
const AT_ONCE: usize = 4;
/// So many numbers are multiplied at once.
const LANES: usize = 8;
/// So many bytes of a row are read at once: those at even places are for the first [`LANES`] elements of a vector, those at odd
/// places for the next, since this is how shifts spread bytes.
const BYTES: usize = 2 * LANES;

impl Matrix {
    /// The product with each of the vectors that `values` holds one after the other.
    pub fn times(&self, values: &[f32]) -> Vec<f32> {
        self.times_steps(&Steps::new(values, self.inputs))
    }

    fn times_steps(&self, values: &Steps) -> Vec<f32> {
        let outputs = self.worth.len();
        let mut product = vec![0.0; values.worth.len() * outputs];
        let groups = values.groups.chunks_exact(self.inputs / BYTES);
        let results = zip(values.worth.chunks(AT_ONCE), product.chunks_mut(AT_ONCE * outputs));
        for (group, (worth, product)) in zip(groups, results) {
            for (pair, rows) in self.rows.chunks_exact(2 * self.inputs).enumerate() {
                for (row, dots) in dots(group, rows.split_at(self.inputs)).iter().enumerate() {
                    let output = 2 * pair + row;
                    for (at, (dot, worth)) in zip(dots, worth).enumerate() {
                        product[at * outputs + output] = dot * worth * self.worth[output] + self.bias[output];
                    }
                }
            }
        }
        product
    }
}

/// The products of two rows with each vector of a group.
#[allow(clippy::cast_precision_loss, reason = "a score need not be exact")]
fn dots(group: &[[[i16x8; 2]; AT_ONCE]], rows: (&[u8], &[u8])) -> [[f32; AT_ONCE]; 2] {
    let rows = zip(rows.0.as_chunks::<BYTES>().0, rows.1.as_chunks::<BYTES>().0);
    let mut sums = [[i32x4::ZERO; AT_ONCE]; 2];
    for (vectors, (upper, lower)) in zip(group, rows) {
        for (sums, bytes) in zip(&mut sums, [upper, lower]) {
            let bytes: i16x8 = bytemuck::cast(*bytes);
            let (even, odd) = ((bytes << 8) >> 8, bytes >> 8);
            for (sum, [first, second]) in zip(sums, vectors) {
                *sum += first.dot(even) + second.dot(odd);
            }
        }
    }
    sums.map(|sums| sums.map(|sum| sum.reduce_add() as f32))
}

/// Vectors as whole steps, each with what its step is worth: whole numbers are multiplied twice as fast. Those of a group that is
/// multiplied at once lie side by side; behind the last there are some of nothing, so that all groups are full.
struct Steps {
    worth: Vec<f32>,
    groups: Vec<[[i16x8; 2]; AT_ONCE]>,
}

impl Steps {
    /// The most steps of a value: with these, the sum of [`INNER`] products with a byte has room in 32 bits.
    const MOST: f32 = 8_191.0;

    fn new(values: &[f32], length: usize) -> Self {
        let count = values.len() / length;
        let mut groups = vec![[[i16x8::ZERO; 2]; AT_ONCE]; count.div_ceil(AT_ONCE) * length / BYTES];
        let mut worth = Vec::with_capacity(count);
        for (at, vector) in values.chunks_exact(length).enumerate() {
            let vector = vector.as_chunks::<BYTES>().0;
            let sizes = vector.iter().flat_map(eights).map(f32x8::abs);
            let most = sizes.fold(f32x8::splat(f32::MIN_POSITIVE), f32x8::fast_max);
            let scale = Self::MOST / most.to_array().into_iter().fold(f32::MIN_POSITIVE, f32::max);
            let group = &mut groups[at / AT_ONCE * vector.len()..];
            for (steps, values) in zip(group, vector) {
                let scaled = eights(values).map(|values| (values * scale).fast_trunc_int());
                steps[at % AT_ONCE] = scaled.map(i16x8::from_i32x8_saturate);
            }
            worth.push(1.0 / scale);
        }
        Self { worth, groups }
    }
}

fn eights(values: &[f32; BYTES]) -> [f32x8; 2] {
    [f32x8::from(&values[..LANES]), f32x8::from(&values[LANES..])]
}

/// Brings vectors to the same length around nothing (Ba et al. 2016).
struct Normalisation {
    factors: Vec<f32>,
    offsets: Vec<f32>,
}

impl Normalisation {
    fn apply_to_all(&self, text: &mut [f32]) {
        text.chunks_exact_mut(WIDTH).for_each(|vector| self.apply(vector));
    }

    #[allow(clippy::cast_precision_loss, reason = "a small constant")]
    fn apply(&self, vector: &mut [f32]) {
        let mean = sum(vector, |value| value) / WIDTH as f32;
        let variance = sum(vector, |value| (value - mean) * (value - mean)) / WIDTH as f32;
        let scale = 1.0 / (variance + EPSILON).sqrt();
        for (value, (factor, offset)) in zip(vector, zip(&self.factors, &self.offsets)) {
            *value = (*value - mean) * scale * factor + offset;
        }
    }
}

/// What is left to read of a file.
pub struct File(pub &'static [u8]);

impl File {
    /// # Panics
    /// Where the file is too short: it is part of the program.
    fn bytes(&mut self, count: usize) -> &'static [u8] {
        let (bytes, rest) = self.0.split_at(count);
        self.0 = rest;
        bytes
    }

    fn numbers(&mut self, count: usize) -> Vec<f32> {
        let bytes = self.bytes(4 * count).as_chunks::<4>().0;
        bytes.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
    }

    fn vectors(&mut self, count: usize) -> Vectors {
        Vectors {
            worth: self.numbers(count),
            rows: self.bytes(count * WIDTH),
        }
    }

    /// A matrix.
    pub fn matrix(&mut self, inputs: usize, outputs: usize) -> Matrix {
        Matrix {
            inputs,
            worth: self.numbers(outputs),
            bias: self.numbers(outputs),
            rows: self.bytes(inputs * outputs),
        }
    }

    fn normalisation(&mut self) -> Normalisation {
        Normalisation {
            factors: self.numbers(WIDTH),
            offsets: self.numbers(WIDTH),
        }
    }

    fn layer(&mut self) -> Layer {
        Layer {
            queries: self.matrix(WIDTH, WIDTH),
            keys: self.matrix(WIDTH, WIDTH),
            values: self.matrix(WIDTH, WIDTH),
            attended: self.matrix(WIDTH, WIDTH),
            after_attention: self.normalisation(),
            inner: self.matrix(WIDTH, INNER),
            outer: self.matrix(INNER, WIDTH),
            after_inner: self.normalisation(),
        }
    }
}

/// The sum of what `function` makes of each value; the length is one that four divides.
fn sum(values: &[f32], function: impl Fn(f32x4) -> f32x4) -> f32 {
    let fours = values.as_chunks::<4>().0.iter();
    let sum = fours.fold(f32x4::ZERO, |sum, four| sum + function(f32x4::new(*four)));
    sum.reduce_add()
}

fn add(sum: &mut [f32], of: &[f32], times: f32) {
    for (sum, of) in zip(sum, of) {
        *sum += of * times;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(inputs: usize, rows: &[i8], worth: &[f32], bias: &[f32]) -> Matrix {
        let numbers = worth.iter().chain(bias).flat_map(|number| number.to_le_bytes());
        let bytes = rows.iter().map(|byte| byte.cast_unsigned());
        let file: Vec<u8> = numbers.chain(bytes).collect();
        File(file.leak()).matrix(inputs, worth.len())
    }

    fn assert_near(found: &[f32], wanted: &[f32]) {
        assert_eq!(found.len(), wanted.len());
        for (found, wanted) in zip(found, wanted) {
            assert!(
                (found - wanted).abs() < 1e-3 * (1.0 + wanted.abs()),
                "{found} is not {wanted}"
            );
        }
    }

    #[test]
    fn a_matrix_multiplies_vectors_four_at_once_and_those_left_over() {
        let rows: Vec<i8> = (0..32).map(|at| at - 16).collect();
        let matrix = matrix(16, &rows, &[0.5, 0.25], &[1.0, -1.0]);
        let vectors: Vec<f32> = (0..5 * 16_u8).map(|at| f32::from(at % 7) - 3.0).collect();
        let wanted: Vec<f32> = vectors
            .chunks(16)
            .flat_map(|vector| {
                [(0, 0.5, 1.0), (16, 0.25, -1.0)].map(|(first, worth, bias)| {
                    let products = vector.iter().enumerate().map(|(at, value)| {
                        let byte = rows[first + 2 * (at % LANES) + at / LANES];
                        value * f32::from(byte)
                    });
                    products.sum::<f32>() * worth + bias
                })
            })
            .collect();
        assert_near(&matrix.times(&vectors), &wanted);
    }

    #[test]
    fn a_vector_of_nothing_is_multiplied_to_the_bias() {
        assert_near(
            &matrix(16, &[1; 32], &[1.0; 2], &[0.5, 2.0]).times(&[0.0; 16]),
            &[0.5, 2.0],
        );
    }

    #[test]
    fn a_piece_sees_most_of_whatever_answers_its_query() {
        let mut keys = vec![0.0; 2 * WIDTH];
        keys[WIDTH..].fill(3.0);
        let mut values = vec![1.0; 2 * WIDTH];
        values[WIDTH..].fill(5.0);
        let queries = vec![3.0; 2 * WIDTH];
        assert_near(&attention(&queries, &keys, &values), &vec![5.0; 2 * WIDTH]);
    }

    #[test]
    fn gelu_passes_what_is_large_and_stops_what_is_small() {
        let mut values = [-9.0, -1.0, 0.0, 1.0, 9.0];
        gelu(&mut values);
        assert_near(&values, &[0.0, -0.158_808, 0.0, 0.841_192, 9.0]);
    }

    #[test]
    fn powers_of_e_are_near_enough_from_the_smallest_to_the_largest() {
        for power in [-87.0, -20.3, -1.0, -1e-6, 0.0, 0.5, 3.3, 87.0_f32] {
            let [found, ..] = exp(f32x4::splat(power)).to_array();
            assert!((found / power.exp() - 1.0).abs() < 1e-5, "{found} for {power}");
        }
        assert_near(&exp(f32x4::splat(f32::MIN)).to_array(), &[0.0; 4]);
    }

    #[test]
    fn a_normalised_vector_has_its_mean_at_nothing_and_a_deviation_of_one() {
        let mut vector: Vec<f32> = (0..WIDTH).map(|at| if at % 2 == 0 { 3.0 } else { 7.0 }).collect();
        let normalisation = Normalisation {
            factors: vec![1.0; WIDTH],
            offsets: vec![0.0; WIDTH],
        };
        normalisation.apply(&mut vector);
        assert_near(&vector[..2], &[-1.0, 1.0]);
    }
}
