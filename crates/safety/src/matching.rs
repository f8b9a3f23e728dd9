//! Where the phrases of a lexicon stand in a text.

use crate::lexicon::{CONTRAST, FILLER, Lexicon, NEGATOR, Phrase, Reading, Target};
use crate::text::token::{Boundary, Token};

/// One phrase found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Match {
    /// What the phrase stands for.
    pub target: Target,
    /// Number of its first word.
    pub start: usize,
    /// Number of the word behind its last one.
    pub end: usize,
    /// Number of the word behind the part that a softened sentence replaces; `end` where there is no such part.
    pub mark: usize,
    /// The number that it measures.
    pub value: Option<f32>,
}

/// How many words without meaning may stand between two words of a phrase.
const MOST_FILLERS: u32 = 6;

/// Every phrase of `lexicon` in `tokens`, by its first word.
pub fn find(lexicon: &Lexicon, tokens: &[Token], reading: &Reading) -> Vec<Match> {
    let mut present = vec![false; lexicon.by_first.len()];
    for at in 0..tokens.len() {
        reading
            .elements(at)
            .iter()
            .for_each(|element| present[usize::from(*element)] = true);
    }
    let possible = |phrase: &&Phrase| phrase.steps.iter().all(|step| present[usize::from(step.element)]);
    // Of thousands of phrases a text has all the words of a few: those are found once for each first word.
    let mut by_first: Vec<Option<Vec<&Phrase>>> = vec![None; lexicon.by_first.len()];
    let mut found = Vec::new();
    for start in 0..tokens.len() {
        for element in reading.elements(start) {
            let element = usize::from(*element);
            let phrases = by_first[element].get_or_insert_with(|| {
                let all = lexicon.by_first[element].iter();
                all.map(|number| &lexicon.phrases[usize::from(*number)])
                    .filter(possible)
                    .collect()
            });
            found.extend(
                phrases
                    .iter()
                    .filter_map(|phrase| match_at(phrase, start, tokens, reading)),
            );
        }
    }
    found
}

/// Follows all ways through the phrase at once: bit `n` is set when the steps so far can end at word `start + n`.
fn match_at(phrase: &Phrase, start: usize, tokens: &[Token], reading: &Reading) -> Option<Match> {
    let mut reached = 1_u64;
    let mut mark = None;
    let mut value = None;
    for (number, step) in phrase.steps.iter().enumerate() {
        if step.marked {
            mark = Some(start + reached.trailing_zeros() as usize + 1);
        }
        if number > 0 {
            let mut next = 0;
            let mut from = reached;
            while from != 0 {
                next |= reach(step, start, from.trailing_zeros() as usize, tokens, reading);
                from &= from - 1;
            }
            reached = next;
        }
        if reached == 0 {
            return None;
        }
        if step.captured {
            reached &= reached.wrapping_neg();
            value = tokens[start + reached.trailing_zeros() as usize].number;
        }
    }
    let end = start + reached.trailing_zeros() as usize + 1;
    Some(Match {
        target: phrase.target,
        start,
        end,
        mark: mark.unwrap_or(end),
        value,
    })
}

/// Where `step` can end when the step before ended at word `start + from`.
fn reach(step: &crate::lexicon::Step, start: usize, from: usize, tokens: &[Token], reading: &Reading) -> u64 {
    let mut ends = 0;
    let mut skipped = 0;
    let mut fillers = 0;
    let last = tokens.len().min(start + 64);
    for (at, token) in tokens.iter().enumerate().take(last).skip(start + from + 1) {
        if token.before == Boundary::Sentence || (token.before == Boundary::Clause && skipped > 0) {
            break;
        }
        if reading.is(at, step.element) {
            ends |= 1 << (at - start);
        }
        // "is not drooping" must not be read as "drooping" by leaving out what turns it round.
        if reading.is(at, NEGATOR) || reading.is(at, CONTRAST) {
            break;
        }
        if reading.is(at, FILLER) {
            fillers += 1;
        } else {
            skipped += 1;
        }
        if skipped > step.gap || fillers > MOST_FILLERS {
            break;
        }
    }
    ends
}
