//! Words as the pieces that the reader knows: WordPiece (Schuster and Nakajima 2012), as BERT uses it.

use crate::text::fold::fold;

/// Stands before a text.
const BEGINNING: &str = "[CLS]";
/// Stands behind a text.
const END: &str = "[SEP]";
/// A word that cannot be put together of known pieces.
const UNKNOWN: &str = "[UNK]";
/// A piece that continues a word begins with this.
const CONTINUATION: &str = "##";
/// Longer words are unknown: they are none, and looking for their pieces costs the square of their length.
const LONGEST_WORD: usize = 48;

/// The pieces that are known, a line each, sorted by their bytes. A piece's number is that of its line.
pub struct Pieces {
    sorted: Vec<&'static str>,
    beginning: u16,
    end: u16,
    unknown: u16,
}

impl Pieces {
    /// Reads the list.
    pub fn new(list: &'static str) -> Self {
        let sorted: Vec<&str> = list.lines().collect();
        let number = |piece| number(&sorted, piece).unwrap_or_default();
        Self {
            beginning: number(BEGINNING),
            end: number(END),
            unknown: number(UNKNOWN),
            sorted,
        }
    }

    /// How many are known.
    pub fn count(&self) -> usize {
        self.sorted.len()
    }

    /// The numbers of the pieces of `text`, at most `most` with its beginning and end; of a longer text as many of its first
    /// and of its last.
    pub fn of(&self, text: &str, most: usize) -> Vec<u16> {
        let mut folded = String::with_capacity(text.len());
        text.chars().for_each(|c| fold(c, &mut |part| folded.push(part)));
        let mut numbers = vec![self.beginning];
        let mut word = String::new();
        for c in folded.chars() {
            if c.is_alphanumeric() {
                word.push(c);
                continue;
            }
            self.push(&mut word, &mut numbers);
            if !c.is_whitespace() && !c.is_control() {
                word.push(c);
                self.push(&mut word, &mut numbers);
            }
        }
        self.push(&mut word, &mut numbers);
        if let Some(over) = (numbers.len() + 1).checked_sub(most) {
            let first = most / 2;
            numbers.drain(first..first + over);
        }
        numbers.push(self.end);
        numbers
    }

    /// Takes the word and passes on the longest pieces that it begins with, one after the other.
    fn push(&self, word: &mut String, numbers: &mut Vec<u16>) {
        let first = numbers.len();
        let mut rest = word.as_str();
        if rest.len() > LONGEST_WORD {
            numbers.push(self.unknown);
            rest = "";
        }
        let mut piece = String::new();
        while !rest.is_empty() {
            let ends = rest.char_indices().map(|(at, c)| at + c.len_utf8()).rev();
            let longest = ends.into_iter().find_map(|end| {
                piece.clear();
                piece.push_str(if numbers.len() > first { CONTINUATION } else { "" });
                piece.push_str(&rest[..end]);
                Some((number(&self.sorted, &piece)?, end))
            });
            let Some((number, end)) = longest else {
                numbers.truncate(first);
                numbers.push(self.unknown);
                break;
            };
            numbers.push(number);
            rest = &rest[end..];
        }
        word.clear();
    }
}

fn number(sorted: &[&str], piece: &str) -> Option<u16> {
    let at = sorted.binary_search(&piece).ok()?;
    u16::try_from(at).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "##in\n##n\n,\n[CLS]\n[SEP]\n[UNK]\nche\nchest\npa";

    fn pieces(text: &str, most: usize) -> Vec<&'static str> {
        let pieces = Pieces::new(LIST);
        let numbers = pieces.of(text, most);
        numbers
            .into_iter()
            .map(|number| pieces.sorted[usize::from(number)])
            .collect()
    }

    #[test]
    fn a_word_is_made_of_the_longest_pieces() {
        assert_eq!(pieces("Chest pain,", 9), ["[CLS]", "chest", "pa", "##in", ",", "[SEP]"]);
    }

    #[test]
    fn a_word_without_known_pieces_is_unknown_as_a_whole() {
        assert_eq!(pieces("pax", 9), ["[CLS]", "[UNK]", "[SEP]"]);
    }

    #[test]
    fn of_a_long_text_the_middle_is_left_out() {
        assert_eq!(pieces("chest , , , pa", 5), ["[CLS]", "chest", ",", "pa", "[SEP]"]);
    }
}
