//! What the classifier learnt: one small number for each feature and question.

use super::features::Group;

/// A feature with its weights, in steps.
#[derive(Debug, Clone, Copy)]
pub struct LookedUp<const H: usize> {
    /// Which feature it is.
    pub bucket: usize,
    /// Of which kind.
    pub group: Group,
    /// One weight for each head.
    pub weights: [i8; H],
}

/// A linear model with `H` questions, or heads.
///
/// The file, little-endian: `H` and the number of bits of a bucket (`u32` each); for each head the numbers of [`Head`]
/// (`f32` each); then the weights, bucket by bucket, one signed byte for each head.
#[derive(Debug, Clone, Copy)]
pub struct Weights<const H: usize> {
    bits: u32,
    heads: [Head; H],
    table: &'static [u8],
}

/// What belongs to one question.
#[derive(Debug, Clone, Copy)]
pub struct Head {
    /// Score where nothing speaks for or against it.
    pub bias: f32,
    /// What one step of a weight is worth.
    pub step: f32,
    /// The score above which the answer is yes, where the reader is not asked.
    pub threshold: f32,
    /// The score of a part of the text above which the answer is yes: a part lacks what the rest says of it.
    pub part_threshold: f32,
    /// The score below which the answer is surely no, and that above which it is surely yes.
    pub sure: [f32; 2],
    /// The score with the reader's above which the answer is yes.
    pub read_threshold: f32,
    /// The score with the reader's below which the answer is surely no.
    pub read_sure_not: f32,
}

impl Head {
    /// Whether a score leaves the answer in doubt.
    pub fn is_in_doubt(&self, score: f32) -> bool {
        (self.sure[0]..self.sure[1]).contains(&score)
    }

    /// By how much a score is over its threshold, and whether the answer is surely no. With what the reader says, where it was
    /// asked.
    pub fn judge(&self, score: f32, read: Option<f32>) -> (f32, bool) {
        match read {
            Some(read) => {
                let score = score + READER_WEIGHT * read;
                (score - self.read_threshold, score < self.read_sure_not)
            }
            None => (score - self.threshold, score < self.sure[0]),
        }
    }
}

/// What the reader's opinion counts beside the linear classifier's. Chosen on the calibration cases; the optimum is flat.
pub const READER_WEIGHT: f32 = 0.5;

const HEADER: usize = 8;
const HEAD: usize = 32;

impl<const H: usize> Weights<H> {
    /// Reads the header. A constant: a file that does not fit stops the build.
    pub const fn new(file: &'static [u8]) -> Self {
        assert!(number(file, 0) as usize == H, "the file has other heads");
        let bits = number(file, 4);
        let mut weights = Self {
            bits,
            heads: [Head {
                bias: 0.0,
                step: 0.0,
                threshold: 0.0,
                part_threshold: 0.0,
                sure: [0.0; 2],
                read_threshold: 0.0,
                read_sure_not: 0.0,
            }; H],
            table: file.split_at(HEADER + HEAD * H).1,
        };
        let mut head = 0;
        while head < H {
            let at = HEADER + HEAD * head;
            weights.heads[head] = Head {
                bias: f32::from_bits(number(file, at)),
                step: f32::from_bits(number(file, at + 4)),
                threshold: f32::from_bits(number(file, at + 8)),
                part_threshold: f32::from_bits(number(file, at + 12)),
                sure: [
                    f32::from_bits(number(file, at + 16)),
                    f32::from_bits(number(file, at + 20)),
                ],
                read_threshold: f32::from_bits(number(file, at + 24)),
                read_sure_not: f32::from_bits(number(file, at + 28)),
            };
            head += 1;
        }
        assert!(weights.table.len() == H << bits, "the file has other buckets");
        weights
    }

    /// How many buckets there are.
    pub const fn buckets(&self) -> usize {
        1 << self.bits
    }

    /// A feature with its weights.
    pub fn look_up(&self, group: Group, feature: u32) -> LookedUp<H> {
        let bucket = bucket(feature, self.bits);
        let row = &self.table[bucket * H..][..H];
        LookedUp {
            bucket,
            group,
            weights: std::array::from_fn(|head| row[head].cast_signed()),
        }
    }

    /// What belongs to the question `head`.
    pub fn head(&self, head: usize) -> &Head {
        &self.heads[head]
    }
}

/// The bucket of a feature where there are two to the power of `bits`.
pub fn bucket(feature: u32, bits: u32) -> usize {
    ((feature ^ (feature >> 15)).wrapping_mul(0x2c1b_3c6d) >> (32 - bits)) as usize
}

const fn number(file: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([file[at], file[at + 1], file[at + 2], file[at + 3]])
}
