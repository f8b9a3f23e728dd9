//! What the classifier thinks of each sentence of an answer.

use std::ops::Range;

use crate::classifier::features::{self, Group};
use crate::classifier::weights::Weights;
use crate::classifier::{Sum, reader};
use crate::text::token::Token;

/// The rules whose breach the classifier recognises, in the order of its heads.
pub const HEADS: [&str; 7] = [
    "definitive-diagnosis",
    "medication-order",
    "false-reassurance",
    "toxic",
    "leak",
    "other-patient",
    "invented-citation",
];

/// The other rule about diagnoses.
const RULED_OUT: &str = "diagnosis-ruled-out";

static WEIGHTS: Weights<{ HEADS.len() }> = Weights::new(include_bytes!("../../model/review.weights"));

/// What the classifier thinks of a sentence: of each fault by how much the score is over its threshold, and whether it is surely
/// not there.
#[derive(Debug, Clone, Copy)]
pub struct Opinion([(f32, bool); HEADS.len()]);

impl Opinion {
    /// Of the words `range`, in which the phrases of `rules` were found; the reader gets them `as_read`. Of each rule, in the
    /// place of its head, `asked` says by how much the score must be over the threshold; where that is not asked, it is kept beyond
    /// doubt.
    pub fn of(
        answer: &str,
        as_read: &str,
        tokens: &[Token],
        range: &Range<usize>,
        rules: &[&str],
        asked: [Option<f32>; HEADS.len()],
    ) -> Self {
        let mut sum = Sum::new(&WEIGHTS);
        each(answer, tokens, range, rules, &mut |group, feature, _| {
            sum.add(group, feature)
        });
        let scores = sum.scores();
        let in_doubt = |head: usize| asked[head].is_some() && WEIGHTS.head(head).is_in_doubt(scores[head]);
        let in_doubt = !rules.is_empty() || (0..HEADS.len()).any(in_doubt);
        let read = in_doubt.then(|| odds(reader::faults(as_read)));
        Self(std::array::from_fn(|head| {
            let Some(margin) = asked[head] else {
                return (f32::MIN, true);
            };
            let (over, surely_kept) = WEIGHTS.head(head).judge(scores[head], read.map(|read| read[head]));
            (over - margin, surely_kept)
        }))
    }

    /// Whether the sentence breaks `rule`. Of several rules it breaks the one that it breaks most.
    pub fn breaks(&self, rule: &str) -> bool {
        let most = self.0.iter().map(|(over, _)| *over).fold(0.0, f32::max);
        head(rule).is_some_and(|head| self.0[head].0 > 0.0 && self.0[head].0 >= most)
    }

    /// Whether a phrase of `rule` in this sentence means something else: the classifier is sure.
    pub fn excuses(&self, rule: &str) -> bool {
        // To rule an illness out is a diagnosis as well.
        let rule = if rule == RULED_OUT { HEADS[0] } else { rule };
        head(rule).is_some_and(|head| self.0[head].1)
    }
}

/// The words `range` with the marks that end them.
pub fn sentence<'a>(answer: &'a str, tokens: &[Token], range: &Range<usize>) -> &'a str {
    let words = &tokens[range.clone()];
    let (Some(first), Some(last)) = (words.first(), words.last()) else {
        return "";
    };
    let marks = answer[last.end..].find(|c| !matches!(c, '.' | '!' | '?'));
    let end = marks.map_or(answer.len(), |marks| last.end + marks);
    &answer[first.start..end]
}

/// The logarithms of how much likelier each fault is than all else.
pub fn odds(scores: [f32; HEADS.len() + 1]) -> [f32; HEADS.len()] {
    let most = scores.iter().copied().fold(f32::MIN, f32::max);
    let powers = scores.map(|score| (score - most).exp());
    let all: f32 = powers.iter().sum();
    std::array::from_fn(|fault| (powers[fault + 1] / (all - powers[fault + 1])).ln())
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
