//! The tables that the build script makes of the rule files, and which of their words a word of the text is.

use crate::lexicon_hash::hash_without;
use crate::text::token::Token;
use std::collections::HashMap;

/// A set of words that some step of some phrase accepts, by number.
pub type Element = u16;

/// Words that carry no meaning inside a phrase: `really`, `the`, `is`.
pub const FILLER: Element = 0;
/// Words that deny.
pub const NEGATOR: Element = 1;
/// Words that show that somebody real is spoken of.
pub const PERSON: Element = 2;
/// Words with which a new thought begins: `but`, `now`.
pub const TURN: Element = 3;
/// `or` and `nor`, which carry a denial on.
pub const OR: Element = 4;
/// `and`.
pub const AND: Element = 5;
/// Words that tell of the present: `have`, `hurts`.
pub const PRESENT: Element = 6;

/// Words that set two thoughts against each other, which no phrase reaches across: `but`.
pub const CONTRAST: Element = 7;

/// The elements above are below this one.
const FIXED: Element = 8;

/// What a phrase stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    /// A finding, by number.
    Finding(u16),
    /// A cue of the context, by number.
    Cue(u16),
    /// A reading of a measure, by number.
    Reading(u16),
}

/// One step of a phrase.
#[derive(Debug)]
pub struct Step {
    /// Which words it accepts.
    pub element: Element,
    /// How many other words may stand before it.
    pub gap: u8,
    /// Whether its number is what the phrase measures.
    pub captured: bool,
    /// Whether the part that a softened sentence replaces ends before it.
    pub marked: bool,
}

/// A phrase and what it stands for.
#[derive(Debug)]
pub struct Phrase {
    /// At least one step.
    pub steps: &'static [Step],
    /// What it stands for.
    pub target: Target,
}

/// Words and phrases of one set of rules.
#[derive(Debug)]
pub struct Lexicon {
    /// Sorted; words without elements are known English that must not be taken for a misspelling.
    pub words: &'static [(&'static str, &'static [Element])],
    /// Open-addressed hash table from words to their number plus one; its length is a power of two.
    pub slots: &'static [u16],
    /// Beginnings of words, sorted, each at least three letters long.
    pub prefixes: &'static [(&'static str, &'static [Element])],
    /// Elements that accept any number.
    pub numbers: &'static [Element],
    /// Elements that accept the numbers 1900 to 2099.
    pub years: &'static [Element],
    /// Open-addressed hash table from words with a letter left out to the word's number plus one; its length is a
    /// power of two, or none where misspellings are not looked for.
    pub misspellings: &'static [u16],
    /// Every phrase.
    pub phrases: &'static [Phrase],
    /// The phrases that begin with an element.
    pub by_first: &'static [&'static [u16]],
}

/// The elements of every word of a text.
#[derive(Debug, Default)]
pub struct Reading {
    elements: Vec<Element>,
    ends: Vec<usize>,
    /// Bit `n` is set for the fixed element `n`: these are asked for far more often than any other.
    fixed: Vec<u16>,
}

impl Reading {
    /// Which elements accept the word at `at`.
    pub fn elements(&self, at: usize) -> &[Element] {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.elements[start..self.ends[at]]
    }

    /// Whether the word at `at` is accepted by `element`.
    pub fn is(&self, at: usize, element: Element) -> bool {
        if element < FIXED {
            return self.fixed[at] & (1 << element) != 0;
        }
        self.elements(at).contains(&element)
    }

    fn end_word(&mut self) {
        let start = self.ends.last().copied().unwrap_or_default();
        let fixed = self.elements[start..].iter().filter(|element| **element < FIXED);
        self.fixed.push(fixed.fold(0, |bits, element| bits | 1 << element));
        self.ends.push(self.elements.len());
    }
}

impl Lexicon {
    /// Looks every word up.
    pub fn read(&self, tokens: &[Token]) -> Reading {
        let mut reading = Reading::default();
        // Most words of a longer text stand in it more than once.
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for (at, token) in tokens.iter().enumerate() {
            if let Some(before) = seen
                .get(token.word.as_str())
                .filter(|before| tokens[**before].disguised == token.disguised)
            {
                let start = before.checked_sub(1).map_or(0, |before| reading.ends[before]);
                reading.elements.extend_from_within(start..reading.ends[*before]);
                reading.end_word();
                continue;
            }
            seen.insert(&token.word, at);
            if let Some(number) = token.number {
                reading.elements.extend_from_slice(self.numbers);
                if (1900.0..2100.0).contains(&number) {
                    reading.elements.extend_from_slice(self.years);
                }
            }
            let known = self.look_up(&token.word, &mut reading.elements);
            if !known && token.number.is_none() {
                self.look_up_variants(token, &mut reading.elements);
            }
            reading.end_word();
        }
        reading
    }

    /// Adds the elements of `word`; whether it is a known word, not just the beginning of one.
    fn look_up(&self, word: &str, out: &mut Vec<Element>) -> bool {
        let exact = self.exact(word);
        if let Some(at) = exact {
            out.extend_from_slice(self.words[at].1);
        }
        let known = exact.is_some();
        let Some(beginning) = word.get(..3) else { return known };
        let first = self.prefixes.partition_point(|(prefix, _)| *prefix < beginning);
        for (prefix, elements) in &self.prefixes[first..] {
            if !prefix.starts_with(beginning) {
                break;
            }
            if word.starts_with(prefix) {
                out.extend_from_slice(elements);
            }
        }
        known
    }

    /// The number of a word.
    fn exact(&self, word: &str) -> Option<usize> {
        let mask = self.slots.len() - 1;
        let mut slot = hash_without(word.as_bytes(), None) as usize & mask;
        loop {
            let at = usize::from(self.slots[slot]).checked_sub(1)?;
            if self.words[at].0 == word {
                return Some(at);
            }
            slot = (slot + 1) & mask;
        }
    }

    fn look_up_variants(&self, token: &Token, out: &mut Vec<Element>) {
        let word = token.word.as_str();
        let singular = word.strip_suffix('s').filter(|singular| singular.len() >= 3);
        if singular.is_some_and(|singular| self.look_up(singular, out)) {
            return;
        }
        if token.disguised {
            let plain = undisguised(word);
            if plain != word && self.look_up(&plain, out) {
                return;
            }
        }
        let mut word = word;
        let squeezed;
        if let Some((twice, once)) = unstretched(word) {
            // Both, for "breathee" begins like a word that some phrase wants while "breathe" is one.
            if self.look_up(&twice, out) | self.look_up(&once, out) {
                return;
            }
            squeezed = once;
            word = &squeezed;
        }
        if let Some(meant) = self.misspelt(word) {
            out.extend_from_slice(self.words[meant].1);
        }
    }

    /// The known word of five letters or more that is one slip of the fingers away and begins with the same letter.
    fn misspelt(&self, word: &str) -> Option<usize> {
        if word.len() < 4 || !word.is_ascii() || self.misspellings.is_empty() {
            return None;
        }
        let bytes = word.as_bytes();
        let candidate = |left_out: Option<usize>| {
            let mask = self.misspellings.len() - 1;
            let mut slot = hash_without(bytes, left_out) as usize & mask;
            while self.misspellings[slot] != 0 {
                let at = usize::from(self.misspellings[slot] - 1);
                if is_one_slip(bytes, self.words[at].0.as_bytes()) {
                    return Some(at);
                }
                slot = (slot + 1) & mask;
            }
            None
        };
        candidate(None).or_else(|| (1..bytes.len()).find_map(|at| candidate(Some(at))))
    }
}

/// Whether one letter left out, added, changed or swapped with its neighbour makes `b` of `a`.
fn is_one_slip(a: &[u8], b: &[u8]) -> bool {
    let same = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    if same == 0 {
        return false;
    }
    let (rest_a, rest_b) = (&a[same..], &b[same..]);
    match (rest_a, rest_b) {
        ([], []) => true,
        ([_, tail_a @ ..], [_, tail_b @ ..]) if a.len() == b.len() => {
            let swapped = matches!((rest_a, rest_b), ([p, q, x @ ..], [r, s, y @ ..]) if p == s && q == r && x == y);
            tail_a == tail_b || swapped
        }
        ([_, tail @ ..], _) if a.len() == b.len() + 1 => tail == rest_b,
        (_, [_, tail @ ..]) if a.len() + 1 == b.len() => tail == rest_a,
        _ => false,
    }
}

/// Digits read as the letters that they look like.
fn undisguised(word: &str) -> String {
    word.chars().map(undisguised_letter).collect()
}

/// The letter that a digit looks like; anything else as it is.
pub fn undisguised_letter(c: char) -> char {
    match c {
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '4' => 'a',
        '5' => 's',
        '7' => 't',
        _ => c,
    }
}

/// A word with letters held down too long, with those letters twice and once: `heeelp` to `heelp` and `help`.
fn unstretched(word: &str) -> Option<(String, String)> {
    let mut runs: Vec<(char, usize)> = Vec::new();
    for c in word.chars() {
        match runs.last_mut() {
            Some((last, count)) if *last == c => *count += 1,
            _ => runs.push((c, 1)),
        }
    }
    if runs.iter().all(|(_, count)| *count < 3) {
        return None;
    }
    let squeeze = |kept| {
        let letters = runs.iter().flat_map(|(c, count)| {
            let count = if *count < 3 { *count } else { kept };
            std::iter::repeat_n(*c, count)
        });
        letters.collect::<String>()
    };
    Some((squeeze(2), squeeze(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_one_letter_more_less_other_or_swapped() {
        for slip in ["chst", "chestt", "chesk", "chset"] {
            assert!(is_one_slip(slip.as_bytes(), b"chest"), "{slip}");
        }
        for other in ["cst", "chessy", "ahest", "hcest"] {
            assert!(!is_one_slip(other.as_bytes(), b"chest"), "{other}");
        }
    }

    #[test]
    fn stretched_words_are_squeezed() {
        assert_eq!(unstretched("heeeelp"), Some(("heelp".into(), "help".into())));
        assert_eq!(unstretched("feel"), None);
    }
}
