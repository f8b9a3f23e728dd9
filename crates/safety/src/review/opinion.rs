//! What the classifier thinks of each sentence of an answer.

use std::ops::Range;

use crate::classifier::features::{self, Group};
use crate::classifier::weights::Weights;
use crate::classifier::{Sum, reader};
use crate::text::token::Token;

/// The rules that the classifier knows, in the order of its heads: those whose breach it recognises, and the one that recognises
/// what says that an answer is no diagnosis.
pub const HEADS: [&str; 8] = [
    "definitive-diagnosis",
    "medication-order",
    "false-reassurance",
    "toxic",
    "leak",
    "other-patient",
    "invented-citation",
    DISCLAIMER,
];

/// The rule that knows what says that an answer is no diagnosis.
pub const DISCLAIMER: &str = "disclaimer";

/// The other rule about diagnoses.
const RULED_OUT: &str = "diagnosis-ruled-out";

static WEIGHTS: Weights<{ HEADS.len() }> = Weights::new(include_bytes!("../../model/review.weights"));

/// What the classifier thinks of a sentence: of each question by how much the score is over its threshold, and whether it is surely
/// not there.
#[derive(Debug, Clone, Copy)]
pub struct Opinion([(f32, bool); HEADS.len()]);

impl Opinion {
    /// Of the words `range`, in which the phrases of `rules` were found; what the reader makes of them is `read`. Of the rules
    /// that are not `asked`, each in the place of its head, it says that they are kept, and does not doubt it.
    pub fn of(
        answer: &str,
        tokens: &[Token],
        range: &Range<usize>,
        rules: &[&str],
        asked: [bool; HEADS.len()],
        read: impl FnOnce() -> Odds,
    ) -> Self {
        let mut sum = Sum::new(&WEIGHTS);
        each(answer, tokens, range, rules, &mut |group, feature, _| {
            sum.add(group, feature)
        });
        let scores = sum.scores();
        let in_doubt = |head: usize| asked[head] && WEIGHTS.head(head).is_in_doubt(scores[head]);
        let is_disclaimer = |head: usize| HEADS[head] == DISCLAIMER;
        let faults = !rules.is_empty() || (0..HEADS.len()).any(|head| !is_disclaimer(head) && in_doubt(head));
        let disclaimer = (0..HEADS.len()).any(|head| is_disclaimer(head) && in_doubt(head));
        let read = (faults || disclaimer).then(read);
        let against_none = read.as_ref().map(against_none);
        Self(std::array::from_fn(|head| {
            if !asked[head] {
                return (f32::MIN, true);
            }
            let judge = |read: Option<Odds>| {
                // Whether a disclaimer is looked for must not change what is a fault.
                let read = read.filter(|_| faults || is_disclaimer(head));
                WEIGHTS.head(head).judge(scores[head], read.map(|read| read[head]))
            };
            let (over, _) = judge(read);
            // Of two faults in a sentence each makes the other less likely, and neither excuses the other.
            let (_, is_surely_not) = judge(against_none);
            (over, is_surely_not)
        }))
    }

    /// Which rule the sentence breaks most, of those whose score is over its threshold by what is `needed`.
    pub fn broken(&self, needed: impl Fn(&str) -> Option<f32>) -> Option<&'static str> {
        let faults = HEADS.iter().zip(self.0).map(|(rule, (over, _))| (*rule, over));
        let faults = faults.filter(|(rule, over)| *rule != DISCLAIMER && *over > 0.0);
        let broken = faults.filter(|(rule, over)| needed(rule).is_some_and(|needed| *over > needed));
        broken.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(rule, _)| rule)
    }

    /// Whether the sentence breaks `rule` more than any other.
    pub fn breaks(&self, rule: &str) -> bool {
        self.broken(|_| Some(0.0)) == Some(rule)
    }

    /// Whether the sentence says that the answer is no diagnosis.
    pub fn disclaims(&self) -> bool {
        self.over(DISCLAIMER).is_some_and(|over| over > 0.0)
    }

    fn over(&self, rule: &str) -> Option<f32> {
        head(rule).map(|head| self.0[head].0)
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

/// The logarithms of how much likelier each fault, or a disclaimer, is than all else.
pub type Odds = [f32; HEADS.len()];

/// What the reader says of a sentence.
pub fn odds(sentence: &str) -> Odds {
    let scores = reader::faults(sentence);
    let most = scores.iter().copied().fold(f32::MIN, f32::max);
    let powers = scores.map(|score| (score - most).exp());
    let all: f32 = powers.iter().sum();
    std::array::from_fn(|fault| (powers[fault + 1] / (all - powers[fault + 1])).ln())
}

/// The same of how much likelier each is than that nothing is wrong, whatever else may be.
fn against_none(odds: &Odds) -> Odds {
    let likely = odds.map(|odds| 1.0 / (1.0 + (-odds).exp()));
    let faults = HEADS.iter().zip(likely).filter(|(rule, _)| **rule != DISCLAIMER);
    let none = 1.0 - faults.map(|(_, likely)| likely).sum::<f32>();
    likely.map(|likely| (likely / none.max(f32::EPSILON)).ln())
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
    let mut items = features::sequence(answer, tokens, range);
    if range.end == tokens.len() {
        // A sentence is the same before the next one has come.
        items.extend(features::full_stop(answer, tokens));
    }
    features::of_words(&items, emit);
    features::of_names(rules, range.start, emit);
}
