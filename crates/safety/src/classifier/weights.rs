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
/// The file, little-endian: `H` and the number of bits of a bucket (`u32` each); for each head its bias, the worth of one
/// step of its weights, and the score under which it is sure of a no (`f32` each); then the weights, bucket by bucket, one
/// signed byte for each head.
#[derive(Debug, Clone, Copy)]
pub struct Weights<const H: usize> {
    bits: u32,
    bias: [f32; H],
    step: [f32; H],
    sure_not: [f32; H],
    table: &'static [u8],
}

const HEADER: usize = 8;
const HEAD: usize = 12;

impl<const H: usize> Weights<H> {
    /// Reads the header. A constant: a file that does not fit stops the build.
    pub const fn new(file: &'static [u8]) -> Self {
        assert!(number(file, 0) as usize == H, "the file has other heads");
        let bits = number(file, 4);
        let mut weights = Self {
            bits,
            bias: [0.0; H],
            step: [0.0; H],
            sure_not: [0.0; H],
            table: file.split_at(HEADER + HEAD * H).1,
        };
        let mut head = 0;
        while head < H {
            let at = HEADER + HEAD * head;
            weights.bias[head] = f32::from_bits(number(file, at));
            weights.step[head] = f32::from_bits(number(file, at + 4));
            weights.sure_not[head] = f32::from_bits(number(file, at + 8));
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

    /// Score of `head` where nothing speaks for or against it.
    pub fn bias(&self, head: usize) -> f32 {
        self.bias[head]
    }

    /// What one step of a weight of `head` is worth.
    pub fn step(&self, head: usize) -> f32 {
        self.step[head]
    }

    /// The score under which `head` is sure of a no.
    pub fn sure_not(&self, head: usize) -> f32 {
        self.sure_not[head]
    }
}

/// The bucket of a feature where there are two to the power of `bits`.
pub fn bucket(feature: u32, bits: u32) -> usize {
    ((feature ^ (feature >> 15)).wrapping_mul(0x2c1b_3c6d) >> (32 - bits)) as usize
}

const fn number(file: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([file[at], file[at + 1], file[at + 2], file[at + 3]])
}
