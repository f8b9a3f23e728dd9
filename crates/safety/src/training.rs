//! What the classifier is trained on: for `crates/training` alone.

pub use crate::classifier::features::{GROUP_WEIGHTS, GROUPS, Group};
pub use crate::classifier::weights::READER_WEIGHT;
pub use crate::opinion::CATEGORIES;
pub use crate::review::opinion::{DISCLAIMER, HEADS as REVIEW_RULES};

use std::ops::Range;

use crate::classifier::reader;
use crate::findings::Text;
use crate::review::{self, language};
use crate::{opinion, triage};

/// Every feature of a text with its kind, some more than once.
pub type Features = Vec<(Group, u32)>;

/// A message as the classifier sees it.
#[derive(Debug, Clone)]
pub struct MessageFeatures {
    /// Of all of it.
    pub whole: Features,
    /// Of each part that it is also read in.
    pub parts: Vec<Features>,
}

/// The features of a message.
#[must_use]
pub fn features_of_message(text: &str) -> MessageFeatures {
    let text = Text::read(text);
    let all = 0..text.tokens.len();
    let fired = triage::rules(&triage::said(&text, &all));
    let features_of = |range: Range<usize>| {
        let mut features = Vec::new();
        opinion::each(
            &text,
            &range,
            &triage::rules_among(&fired, &text, &range),
            &mut |group, feature, _| {
                features.push((group, feature));
            },
        );
        features
    };
    let parts = opinion::parts(all.len()).map(features_of).collect();
    MessageFeatures {
        whole: features_of(all),
        parts,
    }
}

/// What the reader says of a message: the logarithms of how much likelier each urgency or a greater one is than a lesser.
#[must_use]
pub fn read_message(text: &str) -> [f32; 3] {
    opinion::odds(reader::levels(text))
}

/// What the reader says of a sentence of an answer: the logarithms of how much likelier each fault, or a disclaimer, is than all else.
#[must_use]
pub fn read_sentence(text: &str) -> [f32; REVIEW_RULES.len()] {
    review::opinion::odds(text)
}

/// A sentence of an answer as the classifier sees it.
#[derive(Debug, Clone)]
pub struct SentenceFeatures {
    /// The sentence.
    pub text: String,
    /// Its features.
    pub features: Features,
}

/// Every sentence of an answer.
#[must_use]
pub fn features_of_answer(answer: &str) -> Vec<SentenceFeatures> {
    let mut sentences = Vec::new();
    language::each_sentence(answer, |as_read, tokens, range, rules| {
        let mut features = Vec::new();
        review::opinion::each(answer, tokens, range, rules, &mut |group, feature, _| {
            features.push((group, feature));
        });
        sentences.push(SentenceFeatures {
            text: as_read.to_owned(),
            features,
        });
    });
    sentences
}

/// The bucket of a feature where there are two to the power of `bits`.
#[must_use]
pub fn bucket(feature: u32, bits: u32) -> usize {
    crate::classifier::weights::bucket(feature, bits)
}
