//! What a text says: the findings in it, and in what sense each is meant.

use std::ops::Range;

use crate::context::{Context, CueKind};
use crate::lexicon::Target;
use crate::matching::{self, Match};
use crate::tables::{CUES, FINDINGS, LEXICON, READINGS, measured};
use crate::text::token::{self, Token};

/// In what sense a finding is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sense {
    /// It is there.
    Present,
    /// It was there and has stopped for now.
    Over,
    /// It is denied.
    Denied,
    /// It is only a way of speaking.
    Idiom,
    /// It was there long ago.
    Past,
    /// It is asked about in general.
    General,
}

/// One finding in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noted {
    /// Which finding.
    pub finding: usize,
    /// In what sense.
    pub sense: Sense,
    /// Number of its first word.
    pub start: usize,
    /// Number of the word behind its last one.
    pub end: usize,
}

/// A text as the rules and the classifier see it.
pub struct Text<'a> {
    /// As it was written.
    pub text: &'a str,
    /// Its words.
    pub tokens: Vec<Token>,
    /// The findings in it, by their first word.
    pub noted: Vec<Noted>,
    /// Whether it gives orders to the program.
    pub gives_orders: bool,
}

impl<'a> Text<'a> {
    /// Reads a text.
    pub fn read(text: &'a str) -> Self {
        let tokens = token::tokens(text);
        let reading = LEXICON.read(&tokens);
        let matches = matching::find(&LEXICON, &tokens, &reading);
        let context = Context::new(&tokens, &reading, &matches, CUES);
        let mut noted = Vec::new();
        let mut note = |finding: usize, found: &Match| {
            noted.push(Noted {
                finding,
                sense: sense(finding, found, &context),
                start: found.start,
                end: found.end,
            });
        };
        for found in &matches {
            match found.target {
                Target::Finding(number) => note(usize::from(number), found),
                Target::Reading(number) => {
                    for finding in measured(&READINGS[usize::from(number)], found.value) {
                        note(finding, found);
                    }
                }
                Target::Cue(_) => {}
            }
        }
        let is_order =
            |found: &Match| matches!(found.target, Target::Cue(cue) if CUES[usize::from(cue)].kind == CueKind::Order);
        Self {
            text,
            gives_orders: matches.iter().any(is_order),
            tokens,
            noted,
        }
    }

    /// The findings among the words `range`.
    pub fn noted_in(&self, range: &Range<usize>) -> impl Iterator<Item = &Noted> {
        let (start, end) = (range.start, range.end);
        self.noted
            .iter()
            .filter(move |noted| noted.start >= start && noted.end <= end)
    }

    /// Where the words `range` stand, in bytes.
    pub fn bytes(&self, range: &Range<usize>) -> Range<usize> {
        self.tokens[range.start].start..self.tokens[range.end - 1].end
    }
}

fn sense(finding: usize, found: &Match, context: &Context<'_>) -> Sense {
    let data = &FINDINGS[finding];
    if context.is_idiom(found) {
        Sense::Idiom
    } else if context.is_denied(found) {
        Sense::Denied
    } else if !data.even_in_questions && context.is_general(found) {
        Sense::General
    } else if !data.background && context.is_past(found) {
        Sense::Past
    } else if !data.background && context.is_over(found) {
        Sense::Over
    } else {
        Sense::Present
    }
}
