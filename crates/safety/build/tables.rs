//! Gathers phrases and writes them as constant tables.

use crate::phrase::{self, Atom, Step};
use std::collections::BTreeMap;
use std::fmt::Write;

#[path = "../src/lexicon_hash.rs"]
mod lexicon_hash;

/// Elements with a fixed number in `src/lexicon.rs`, in this order, by the word group that fills them.
const FIXED: [&str; 8] = [
    "filler", "negator", "person", "turn", "or", "and", "present", "contrast",
];

pub struct Lexicon {
    groups: BTreeMap<String, Vec<String>>,
    elements: BTreeMap<Vec<Atom>, u16>,
    phrases: Vec<(Vec<Step>, String)>,
    fixed: u16,
    clinical: std::collections::BTreeSet<String>,
    known: Vec<String>,
    /// By the word that is meant, how it is spelt, too.
    pub spellings: BTreeMap<String, Vec<String>>,
}

impl Lexicon {
    pub fn new(groups: BTreeMap<String, Vec<String>>) -> Self {
        let known = groups.get("known").cloned().unwrap_or_default();
        Self {
            groups,
            elements: BTreeMap::new(),
            phrases: Vec::new(),
            fixed: FIXED.len() as u16,
            clinical: Default::default(),
            known,
            spellings: BTreeMap::new(),
        }
    }

    /// Adds a phrase for `target`, a `Target` as Rust source. Words of clinical phrases are recognised when misspelt.
    pub fn add(&mut self, phrase: &str, target: String, clinical: bool) {
        let sequences = phrase::expand(phrase, &self.groups).unwrap_or_else(|error| panic!("in `{phrase}`: {error}"));
        for steps in sequences {
            for step in &steps {
                let next = self.fixed + self.elements.len() as u16;
                self.elements.entry(step.atoms.clone()).or_insert(next);
                if clinical {
                    let words = step.atoms.iter().filter_map(|atom| match atom {
                        Atom::Word(word) | Atom::Prefix(word) if word.len() >= 5 => Some(word.clone()),
                        _ => None,
                    });
                    self.clinical.extend(words);
                }
            }
            self.phrases.push((steps, target.clone()));
        }
    }

    /// The tables as Rust source, as a constant called `name`.
    pub fn write(mut self, name: &str) -> String {
        self.phrases.sort();
        self.phrases.dedup();
        let count = usize::from(self.fixed) + self.elements.len();
        let mut words: BTreeMap<String, Vec<u16>> = BTreeMap::new();
        let mut prefixes: BTreeMap<String, Vec<u16>> = BTreeMap::new();
        let mut numbers = Vec::new();
        let mut years = Vec::new();
        let mut accept = |atoms: &[Atom], element: u16| {
            for atom in atoms {
                match atom {
                    Atom::Word(word) => words.entry(word.clone()).or_default().push(element),
                    Atom::Prefix(prefix) => {
                        prefixes.entry(prefix.clone()).or_default().push(element);
                        // `seizure*` is a word, too, that may be misspelt.
                        if self.clinical.contains(prefix) {
                            words.entry(prefix.clone()).or_default().push(element);
                        }
                    }
                    Atom::Number => numbers.push(element),
                    Atom::Year => years.push(element),
                }
            }
        };
        for (atoms, element) in &self.elements {
            accept(atoms, *element);
        }
        for (at, group) in FIXED.iter().enumerate() {
            for word in self.groups.get(*group).into_iter().flatten() {
                let sequences = phrase::expand(word, &self.groups).unwrap_or_else(|error| panic!("{group}: {error}"));
                for steps in sequences.iter().filter(|steps| steps.len() == 1) {
                    accept(&steps[0].atoms, at as u16);
                }
            }
        }
        for (word, spellings) in &self.spellings {
            let mut meant = words.get(word).cloned().unwrap_or_default();
            let beginnings = prefixes.iter().filter(|(prefix, _)| word.starts_with(prefix.as_str()));
            meant.extend(beginnings.flat_map(|(_, elements)| elements));
            for spelling in spellings {
                words.entry(spelling.clone()).or_default().extend(&meant);
            }
        }
        for word in &self.known {
            words.entry(word.clone()).or_default();
        }
        let mut by_first = vec![Vec::new(); count];
        for (number, (steps, _)) in self.phrases.iter().enumerate() {
            by_first[usize::from(self.elements[&steps[0].atoms])].push(number);
        }
        let misspellings = self.misspellings(&words);
        let mut out = String::new();
        let _ = writeln!(out, "pub static {name}: Lexicon = Lexicon {{");
        let _ = writeln!(out, "words: &{},", pairs(&words));
        let _ = writeln!(out, "slots: &{:?},", slots(words.keys()));
        let _ = writeln!(out, "prefixes: &{},", pairs(&prefixes));
        let _ = writeln!(out, "numbers: &{numbers:?},\nyears: &{years:?},");
        let _ = writeln!(out, "misspellings: &{misspellings:?},");
        let _ = writeln!(out, "phrases: &[");
        for (steps, target) in &self.phrases {
            let _ = write!(out, "Phrase {{ target: {target}, steps: &[");
            for Step {
                atoms,
                gap,
                captured,
                marked,
            } in steps
            {
                let element = self.elements[atoms];
                let _ = write!(
                    out,
                    "Step{{element:{element},gap:{gap},captured:{captured},marked:{marked}}},"
                );
            }
            out.push_str("]},\n");
        }
        out.push_str("],\nby_first: &[");
        by_first.iter().for_each(|numbers| {
            let _ = write!(out, "&{numbers:?},");
        });
        out.push_str("],\n};\n");
        out
    }

    fn misspellings(&self, words: &BTreeMap<String, Vec<u16>>) -> Vec<u16> {
        if self.clinical.is_empty() {
            return Vec::new();
        }
        let entries: usize = self.clinical.iter().map(|word| word.len()).sum();
        let mut table = vec![0_u16; (entries * 2).next_power_of_two()];
        let mask = table.len() - 1;
        for (number, word) in words
            .keys()
            .enumerate()
            .filter(|(_, word)| self.clinical.contains(*word))
        {
            for left_out in std::iter::once(None).chain((1..word.len()).map(Some)) {
                let mut slot = lexicon_hash::hash_without(word.as_bytes(), left_out) as usize & mask;
                while table[slot] != 0 {
                    slot = (slot + 1) & mask;
                }
                table[slot] = number as u16 + 1;
            }
        }
        table
    }
}

/// Where each word's number plus one is found by its hash.
fn slots<'a>(words: impl ExactSizeIterator<Item = &'a String>) -> Vec<u16> {
    let mut table = vec![0_u16; (words.len() * 2).next_power_of_two()];
    let mask = table.len() - 1;
    for (number, word) in words.enumerate() {
        let mut slot = lexicon_hash::hash_without(word.as_bytes(), None) as usize & mask;
        while table[slot] != 0 {
            slot = (slot + 1) & mask;
        }
        table[slot] = number as u16 + 1;
    }
    table
}

fn pairs(map: &BTreeMap<String, Vec<u16>>) -> String {
    let mut out = String::from("[");
    for (word, elements) in map {
        let _ = write!(out, "({word:?},&{elements:?}),");
    }
    out.push(']');
    out
}
