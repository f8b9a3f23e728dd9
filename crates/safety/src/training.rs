//! What the classifier is trained on: for `crates/training` alone.

pub use crate::classifier::features::{GROUP_WEIGHTS, GROUPS, Group};
pub use crate::classifier::network::{CHANNELS, DIMENSIONS, HIDDEN, LETTERS_SCALE, mean_scale};
pub use crate::opinion::{CATEGORIES, NETWORK_WEIGHT, odds};
pub use crate::review::opinion::{HEADS as REVIEW_RULES, RULED_OUT};

use std::ops::Range;

use crate::classifier::{features, network};
use crate::findings::Text;
use crate::review::{self, language};
use crate::{opinion, triage};

/// How many vectors words have; letters have as many behind them.
pub const ROWS: usize = 1 << network::BITS;

/// The rows of the vectors of each word of a message, its own first.
#[must_use]
pub fn rows_of_message(text: &str) -> Vec<Vec<u32>> {
    let text = Text::read(text);
    let items = features::sequence(text.text, &text.tokens, &(0..text.tokens.len()));
    let items = network::beginning_and_end(items);
    let narrow = |row: usize| u32::try_from(row).unwrap_or(u32::MAX);
    let rows = items.iter().map(|item| {
        let mut rows = vec![narrow(network::row(item.hash))];
        network::each_piece(item, |letters| rows.push(narrow(ROWS + network::row(letters))));
        rows
    });
    rows.collect()
}

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

/// Every feature of each sentence of an answer, with the rules of which a phrase stands in it.
#[must_use]
pub fn features_of_answer(answer: &str) -> Vec<(Features, Vec<String>)> {
    let mut sentences = Vec::new();
    language::each_sentence(answer, |tokens, range, rules| {
        let mut features = Vec::new();
        review::opinion::each(answer, tokens, range, rules, &mut |group, feature, _| {
            features.push((group, feature));
        });
        sentences.push((features, rules.iter().map(|rule| (*rule).to_owned()).collect()));
    });
    sentences
}

/// The bucket of a feature where there are two to the power of `bits`.
#[must_use]
pub fn bucket(feature: u32, bits: u32) -> usize {
    crate::classifier::weights::bucket(feature, bits)
}
