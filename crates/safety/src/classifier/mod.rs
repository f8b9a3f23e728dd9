//! A second opinion beside the rules: a linear classifier over what a text says and how.
//!
//! Rules recognise what somebody thought of; the classifier was trained on cases (`crates/training`) and recognises what is
//! like them. It knows which rules fired, so that it can tell where they tend to be wrong.

mod encoder;
pub mod features;
pub mod reader;
pub mod weights;
mod wordpiece;

use std::ops::Range;

use features::{GROUP_WEIGHTS, GROUPS, Group};
use weights::{LookedUp, Weights};

/// Sums the weights of the features of one text, each feature once.
pub struct Sum<'w, const H: usize> {
    weights: &'w Weights<H>,
    seen: Vec<u64>,
    sums: [[i32; H]; GROUPS],
    counts: [u16; GROUPS],
}

impl<'w, const H: usize> Sum<'w, H> {
    /// No features yet.
    pub fn new(weights: &'w Weights<H>) -> Self {
        Self {
            weights,
            seen: vec![0; weights.buckets().div_ceil(64)],
            sums: [[0; H]; GROUPS],
            counts: [0; GROUPS],
        }
    }

    /// Adds a feature.
    pub fn add(&mut self, group: Group, feature: u32) {
        self.add_looked_up(&self.weights.look_up(group, feature));
    }

    /// Adds a feature that was looked up.
    pub fn add_looked_up(&mut self, feature: &LookedUp<H>) {
        let (word, bit) = (&mut self.seen[feature.bucket / 64], 1 << (feature.bucket % 64));
        if *word & bit != 0 {
            return;
        }
        *word |= bit;
        let group = feature.group as usize;
        self.counts[group] = self.counts[group].saturating_add(1);
        for (sum, weight) in self.sums[group].iter_mut().zip(feature.weights) {
            *sum += i32::from(weight);
        }
    }

    /// What each feature of a group counts: together those of a group have the length that the group weighs.
    fn scales(&self) -> [f32; GROUPS] {
        std::array::from_fn(|group| GROUP_WEIGHTS[group] / f32::from(self.counts[group].max(1)).sqrt())
    }

    /// The score of every head.
    #[allow(clippy::cast_precision_loss, reason = "the sums of bytes are far below 2^24")]
    pub fn scores(&self) -> [f32; H] {
        let scales = self.scales();
        std::array::from_fn(|head| {
            let sum: f32 = self
                .sums
                .iter()
                .zip(scales)
                .map(|(sums, scale)| sums[head] as f32 * scale)
                .sum();
            let head = self.weights.head(head);
            head.bias + head.step * sum
        })
    }

    /// What a feature adds to a head's score.
    pub fn worth(&self, group: Group, feature: u32, head: usize) -> f32 {
        f32::from(self.weights.look_up(group, feature).weights[head]) * self.scales()[group as usize]
    }
}

/// The stretch of words that speaks most for a head, by what each word adds (Kadane's algorithm).
pub fn strongest(worth: &[f32]) -> Range<usize> {
    let mut best = (0.0, 0..worth.len());
    let (mut sum, mut start) = (0.0_f32, 0);
    for (at, added) in worth.iter().enumerate() {
        if sum <= 0.0 {
            (sum, start) = (0.0, at);
        }
        sum += added;
        if sum > best.0 {
            best = (sum, start..at + 1);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_stretch_is_the_one_with_the_greatest_sum() {
        assert_eq!(strongest(&[-1.0, 2.0, -0.5, 3.0, -4.0, 1.0]), 1..4);
    }

    #[test]
    fn where_no_word_speaks_for_it_all_of_them_do() {
        assert_eq!(strongest(&[-1.0, -2.0]), 0..2);
    }
}
