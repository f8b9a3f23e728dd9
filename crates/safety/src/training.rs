//! What the classifier is trained on: for `crates/training` alone.

pub use crate::classifier::features::{GROUP_WEIGHTS, GROUPS, Group};
pub use crate::opinion::CATEGORIES;
pub use crate::review::opinion::HEADS as REVIEW_RULES;

use crate::findings::Text;
use crate::review::{self, language};
use crate::{opinion, triage};

/// Every feature of a message, with its kind; some more than once.
#[must_use]
pub fn features_of_message(text: &str) -> Vec<(Group, u32)> {
    let text = Text::read(text);
    let all = 0..text.tokens.len();
    let mut features = Vec::new();
    opinion::each(
        &text,
        &all,
        &triage::rules(&triage::said(&text, &all)),
        &mut |group, feature, _| {
            features.push((group, feature));
        },
    );
    features
}

/// Every feature of each sentence of an answer.
#[must_use]
pub fn features_of_answer(answer: &str) -> Vec<Vec<(Group, u32)>> {
    let mut sentences = Vec::new();
    language::each_sentence(answer, |tokens, range, rules| {
        let mut features = Vec::new();
        review::opinion::each(answer, tokens, range, rules, &mut |group, feature, _| {
            features.push((group, feature));
        });
        sentences.push(features);
    });
    sentences
}

/// The bucket of a feature where there are two to the power of `bits`.
#[must_use]
pub fn bucket(feature: u32, bits: u32) -> usize {
    crate::classifier::weights::bucket(feature, bits)
}
