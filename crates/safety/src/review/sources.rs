//! Whether a sentence names a source that the answer was given.

use crate::text::token::{self, Token};

/// What speaks of a source without its name.
const PAGES: [&str; 6] = ["page", "pages", "leaflet", "factsheet", "website", "handout"];

/// The series of guidelines whose numbers are names: NICE's. Medicines, genes and viruses bear letters with numbers, too.
const SERIES: [&str; 6] = ["ng", "cg", "ta", "qs", "ph", "ipg"];

/// What publishers call themselves.
const PUBLISHERS: [&str; 14] = [
    "society",
    "association",
    "trust",
    "foundation",
    "college",
    "institute",
    "council",
    "federation",
    "network",
    "action",
    "academy",
    "clinic",
    "charity",
    "service",
];

/// Whether the folded words of a sentence are those of sources and no others, as in a list of them. `names` are the words of titles
/// and publishers, one of which stands there whole.
pub fn are_names(names: &[Vec<Token>], words: &[&str]) -> bool {
    let is_whole = |name: &Vec<Token>| name.iter().all(|token| words.contains(&token.word.as_str()));
    let is_known = |word: &&str| names.iter().flatten().any(|token| token.word == **word);
    // Nearly every sentence has another word near its beginning.
    words.iter().all(is_known) && names.iter().any(|name| !name.is_empty() && is_whole(name))
}

/// Whether the folded words of a sentence name a source by the number in its title, as in "Menopause - NICE NG23".
pub fn names_number(title: &str, words: &[&str]) -> bool {
    let is_number = |word: &str| {
        let series = word.trim_end_matches(|c: char| c.is_ascii_digit());
        series.len() < word.len() && SERIES.contains(&series)
    };
    let tokens = token::tokens(title);
    tokens
        .iter()
        .any(|token| is_number(&token.word) && words.contains(&token.word.as_str()))
}

/// Whether the folded words of a sentence name a source by its title or by a part of it, as "Gout" and "NHS" are parts of
/// "Gout - NHS". The name of an illness names its page only in a sentence that speaks of a page.
pub fn names_title(title: &str, words: &[&str]) -> bool {
    const LONG: usize = 4;
    let speaks_of_page = words.iter().any(|word| PAGES.contains(word));
    let has_all = |part: &str| {
        let tokens = token::tokens(part);
        let all = tokens.iter().all(|token| words.contains(&token.word.as_str()));
        if all { tokens.len() } else { 0 }
    };
    let parts = title
        .split([':', '(', ')', '|', '\u{2013}', '\u{2014}'])
        .flat_map(|part| part.split(" - "))
        .flat_map(|part| part.split(" by "));
    has_all(title) >= LONG
        || parts.into_iter().any(|part| match has_all(part) {
            0 => false,
            1 => speaks_of_page,
            _ => speaks_of_page || is_publisher(part),
        })
}

/// Whether a part of a title is the name of who published it: "Coeliac UK", "Child Accident Prevention Trust".
fn is_publisher(part: &str) -> bool {
    part.split_whitespace().any(|word| {
        let is_short_name = word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_uppercase());
        is_short_name || PUBLISHERS.contains(&word.to_ascii_lowercase().as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(sentence: &str) -> Vec<&str> {
        sentence.split(' ').collect()
    }

    #[test]
    fn a_line_of_a_list_of_sources_has_no_other_words() {
        let sources = ["Obesity and overweight", "WHO"].map(token::tokens);
        assert!(are_names(&sources, &words("who obesity and overweight")));
        assert!(!are_names(
            &sources,
            &words("who is to blame for obesity and overweight")
        ));
        assert!(!are_names(&sources, &words("overweight and who")[..2]));
        assert!(!are_names(&[], &words("who")));
    }

    #[test]
    fn an_illness_names_its_page_only_where_a_page_is_spoken_of() {
        let title = "Back pain - NHS";
        assert!(names_title(title, &words("the back pain page says to keep moving")));
        assert!(!names_title(
            title,
            &words("a study proves that desks prevent back pain")
        ));
    }

    #[test]
    fn a_publisher_and_a_long_title_are_named_by_themselves() {
        assert!(names_title("Coeliac UK", &words("coeliac uk says oats are fine")));
        assert!(!names_title("Coeliac UK", &words("coeliac disease is common")));
        let said = "a trial showed that coffee prevents heart failure";
        assert!(!names_title("Heart Failure - BHF", &words(said)));
        let title = "Dementia: reducing your risk";
        assert!(names_title(title, &words("dementia reducing your risk puts it well")));
    }

    #[test]
    fn a_guideline_is_named_by_its_number_and_a_vitamin_is_none() {
        assert!(names_number("Menopause - NICE NG23", &words("ng23 lists them")));
        assert!(!names_number("Menopause - NICE NG23", &words("ng24 lists them")));
        assert!(!names_number("Vitamin B12 - NHS", &words("a harvard study of b12")));
        assert!(!names_number(
            "SGLT2 inhibitors - BNF",
            &words("a harvard study of sglt2")
        ));
    }
}
