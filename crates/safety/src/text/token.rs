//! Words with the place where they stand in the original text.

use super::fold::fold;

/// What stands between a word and the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Boundary {
    /// Nothing that separates: a space, a hyphen.
    None,
    /// A comma, colon, bracket or dash.
    Clause,
    /// The end of a sentence or line.
    Sentence,
}

/// One word, number or a `/` between two numbers.
#[derive(Debug, Clone)]
pub struct Token {
    /// As folded: lower case, no accents, no apostrophes.
    pub word: String,
    /// Byte offset of its first character in the original text.
    pub start: usize,
    /// Byte offset behind its last character in the original text.
    pub end: usize,
    /// What separates it from the word before; `Sentence` for the first word.
    pub before: Boundary,
    /// Its value, for digits and for number words.
    pub number: Option<f32>,
    /// Whether it has letters that may stand for others, as in `k1ll` or `p@in`.
    pub disguised: bool,
}

/// Splits a text into words.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut reader = Reader::default();
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        let rest = &text[end..];
        fold(c, &mut |part| reader.read(part, at, end, rest));
    }
    reader.finish_word();
    reader.tokens
}

#[derive(Default)]
struct Reader {
    tokens: Vec<Token>,
    word: String,
    start: usize,
    end: usize,
    apostrophe: Option<usize>,
    disguised: bool,
    boundary: Option<Boundary>,
}

impl Reader {
    fn read(&mut self, c: char, at: usize, end: usize, rest: &str) {
        let next = rest.chars().next().unwrap_or(' ');
        match c {
            _ if c.is_alphanumeric() => self.letter(c, at, end),
            '\'' | '`' => self.apostrophe = (!self.word.is_empty()).then_some(self.word.len()),
            '.' | ',' if self.is_number() && next.is_ascii_digit() => self.decimal_mark(c, rest),
            '.' if self.word.len() == 1 + self.abbreviated() && next.is_alphabetic() => self.disguised = true,
            '/' if self.is_number() && next.is_ascii_digit() => {
                self.finish_word();
                self.letter('/', at, end);
                self.finish_word();
            }
            '@' | '!' | '$' if next.is_alphabetic() => {
                self.letter(
                    if c == '@' {
                        'a'
                    } else if c == '$' {
                        's'
                    } else {
                        'i'
                    },
                    at,
                    end,
                );
                self.disguised = true;
            }
            '&' => {
                self.finish_word();
                "and".chars().for_each(|letter| self.letter(letter, at, end));
                self.finish_word();
            }
            '.' | '!' | '?' | '\n' | ';' => self.separate(Boundary::Sentence),
            ',' | ':' | '(' | ')' | '[' | ']' | '"' | '\u{201C}' | '\u{201D}' => self.separate(Boundary::Clause),
            '-' if self.word.is_empty() && next.is_whitespace() => self.separate(Boundary::Clause),
            _ => self.finish_word(),
        }
    }

    fn letter(&mut self, c: char, at: usize, end: usize) {
        // `38.5c`, `40mg`, `68f`: the unit is a word of its own, but `5uicide` is one word in disguise.
        if self.is_number() && !c.is_ascii_digit() {
            self.finish_word();
        }
        if self.word.is_empty() {
            self.start = at;
        } else if c.is_ascii_digit() && !self.is_number() {
            self.disguised = true;
        }
        self.word.push(c);
        self.end = end;
    }

    fn is_number(&self) -> bool {
        self.word.starts_with(|c: char| c.is_ascii_digit())
    }

    /// How many letters of an abbreviation written with dots were read after the first one.
    fn abbreviated(&self) -> usize {
        if self.disguised {
            self.word.len().saturating_sub(1)
        } else {
            0
        }
    }

    fn decimal_mark(&mut self, c: char, rest: &str) {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        // `1,000` is a thousand while `38,5` is how half the world writes 38.5.
        if c == '.' || digits != 3 {
            self.word.push('.');
        }
    }

    fn separate(&mut self, boundary: Boundary) {
        self.finish_word();
        self.boundary = self.boundary.max(Some(boundary));
    }

    fn finish_word(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let mut word = std::mem::take(&mut self.word);
        // `mum's` is about mum, `it's` is it: the `s` would hide both from the rules.
        if self.apostrophe.take() == Some(word.len() - 1) && word.ends_with('s') {
            word.pop();
        }
        let number = word.parse().ok().or_else(|| number_word(&word));
        let before = self.boundary.take().unwrap_or(Boundary::None);
        let before = if self.tokens.is_empty() {
            Boundary::Sentence
        } else {
            before
        };
        let disguised = std::mem::take(&mut self.disguised);
        self.tokens.push(Token {
            word,
            start: self.start,
            end: self.end,
            before,
            number,
            disguised,
        });
    }
}

fn number_word(word: &str) -> Option<f32> {
    const NUMBERS: [(&str, f32); 28] = [
        ("one", 1.0),
        ("two", 2.0),
        ("three", 3.0),
        ("four", 4.0),
        ("five", 5.0),
        ("six", 6.0),
        ("seven", 7.0),
        ("eight", 8.0),
        ("nine", 9.0),
        ("ten", 10.0),
        ("eleven", 11.0),
        ("twelve", 12.0),
        ("thirteen", 13.0),
        ("fourteen", 14.0),
        ("fifteen", 15.0),
        ("sixteen", 16.0),
        ("seventeen", 17.0),
        ("eighteen", 18.0),
        ("nineteen", 19.0),
        ("twenty", 20.0),
        ("thirty", 30.0),
        ("forty", 40.0),
        ("fifty", 50.0),
        ("sixty", 60.0),
        ("seventy", 70.0),
        ("eighty", 80.0),
        ("ninety", 90.0),
        ("hundred", 100.0),
    ];
    NUMBERS.iter().find(|(name, _)| *name == word).map(|(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|token| token.word).collect()
    }

    #[test]
    fn apostrophes_are_dropped_and_a_trailing_s_with_them() {
        assert_eq!(words("I can't, mum's ill"), ["i", "cant", "mum", "ill"]);
    }

    #[test]
    fn numbers_keep_their_decimals_and_lose_their_unit() {
        let read = tokens("38,5C or 101.3 F, bp 84/56");
        let numbers: Vec<f32> = read.iter().filter_map(|token| token.number).collect();
        assert_eq!(numbers, [38.5, 101.3, 84.0, 56.0]);
        assert_eq!(read[1].word, "c");
    }

    #[test]
    fn abbreviations_with_dots_are_one_word() {
        assert_eq!(words("S.O.B. since noon"), ["sob", "since", "noon"]);
    }

    #[test]
    fn spans_point_into_the_original_text() {
        let text = "Đau NGỰC quá";
        let read = tokens(text);
        assert_eq!(&text[read[1].start..read[1].end], "NGỰC");
    }

    #[test]
    fn sentences_and_clauses_are_told_apart() {
        let read = tokens("no fever, but pain. Help me");
        let boundaries: Vec<Boundary> = read.iter().map(|token| token.before).collect();
        use Boundary::{Clause, None, Sentence};
        assert_eq!(boundaries, [Sentence, None, Clause, None, Sentence, None]);
    }
}
