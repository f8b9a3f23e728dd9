//! Changes to a text, collected before any of them is made.

use super::violation;
use crate::matching::Match;
use crate::text::token::Token;
use crate::types::{Span, Violation};
use std::ops::Range;

/// One stretch of a text, in bytes, and what stands there instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub start: usize,
    pub end: usize,
    pub instead: String,
}

impl Edit {
    /// Whether both change the same words.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Takes out the words of a phrase.
    pub fn whole(found: &Match, tokens: &[Token]) -> Self {
        Self {
            start: tokens[found.start].start,
            end: tokens[found.end - 1].end,
            instead: String::new(),
        }
    }

    /// Says the marked part of a phrase more carefully.
    pub fn soften(found: &Match, instead: &str, answer: &str, tokens: &[Token]) -> Self {
        let (start, end) = (tokens[found.start].start, tokens[found.mark - 1].end);
        let capital = answer[start..].starts_with(char::is_uppercase);
        let mut letters = instead.chars();
        let first = letters.next().into_iter();
        let first: String = if capital {
            first.flat_map(char::to_uppercase).collect()
        } else {
            first.collect()
        };
        Self {
            start,
            end,
            instead: first + letters.as_str(),
        }
    }

    /// Takes words out, with the bullet where they are the whole of a list item.
    pub fn take_out(words: &Range<usize>, note: String, answer: &str, tokens: &[Token]) -> Self {
        let mut start = tokens[words.start].start;
        let last = words.end - 1;
        let line = answer[..start].rfind('\n').map_or(0, |at| at + 1);
        if note.is_empty() && !answer[line..start].contains(char::is_alphabetic) {
            start = line;
        }
        let tail = &answer[tokens[last].end..];
        let closing = tail.len()
            - tail
                .trim_start_matches(['.', '!', '?', ')', '"', '*', '_', '\'', '\u{201D}', '%'])
                .len();
        let mut end = tokens[last].end + closing;
        if note.is_empty() {
            end += answer[end..].len() - answer[end..].trim_start_matches(' ').len();
        }
        Self {
            start,
            end,
            instead: note,
        }
    }
}

/// Changes in order; where two overlap, the first and longest one wins.
#[derive(Debug, Default)]
pub struct Edits {
    edits: Vec<Edit>,
}

impl Edits {
    pub fn push(&mut self, edit: Edit) {
        self.edits.push(edit);
    }

    /// One violation of `rule` for each change.
    pub fn violations(&self, rule: &str) -> Vec<Violation> {
        self.edits
            .iter()
            .map(|edit| violation(rule, Span::new(edit.start, edit.end)))
            .collect()
    }

    /// The text with all changes made.
    pub fn apply(&self, text: &str) -> String {
        let mut edits: Vec<&Edit> = self.edits.iter().collect();
        edits.sort_by_key(|edit| (edit.start, std::cmp::Reverse(edit.end)));
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        for edit in edits {
            // What overlaps a change that was made goes with it, or a removed sentence would leave its tail behind.
            if edit.start < done {
                if edit.end > done {
                    done = edit.end;
                }
                continue;
            }
            out.push_str(&text[done..edit.start]);
            out.push_str(&edit.instead);
            done = edit.end;
        }
        out.push_str(&text[done..]);
        out
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// Where an offset of the changed text was in the original one. The changes must be in order and apart; what stands instead of
    /// something stood behind its first character.
    pub fn original_offset(&self, offset: usize) -> usize {
        let mut original = offset;
        for edit in &self.edits {
            if edit.start > original {
                break;
            }
            if original < edit.start + edit.instead.len() {
                return original + 1;
            }
            original = original + (edit.end - edit.start) - edit.instead.len();
        }
        original
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(start: usize, end: usize, instead: &str) -> Edit {
        Edit {
            start,
            end,
            instead: instead.to_owned(),
        }
    }

    #[test]
    fn overlapping_changes_are_made_once() {
        let mut edits = Edits::default();
        edits.push(edit(2, 4, "x"));
        edits.push(edit(0, 6, "gone "));
        assert_eq!(edits.apply("abcdefgh"), "gone gh");
    }

    #[test]
    fn offsets_lead_back_to_the_original() {
        let mut edits = Edits::default();
        edits.push(edit(0, 3, ""));
        assert_eq!(edits.original_offset(2), 5);
    }

    #[test]
    fn offsets_in_a_label_lead_into_the_label() {
        let mut edits = Edits::default();
        edits.push(edit(0, 13, "label"));
        assert_eq!([0, 4, 5].map(|offset| edits.original_offset(offset)), [1, 5, 13]);
    }
}
