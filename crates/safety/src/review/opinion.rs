//! What the classifier thinks of each sentence of an answer.

use std::ops::Range;

use crate::classifier::Sum;
use crate::classifier::features::{self, Group};
use crate::classifier::weights::Weights;
use crate::text::token::Token;

/// The rules whose breach the classifier recognises, in the order of its heads.
pub const HEADS: [&str; 5] = [
    "definitive-diagnosis",
    "medication-order",
    "false-reassurance",
    "toxic",
    "leak",
];

/// The other rule about diagnoses.
pub const RULED_OUT: &str = "diagnosis-ruled-out";

static WEIGHTS: Weights<5> = Weights::new(include_bytes!("../../model/review.weights"));

/// What the classifier thinks of a sentence.
#[derive(Debug, Clone, Copy)]
pub struct Opinion {
    /// By how much each head is over its threshold.
    scores: [f32; 5],
}

impl Opinion {
    /// Of the words `range`, in which the phrases of `rules` were found.
    pub fn of(answer: &str, tokens: &[Token], range: &Range<usize>, rules: &[&str]) -> Self {
        let mut sum = Sum::new(&WEIGHTS);
        each(answer, tokens, range, rules, &mut |group, feature, _| {
            sum.add(group, feature)
        });
        let scores = sum.scores();
        Self {
            scores: std::array::from_fn(|head| scores[head] - WEIGHTS.head(head).threshold),
        }
    }

    /// Whether the sentence breaks `rule`. Of several rules it breaks the one that it breaks most.
    pub fn breaks(&self, rule: &str) -> bool {
        let most = self.scores.iter().copied().fold(0.0, f32::max);
        head(rule).is_some_and(|head| self.scores[head] > 0.0 && self.scores[head] >= most)
    }

    /// Whether a phrase of `rule` in this sentence means something else: the classifier is sure.
    pub fn excuses(&self, rule: &str) -> bool {
        // To rule an illness out is a diagnosis as well.
        let rule = if rule == RULED_OUT { HEADS[0] } else { rule };
        head(rule).is_some_and(|head| self.scores[head] + WEIGHTS.head(head).threshold < WEIGHTS.head(head).sure_not)
    }
}

fn head(rule: &str) -> Option<usize> {
    HEADS.iter().position(|known| *known == rule)
}

/// Passes on every feature of a sentence.
pub fn each(
    answer: &str,
    tokens: &[Token],
    range: &Range<usize>,
    rules: &[&str],
    emit: &mut impl FnMut(Group, u32, usize),
) {
    features::of_words(&features::sequence(answer, tokens, range), emit);
    features::of_names(rules, range.start, emit);
}
