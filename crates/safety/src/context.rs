//! What is said about a finding: denied, long past, asked in general, or only a way of speaking.
//!
//! The approach is that of ConText (Harkema et al. 2009), the successor of NegEx: cues open a scope, and words that
//! begin a new thought close it. In doubt a scope is short, because an emergency that is missed weighs most.

use crate::lexicon::{AND, FILLER, NEGATOR, OR, PERSON, PRESENT, Reading, TURN, Target};
use crate::matching::Match;
use crate::text::token::{Boundary, Token};

/// What a cue says of the findings in its scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CueKind {
    /// What follows is denied: "no", "denies".
    Negation,
    /// What came before is denied: "was ruled out".
    NegationAfter,
    /// Looks like a denial and is none: "not sure", "no better".
    NoNegation,
    /// The sentence tells of something long past.
    Past,
    /// The sentence asks in general, unless somebody real is named in it.
    Education,
    /// The sentence is about a text, a course or a film.
    Topic,
    /// It has stopped for now.
    Over,
    /// A way of speaking: what overlaps it means something else.
    Idiom,
    /// An order to the program.
    Order,
}

/// One group of cues, from `rules/context.toml`.
#[derive(Debug)]
pub struct CueData {
    /// What the cue says.
    pub kind: CueKind,
    /// How many words without meaning of their own for the rules a denial reaches over.
    pub reach: u8,
    /// Whether "and" carries a denial on as "or" does.
    pub through_and: bool,
}

/// What is known about each word of a text.
pub struct Context<'a> {
    tokens: &'a [Token],
    reading: &'a Reading,
    cues: Vec<(CueKind, Match)>,
    denied: Vec<bool>,
    idiomatic: Vec<bool>,
    /// How many turns of thought stand before each word.
    turns: Vec<u32>,
    /// Where the longest finding that begins at each word ends.
    findings: Vec<usize>,
    /// Sentence number of each word.
    sentences: Vec<u32>,
    /// How many persons are named before each word.
    persons: Vec<u32>,
}

impl<'a> Context<'a> {
    /// Works out all scopes once for a text.
    pub fn new(tokens: &'a [Token], reading: &'a Reading, matches: &[Match], cues: &[CueData]) -> Self {
        let mut context = Self {
            tokens,
            reading,
            cues: Vec::new(),
            denied: vec![false; tokens.len()],
            idiomatic: vec![false; tokens.len()],
            turns: running_count(tokens.len(), |at| turns(reading, at)),
            findings: (1..=tokens.len()).collect(),
            sentences: running_count(tokens.len(), |at| tokens[at].before == Boundary::Sentence),
            persons: running_count(tokens.len(), |at| reading.is(at, PERSON)),
        };
        let mut taken = vec![false; tokens.len()];
        for found in matches {
            if let Target::Finding(_) = found.target {
                let end = &mut context.findings[found.start];
                *end = found.end.max(*end);
            }
            let claims = match found.target {
                Target::Finding(_) => found.end - found.start > 1,
                Target::Cue(cue) => cues[usize::from(cue)].kind == CueKind::NoNegation,
                Target::Reading(_) => false,
            };
            if claims {
                taken[found.start..found.end].fill(true);
            }
        }
        for found in matches {
            let Target::Cue(number) = found.target else { continue };
            let cue = &cues[usize::from(number)];
            match cue.kind {
                CueKind::Negation if !taken[found.start] => context.deny_after(found.end, cue),
                CueKind::NegationAfter => context.deny_before(found),
                CueKind::Negation | CueKind::NoNegation | CueKind::Order => {}
                CueKind::Idiom => context.idiomatic[found.start..found.end].fill(true),
                CueKind::Past | CueKind::Education | CueKind::Topic | CueKind::Over => {
                    context.cues.push((cue.kind, *found));
                }
            }
        }
        context
    }

    /// Whether it is denied.
    pub fn is_denied(&self, found: &Match) -> bool {
        self.denied[found.start]
    }

    /// Whether it is a way of speaking.
    pub fn is_idiom(&self, found: &Match) -> bool {
        self.idiomatic[found.start..found.end].contains(&true)
    }

    /// Whether it is long past, or a relative's story.
    pub fn is_past(&self, found: &Match) -> bool {
        self.has(CueKind::Past, found, |cue| self.turns_between(cue, found) == 0)
    }

    /// Whether it stopped, as far as the sentence says or the next one.
    pub fn is_over(&self, found: &Match) -> bool {
        let sentence = self.sentences[found.start + 1];
        let near = |cue: &Match| cue.start >= found.end && self.sentences[cue.start + 1] <= sentence + 1;
        self.cues.iter().any(|(kind, cue)| *kind == CueKind::Over && near(cue))
    }

    /// Whether it is asked about in general.
    pub fn is_general(&self, found: &Match) -> bool {
        self.has(CueKind::Topic, found, |cue| self.turns_between(cue, found) == 0)
            || self.has(CueKind::Education, found, |cue| self.persons_outside(cue, found) == 0)
    }

    fn has(&self, kind: CueKind, found: &Match, holds: impl Fn(&Match) -> bool) -> bool {
        let sentence = self.sentences[found.start + 1];
        let applies =
            |(of, cue): &(CueKind, Match)| *of == kind && self.sentences[cue.start + 1] == sentence && holds(cue);
        self.cues.iter().any(applies)
    }

    fn turns_between(&self, cue: &Match, found: &Match) -> u32 {
        let (from, to) = if cue.end <= found.start {
            (cue.end, found.end)
        } else {
            (found.end, cue.start)
        };
        if from >= to {
            0
        } else {
            self.turns[to] - self.turns[from]
        }
    }

    /// Persons from the beginning of the sentence to the end of the finding, without those in the cue itself.
    fn persons_outside(&self, cue: &Match, found: &Match) -> u32 {
        let sentence = self.sentences[found.start + 1];
        let start = self
            .sentences
            .partition_point(|number| *number < sentence)
            .saturating_sub(1);
        let inside = self.persons[cue.end.min(found.end)] - self.persons[cue.start.min(found.end)];
        self.persons[found.end] - self.persons[start] - inside
    }

    fn deny_after(&mut self, from: usize, cue: &CueData) {
        let mut left = cue.reach;
        let mut free_until = from;
        for at in from..self.tokens.len() {
            let before = self.tokens[at].before;
            let is = |element| self.reading.is(at, element);
            // A new denial has a scope of its own, and so has "no fever, can't breathe or talk".
            if at < free_until {
                self.denied[at] = true;
                continue;
            }
            if before == Boundary::Sentence || is(TURN) || is(NEGATOR) || (is(AND) && !cue.through_and) {
                break;
            }
            if before == Boundary::Clause && !self.list_goes_on(at) {
                break;
            }
            if is(PERSON) {
                break;
            }
            self.denied[at] = true;
            // What a denial names is not what it reaches over: "no chest pain or cough".
            free_until = self.findings[at];
            if is(OR) || is(AND) || before == Boundary::Clause || free_until > at + 1 {
                left = cue.reach;
            } else if !is(FILLER) {
                if left == 0 {
                    self.denied[at] = false;
                    break;
                }
                left -= 1;
            }
        }
    }

    /// Whether "or" comes before the sentence ends: "no fever, cough, or rash" against "no fever, crushing chest pain".
    fn list_goes_on(&self, from: usize) -> bool {
        for at in from..self.tokens.len().min(from + 16) {
            let ends = at > from && self.tokens[at].before == Boundary::Sentence;
            if ends
                || [TURN, NEGATOR, PERSON]
                    .iter()
                    .any(|element| self.reading.is(at, *element))
            {
                return false;
            }
            if self.reading.is(at, OR) {
                return true;
            }
        }
        false
    }

    fn deny_before(&mut self, cue: &Match) {
        for at in (cue.start.saturating_sub(5)..cue.start).rev() {
            if self.reading.is(at, TURN) || self.reading.is(at, AND) {
                break;
            }
            self.denied[at] = true;
            if self.tokens[at].before == Boundary::Sentence {
                break;
            }
        }
    }
}

/// Whether the story comes back to the present here: "and I ...", "now", "hurts".
fn turns(reading: &Reading, at: usize) -> bool {
    let after_and = at > 0 && reading.is(at - 1, AND);
    reading.is(at, TURN) || reading.is(at, PRESENT) || (after_and && reading.is(at, PERSON))
}

/// How many of the words before each one satisfy `holds`; one entry more than there are words.
fn running_count(length: usize, holds: impl Fn(usize) -> bool) -> Vec<u32> {
    let mut counts = Vec::with_capacity(length + 1);
    counts.push(0);
    for at in 0..length {
        counts.push(counts[at] + u32::from(holds(at)));
    }
    counts
}
