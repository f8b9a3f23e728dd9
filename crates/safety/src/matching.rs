//! Where the phrases of a lexicon stand in a text.

use crate::lexicon::{CONTRAST, Element, FILLER, Lexicon, NEGATOR, Phrase, Reading, Step, Target};
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
const MOST_FILLERS: u8 = 6;

/// Every phrase of `lexicon` in `tokens`, by its first word.
pub fn find(lexicon: &Lexicon, tokens: &[Token], reading: &Reading) -> Vec<Match> {
    let places = Places::of(lexicon, tokens.len(), reading);
    let mut found = Vec::new();
    // Of thousands of phrases a text has all the words of a few, and of these few have two words near each other.
    for (element, starts) in places.elements.iter().zip(&places.of_elements) {
        let phrases = lexicon.by_first[usize::from(*element)].iter();
        let phrases = phrases.map(|number| &lexicon.phrases[usize::from(*number)]);
        for phrase in phrases.filter(|phrase| phrase.steps[1..].iter().all(|step| places.has(step.element))) {
            let mut starts = starts.as_slice();
            let mut seconds = phrase
                .steps
                .get(1)
                .map_or(starts, |second| places.of_element(second.element));
            while let Some((start, later)) = starts.split_first() {
                starts = later;
                if let Some(second) = phrase.steps.get(1) {
                    let passed = seconds.iter().take_while(|at| *at <= start).count();
                    seconds = &seconds[passed..];
                    let Some(next) = seconds.first() else { break };
                    if *next > start + farthest(second) {
                        continue;
                    }
                }
                found.extend(match_at(phrase, *start, tokens, reading));
            }
        }
    }
    found.sort_by_key(|found| found.start);
    found
}

/// How many words behind the one before a step can end at most.
fn farthest(step: &Step) -> usize {
    1 + usize::from(step.gap) + usize::from(MOST_FILLERS)
}

/// Where the elements of a text stand in it.
struct Places {
    /// The elements that the text has, by their first word.
    elements: Vec<Element>,
    /// The words of each of them.
    of_elements: Vec<Vec<usize>>,
    /// Place of an element in both, plus one; 0 for those that the text does not have.
    numbers: Vec<u16>,
}

impl Places {
    fn of(lexicon: &Lexicon, words: usize, reading: &Reading) -> Self {
        let mut places = Self {
            elements: Vec::new(),
            of_elements: Vec::new(),
            numbers: vec![0; lexicon.by_first.len()],
        };
        for at in 0..words {
            for element in reading.elements(at) {
                let number = &mut places.numbers[usize::from(*element)];
                if *number == 0 {
                    places.elements.push(*element);
                    places.of_elements.push(Vec::new());
                    // There are no more elements than an u16 counts.
                    *number = places.elements.len() as u16;
                }
                places.of_elements[usize::from(*number) - 1].push(at);
            }
        }
        places
    }

    fn has(&self, element: Element) -> bool {
        self.numbers[usize::from(element)] != 0
    }

    fn of_element(&self, element: Element) -> &[usize] {
        let number = usize::from(self.numbers[usize::from(element)]);
        number.checked_sub(1).map_or(&[], |number| &self.of_elements[number])
    }
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
fn reach(step: &Step, start: usize, from: usize, tokens: &[Token], reading: &Reading) -> u64 {
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
