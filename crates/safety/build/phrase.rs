//! The small language in which the rule files write phrases, expanded into steps.
//!
//! `word`, `word*` (any word that begins so), `(one|the other|third choice)`, `{group}` from words.toml, any of these with
//! `?` behind it (may be missing), `..` (up to three other words), `...` (up to eight), `~`
//! (what stands on both sides, in either order, with up to four other words between), `#` (a number, which is measured),
//! `#_` (any number), `#year` (1900 to 2099), `^` (ends the part that a softened sentence replaces).

use crate::text::token;
use std::collections::BTreeMap;

/// What one word of the text may be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Atom {
    Word(String),
    Prefix(String),
    Number,
    Year,
}

/// One step of a phrase: a word out of a set, after at most `gap` other words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    pub atoms: Vec<Atom>,
    pub gap: u8,
    pub captured: bool,
    /// Whether the replaced part of a softened phrase ends before this step.
    pub marked: bool,
}

type Groups = BTreeMap<String, Vec<String>>;

/// Every sequence of steps that a phrase stands for.
pub fn expand(phrase: &str, groups: &Groups) -> Result<Vec<Vec<Step>>, String> {
    if let Some((one, other)) = phrase.split_once(" ~ ") {
        let there = ordered(&format!("{one} .... {other}"), groups)?;
        let back = ordered(&format!("{other} .... {one}"), groups)?;
        return Ok([there, back].concat());
    }
    ordered(phrase, groups)
}

fn ordered(phrase: &str, groups: &Groups) -> Result<Vec<Vec<Step>>, String> {
    let mut sequences = vec![Vec::new()];
    let mut gap = 0;
    let mut marked = false;
    for piece in pieces(phrase)? {
        let (piece, optional) = match piece.strip_suffix('?') {
            Some(inner) => (inner.to_owned(), true),
            None => (piece, false),
        };
        match piece.as_str() {
            ".." => gap = 3,
            "...." => gap = 4,
            "..." => gap = 8,
            "^" => marked = true,
            _ => {
                let mut choices = choices(&piece, groups)?;
                for choice in &mut choices {
                    choice[0].gap = choice[0].gap.max(gap);
                    choice[0].marked |= marked;
                }
                gap = 0;
                marked = false;
                sequences = combine(&sequences, &choices, optional);
            }
        }
    }
    if sequences.iter().any(Vec::is_empty) {
        return Err(format!("the phrase `{phrase}` may be empty"));
    }
    Ok(sequences)
}

fn combine(sequences: &[Vec<Step>], choices: &[Vec<Step>], optional: bool) -> Vec<Vec<Step>> {
    let mut combined = Vec::new();
    for sequence in sequences {
        combined.extend(choices.iter().map(|choice| [sequence.as_slice(), choice].concat()));
        if optional {
            combined.push(sequence.clone());
        }
    }
    combined
}

/// Splits at spaces outside brackets.
fn pieces(phrase: &str) -> Result<Vec<String>, String> {
    let mut pieces = vec![String::new()];
    let mut depth = 0_i32;
    for c in phrase.chars() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        match pieces.last_mut() {
            Some(last) if c != ' ' || depth > 0 => last.push(c),
            _ => pieces.push(String::new()),
        }
    }
    if depth != 0 {
        return Err(format!("unbalanced brackets in `{phrase}`"));
    }
    pieces.retain(|piece| !piece.is_empty());
    Ok(pieces)
}

/// The step sequences of one piece; single words are gathered into one step so that few sequences remain.
fn choices(piece: &str, groups: &Groups) -> Result<Vec<Vec<Step>>, String> {
    let alternatives: Vec<String> = if let Some(name) = piece.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'))
    {
        groups
            .get(name)
            .ok_or_else(|| format!("no word group `{name}`"))?
            .clone()
    } else if let Some(inner) = piece.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        split_alternatives(inner)
    } else {
        return word(piece);
    };
    let mut single = Vec::new();
    let mut longer = Vec::new();
    for alternative in alternatives {
        for mut sequence in expand(&alternative, groups)? {
            match sequence.as_mut_slice() {
                [only] if !only.captured && only.gap == 0 => single.append(&mut only.atoms),
                _ => longer.push(sequence),
            }
        }
    }
    if !single.is_empty() {
        single.sort();
        single.dedup();
        longer.push(vec![Step {
            atoms: single,
            gap: 0,
            captured: false,
            marked: false,
        }]);
    }
    Ok(longer)
}

fn split_alternatives(inner: &str) -> Vec<String> {
    let mut alternatives = vec![String::new()];
    let mut depth = 0_i32;
    for c in inner.chars() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        match alternatives.last_mut() {
            Some(last) if c != '|' || depth > 0 => last.push(c),
            _ => alternatives.push(String::new()),
        }
    }
    alternatives
}

fn word(piece: &str) -> Result<Vec<Vec<Step>>, String> {
    let step = |atom, captured| Step {
        atoms: vec![atom],
        gap: 0,
        captured,
        marked: false,
    };
    let steps = match piece {
        "#" => vec![step(Atom::Number, true)],
        "#_" => vec![step(Atom::Number, false)],
        "#year" => vec![step(Atom::Year, false)],
        // No word for the tokeniser unless it stands between numbers, as in a blood pressure.
        "/" => vec![step(Atom::Word("/".to_owned()), false)],
        _ => {
            let (stem, prefix) = match piece.strip_suffix('*') {
                Some(stem) => (stem, true),
                None => (piece, false),
            };
            let words = token::tokens(stem);
            let last = words
                .len()
                .checked_sub(1)
                .ok_or_else(|| format!("`{piece}` is no word"))?;
            let atom = |(at, token): (usize, token::Token)| match prefix && at == last {
                true if token.word.len() >= 3 => Ok(step(Atom::Prefix(token.word), false)),
                true => Err(format!("`{piece}` is too short to begin a word with")),
                false => Ok(step(Atom::Word(token.word), false)),
            };
            words.into_iter().enumerate().map(atom).collect::<Result<_, _>>()?
        }
    };
    Ok(vec![steps])
}
