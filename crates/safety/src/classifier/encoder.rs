//! A transformer encoder (Vaswani et al. 2017) of the form of BERT, with its weights as signed bytes.

use std::iter::zip;

use wide::{f32x4, i16x8, i32x4};

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
pub const MOST_PIECES: usize = 192;
/// So little is added to a variance that it cannot be nothing.
const EPSILON: f32 = 1e-12;

/// A trained encoder. It costs eleven million multiplications a piece.
///
/// The file, little-endian, in this order: the vectors of the pieces and of the places of a text, as matrices; the first
/// normalisation; each layer: queries, keys, values and output of the attention, a normalisation, the two matrices between
/// layers, a normalisation. A matrix is, for each row, its bytes' worth (`f32`), then the rows' biases
/// (`f32`; vectors have none), then the rows (signed bytes). A normalisation is its factors and its offsets (`f32`).
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
    #[allow(clippy::cast_precision_loss, reason = "a count of pieces")]
    pub fn meaning(&self, pieces: &[u16]) -> Vec<f32> {
        let mut text = vec![0.0; pieces.len() * WIDTH];
        for (place, (vector, piece)) in zip(text.chunks_exact_mut(WIDTH), pieces).enumerate() {
            self.pieces.add(usize::from(*piece), vector);
            self.places.add(place, vector);
            self.first.apply(vector);
        }
        for layer in &self.layers {
            layer.apply(&mut text);
        }
        let mut mean = vec![0.0; WIDTH];
        for vector in text.chunks_exact(WIDTH) {
            add(&mut mean, vector, 1.0 / pieces.len() as f32);
        }
        mean
    }
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
    let mut seen = vec![0.0; queries.len()];
    let mut weights = vec![0.0; queries.len() / WIDTH];
    for (query, seen) in zip(queries.chunks_exact(WIDTH), seen.chunks_exact_mut(WIDTH)) {
        for start in (0..WIDTH).step_by(LOOK) {
            let look = start..start + LOOK;
            let mut most = f32::MIN;
            for (weight, key) in zip(&mut weights, keys.chunks_exact(WIDTH)) {
                *weight = dot(&query[look.clone()], &key[look.clone()]) * scale;
                most = most.max(*weight);
            }
            weights.iter_mut().for_each(|weight| *weight -= most);
            each_four(&mut weights, f32x4::exp);
            let sum: f32 = weights.iter().sum();
            for (weight, value) in zip(&weights, values.chunks_exact(WIDTH)) {
                add(&mut seen[look.clone()], &value[look.clone()], weight / sum);
            }
        }
    }
    seen
}

/// Gaussian error linear units (Hendrycks and Gimpel 2016) in their form with a hyperbolic tangent.
fn gelu(values: &mut [f32]) {
    each_four(values, |value| {
        let inner = (value + value * value * value * 0.044_715) * -1.595_769;
        value / (inner.exp() + f32x4::ONE)
    });
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

/// A matrix of signed bytes with a bias, a row for each output; of these there is an even number.
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

impl Matrix {
    /// The product with each of the vectors that `values` holds one after the other.
    pub fn times(&self, values: &[f32]) -> Vec<f32> {
        self.times_steps(&Steps::new(values, self.inputs))
    }

    fn times_steps(&self, values: &Steps) -> Vec<f32> {
        let outputs = self.worth.len();
        let mut product = vec![0.0; values.worth.len() * outputs];
        let four = values.steps.chunks_exact(AT_ONCE * self.inputs / LANES);
        let results = zip(values.worth.chunks(AT_ONCE), product.chunks_mut(AT_ONCE * outputs));
        for (four, (worth, product)) in zip(four, results) {
            for (pair, rows) in self.rows.chunks_exact(2 * self.inputs).enumerate() {
                let dots = dots(four, rows.split_at(self.inputs));
                for (row, dots) in dots.iter().enumerate() {
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

/// The products of two rows with four vectors.
#[allow(clippy::cast_precision_loss, reason = "a score need not be exact")]
fn dots(four: &[i16x8], rows: (&[u8], &[u8])) -> [[f32; AT_ONCE]; 2] {
    let (first, second) = four.split_at(four.len() / 2);
    let (first, second) = (first.split_at(first.len() / 2), second.split_at(second.len() / 2));
    let vectors = zip(zip(first.0, first.1), zip(second.0, second.1));
    let rows = zip(rows.0.as_chunks::<LANES>().0, rows.1.as_chunks::<LANES>().0);
    let mut sums = [[i32x4::ZERO; AT_ONCE]; 2];
    for ((upper, lower), ((a, b), (c, d))) in zip(rows, vectors) {
        for (sums, bytes) in zip(&mut sums, [upper, lower]) {
            let weights = i16x8::new(bytes.map(|byte| i16::from(byte.cast_signed())));
            sums[0] += a.dot(weights);
            sums[1] += b.dot(weights);
            sums[2] += c.dot(weights);
            sums[3] += d.dot(weights);
        }
    }
    sums.map(|sums| sums.map(|sum| sum.reduce_add() as f32))
}

/// Vectors as whole steps, each vector with what its step is worth: whole numbers are multiplied twice as fast. There are some
/// vectors of nothing behind the last, so that they can always be multiplied four at once.
struct Steps {
    worth: Vec<f32>,
    steps: Vec<i16x8>,
}

impl Steps {
    /// The most steps of a value: with these, the sum of [`INNER`] products with a byte has room in 32 bits.
    const MOST: f32 = 8_191.0;

    fn new(values: &[f32], length: usize) -> Self {
        let count = values.len() / length;
        let mut steps = Vec::with_capacity(count.next_multiple_of(AT_ONCE) * length / LANES);
        let mut worth = Vec::with_capacity(count);
        for vector in values.chunks_exact(length) {
            let most = vector
                .iter()
                .fold(f32::MIN_POSITIVE, |most, value| most.max(value.abs()));
            let scale = Self::MOST / most;
            #[allow(clippy::cast_possible_truncation, reason = "at most `MOST`")]
            let lanes = vector
                .as_chunks::<LANES>()
                .0
                .iter()
                .map(|lanes| i16x8::new(lanes.map(|value| (value * scale) as i16)));
            steps.extend(lanes);
            worth.push(1.0 / scale);
        }
        steps.resize(steps.capacity(), i16x8::ZERO);
        Self { worth, steps }
    }
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
        let mean = vector.iter().sum::<f32>() / WIDTH as f32;
        let variance = vector.iter().map(|value| (value - mean) * (value - mean)).sum::<f32>() / WIDTH as f32;
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

fn dot(first: &[f32], second: &[f32]) -> f32 {
    /// So many sums at once stay in a machine's registers.
    const SUMS: usize = 8;
    let mut sums = [0.0; SUMS];
    for (first, second) in zip(first.as_chunks::<SUMS>().0, second.as_chunks::<SUMS>().0) {
        for at in 0..SUMS {
            sums[at] += first[at] * second[at];
        }
    }
    sums.iter().sum()
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
                    let products = zip(vector, &rows[first..]).map(|(value, byte)| value * f32::from(*byte));
                    products.sum::<f32>() * worth + bias
                })
            })
            .collect();
        assert_near(&matrix.times(&vectors), &wanted);
    }

    #[test]
    fn a_vector_of_nothing_is_multiplied_to_the_bias() {
        assert_near(
            &matrix(8, &[1; 16], &[1.0; 2], &[0.5, 2.0]).times(&[0.0; 8]),
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
