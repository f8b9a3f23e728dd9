//! What the classifier sees of a text: words in their order, letters of the words, the findings and the rules that fired.
//!
//! Every feature is a number, its bucket: the hashing trick (Weinberger et al. 2009) needs no vocabulary. The letters
//! recognise words that are misspelt or were never seen, as in fastText (Bojanowski et al. 2017).

use std::borrow::Cow;
use std::ops::Range;

use crate::findings::{Sense, Text};
use crate::lexicon::undisguised_letter;
use crate::tables::{FINDINGS, RuleData};
use crate::text::token::{Boundary, Token};
use crate::types::Urgency;

/// Kinds of features. Each is scaled to the same length by itself, so that many letters do not drown few findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// One to three words in a row.
    Words,
    /// Three to five letters of a word.
    Letters,
    /// What a text says, alone and two at a time.
    Findings,
    /// Which rules fired.
    Rules,
}

/// How many kinds of features there are.
pub const GROUPS: usize = 4;

/// How much each kind counts.
pub const GROUP_WEIGHTS: [f32; GROUPS] = [1.0, 1.0, 0.7, 0.7];

/// More findings than these in one text are not paired: their number grows with the square.
const MOST_PAIRED: usize = 24;

/// A word, or a mark between two words, as the classifier compares it.
pub struct Item<'a> {
    /// Its hash.
    pub hash: u32,
    /// Number of the word, or of the word that the mark stands beside.
    pub at: usize,
    /// Its letters, where it is a word.
    pub letters: Option<Cow<'a, str>>,
}

/// The words `range` of `tokens`, which stand in `text`, and the marks between them.
pub fn sequence<'a>(text: &str, tokens: &'a [Token], range: &Range<usize>) -> Vec<Item<'a>> {
    let mut items = Vec::with_capacity(range.len() + range.len() / 4);
    for at in range.clone() {
        let token = &tokens[at];
        if at > range.start {
            marks(text, &tokens[at - 1], Some(token), |hash| {
                items.push(Item {
                    hash,
                    at,
                    letters: None,
                })
            });
        }
        let spelt = spelling(token);
        items.push(Item {
            hash: of_bytes(WORD, spelt.as_bytes()),
            at,
            letters: (!spelt.starts_with('#')).then_some(spelt),
        });
    }
    if let Some(at) = range.clone().next_back() {
        let next = tokens.get(at + 1);
        marks(text, &tokens[at], next, |hash| {
            items.push(Item {
                hash,
                at,
                letters: None,
            })
        });
    }
    items
}

/// A full stop behind the last of `tokens`, unless a question or exclamation mark stands there. `sequence` takes a full stop for a
/// mark only where another word follows, so that without this the last sentence would look different from the others.
pub fn full_stop(text: &str, tokens: &[Token]) -> Option<Item<'static>> {
    let last = tokens.last()?;
    let is_marked = text.get(last.end..).unwrap_or_default().contains(['?', '!']);
    (!is_marked).then(|| Item {
        hash: mix(MARK, u32::from('.')),
        at: tokens.len() - 1,
        letters: None,
    })
}

/// Passes on every feature of words and letters, with the number of its first word.
pub fn of_words(items: &[Item<'_>], emit: &mut impl FnMut(Group, u32, usize)) {
    for number in 0..items.len() {
        of_item(items, number, emit);
    }
}

/// Passes on the features that the item `number` completes.
pub fn of_item(items: &[Item<'_>], number: usize, emit: &mut impl FnMut(Group, u32, usize)) {
    let item = &items[number];
    emit(Group::Words, item.hash, item.at);
    if let Some(second) = number.checked_sub(1).map(|before| &items[before]) {
        emit(Group::Words, mix(mix(1, second.hash), item.hash), second.at);
        if let Some(first) = number.checked_sub(2).map(|before| &items[before]) {
            emit(
                Group::Words,
                mix(mix(mix(2, first.hash), second.hash), item.hash),
                first.at,
            );
            emit(Group::Words, mix(mix(3, first.hash), item.hash), first.at);
        }
    }
    if let Some(letters) = &item.letters {
        each_letters(letters.as_bytes(), 5, |hash| emit(Group::Letters, hash, item.at));
    }
}

/// Passes on every feature of the findings among the words `range`, and of the rules that they fired.
pub fn of_findings(
    text: &Text<'_>,
    range: &Range<usize>,
    rules: &[(&RuleData, Urgency)],
    emit: &mut impl FnMut(Group, u32, usize),
) {
    let mut present: Vec<(u32, usize)> = Vec::new();
    for noted in text.noted_in(range) {
        let name = of_bytes(FINDING, FINDINGS[noted.finding].name.as_bytes());
        let hash = mix(name, noted.sense as u32);
        emit(Group::Findings, hash, noted.start);
        let counts = matches!(noted.sense, Sense::Present | Sense::Over);
        if counts && present.len() < MOST_PAIRED && present.iter().all(|(known, _)| *known != hash) {
            present.push((hash, noted.start));
        }
    }
    for (number, (first, at)) in present.iter().enumerate() {
        for (second, _) in &present[number + 1..] {
            emit(Group::Findings, mix(PAIR, first.wrapping_add(*second)), *at);
        }
    }
    for (rule, urgency) in rules {
        let name = of_bytes(RULE, rule.id.as_bytes());
        emit(Group::Rules, mix(name, *urgency as u32), range.start);
    }
    let most = rules.iter().map(|(_, urgency)| *urgency).min();
    emit(
        Group::Rules,
        mix(LEVEL, most.map_or(9, |level| level as u32)),
        range.start,
    );
    let emergencies = rules.iter().filter(|(_, urgency)| *urgency == Urgency::Emergency);
    let emergencies = u32::try_from(emergencies.take(3).count()).unwrap_or(3);
    emit(Group::Rules, mix(COUNT, emergencies), range.start);
}

/// Passes on the names of the rules whose phrases stand in a sentence.
pub fn of_names(rules: &[&str], at: usize, emit: &mut impl FnMut(Group, u32, usize)) {
    for rule in rules {
        emit(Group::Rules, of_bytes(RULE, rule.as_bytes()), at);
    }
    if rules.is_empty() {
        emit(Group::Rules, RULE, at);
    }
}

/// Beginnings of the hashes, so that a word and a finding of the same name are not the same feature.
const WORD: u32 = 0x811c_9dc5;
const MARK: u32 = 0x1b87_3593;
const LETTERS: u32 = 0x27d4_eb2f;
const FINDING: u32 = 0x85eb_ca6b;
const PAIR: u32 = 0xc2b2_ae35;
const RULE: u32 = 0x1656_67b1;
const LEVEL: u32 = 0x9e37_79b1;
const COUNT: u32 = 0x6a09_e667;

/// A word as it is compared: digits that stand for letters as those, stretched letters short, numbers by their size.
fn spelling(token: &Token) -> Cow<'_, str> {
    let word = token.word.as_str();
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        return Cow::Owned(size(token.number.unwrap_or_default(), word.contains('.')));
    }
    let stretched = word
        .as_bytes()
        .windows(3)
        .any(|three| three[0] == three[1] && three[1] == three[2]);
    if !token.disguised && !stretched {
        return Cow::Borrowed(word);
    }
    let mut spelt = String::with_capacity(word.len());
    for c in word.chars() {
        let c = if token.disguised { undisguised_letter(c) } else { c };
        let mut last = spelt.chars().rev();
        if last.next() != Some(c) || last.next() != Some(c) {
            spelt.push(c);
        }
    }
    Cow::Owned(spelt)
}

/// A number as its neighbourhood: a temperature to the degree, small counts exactly, the rest to the leading digits.
fn size(value: f32, decimal: bool) -> String {
    match value {
        _ if decimal && (34.0..44.0).contains(&value) => format!("#t{value:.0}"),
        _ if decimal => format!("#d{:.0}", value.min(30.0).floor()),
        _ if value <= 12.0 => format!("#{value:.0}"),
        _ if value < 200.0 => format!("#{:.0}0s", (value / 10.0).floor()),
        _ if value < 1_000.0 => format!("#{:.0}00s", (value / 100.0).floor()),
        _ => "#many".to_owned(),
    }
}

/// Passes on the marks between two words: that a sentence or clause ends, that it asks or shouts, and pictures.
fn marks(text: &str, before: &Token, after: Option<&Token>, mut emit: impl FnMut(u32)) {
    // One character may hold several words, as "½" does: then nothing is between them.
    let between = text.get(before.end..after.map_or(text.len(), |after| after.start));
    let between = between.unwrap_or_default();
    if between.len() <= 1 && after.is_none_or(|after| after.before == Boundary::None) {
        return;
    }
    for c in between
        .chars()
        .filter(|c| *c >= '\u{2600}' && !('\u{FE00}'..='\u{FE0F}').contains(c))
    {
        emit(mix(MARK, u32::from(c)));
    }
    let mark = if between.contains('?') {
        '?'
    } else if between.contains('!') {
        '!'
    } else {
        match after.map(|after| after.before) {
            Some(Boundary::Sentence) => '.',
            Some(Boundary::Clause) => ',',
            Some(Boundary::None) | None => return,
        }
    };
    emit(mix(MARK, u32::from(mark)));
}

/// Every three to `most` bytes of a word with its ends marked. Folded text is nearly all ASCII, where a byte is a letter.
pub fn each_letters(word: &[u8], most: usize, mut emit: impl FnMut(u32)) {
    let byte = |at: usize| match at {
        0 => b'<',
        _ if at <= word.len() => word[at - 1],
        _ => b'>',
    };
    let length = word.len() + 2;
    for start in 0..length.saturating_sub(2) {
        let mut hash = of_byte(of_byte(LETTERS, byte(start)), byte(start + 1));
        for at in start + 2..(start + most).min(length) {
            hash = of_byte(hash, byte(at));
            emit(hash);
        }
    }
}

/// FNV-1a.
fn of_bytes(seed: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(seed, |hash, byte| of_byte(hash, *byte))
}

fn of_byte(hash: u32, byte: u8) -> u32 {
    (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
}

/// One hash of two, in their order.
fn mix(first: u32, second: u32) -> u32 {
    (first.rotate_left(5) ^ second).wrapping_mul(0x9e37_79b1)
}
