//! One spelling for every way to type a character.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// Passes on what `c` is read as: lower case, without accents and in its plain form; nothing for characters that cannot
/// be seen, which would otherwise hide a word from the rules.
pub fn fold(c: char, emit: &mut impl FnMut(char)) {
    if c.is_ascii() {
        return emit(c.to_ascii_lowercase());
    }
    match c {
        '\u{2018}' | '\u{2019}' | '\u{201B}' | '\u{2032}' | '\u{02BC}' | '\u{00B4}' => emit('\''),
        '\u{2010}'..='\u{2012}' => emit('-'),
        // A long dash separates clauses as a comma does.
        '\u{2013}'..='\u{2015}' => emit(','),
        '\u{2026}' => emit('.'),
        '\u{00BF}' | '\u{00A1}' => emit(' '),
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' => {}
        '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' => {}
        _ if is_combining_mark(c) => {}
        _ => decompose_compatible(c, |part| {
            if !is_combining_mark(part) {
                part.to_lowercase().for_each(|lower| emit(look_alike(lower)));
            }
        }),
    }
}

/// Letters of other alphabets that look like Latin ones, and Latin ones that Unicode does not decompose.
fn look_alike(c: char) -> char {
    match c {
        'đ' => 'd',
        'ł' => 'l',
        'ø' => 'o',
        'ı' | 'і' | 'ι' => 'i',
        'а' | 'α' => 'a',
        'с' => 'c',
        'е' => 'e',
        'һ' => 'h',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'ѕ' => 's',
        'х' => 'x',
        'у' => 'y',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        let mut out = String::new();
        text.chars().for_each(|c| fold(c, &mut |part| out.push(part)));
        out
    }

    #[test]
    fn accents_case_and_width_do_not_matter() {
        assert_eq!(folded("ĐAU Ngực ｃｈｅｓｔ"), "dau nguc chest");
    }

    #[test]
    fn invisible_and_combining_characters_vanish() {
        assert_eq!(folded("che\u{200B}st p\u{0301}ai\u{00AD}n"), "chest pain");
    }

    #[test]
    fn curly_apostrophes_are_straight() {
        assert_eq!(folded("can\u{2019}t"), "can't");
    }

    #[test]
    fn look_alike_letters_are_latin() {
        assert_eq!(folded("suісіdе"), "suicide");
    }
}
