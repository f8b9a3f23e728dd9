//! From a patient's words to comparable ones: lower case, contractions opened, light stemming, lay synonyms.

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Its stem.
    pub stem: String,
    /// The clause it stands in, counted from the start of the text. A negation reaches no further.
    pub clause: usize,
}

/// Words of a text beyond this many do not take part, so that a very long message costs no more than a long one.
const MOST_WORDS: usize = 2_000;

/// Splits a text into words.
pub(super) fn words(text: &str) -> Vec<Word> {
    let text = text.to_lowercase().replace('’', "'");
    let mut words = Vec::new();
    let mut clause = 0;
    for piece in text.split_inclusive(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '-')) {
        let word = piece.trim_end_matches(|c: char| !c.is_alphanumeric());
        if word == "but" {
            clause += 1;
        } else {
            let parts = word
                .split('-')
                .flat_map(open_contraction)
                .filter(|part| !part.is_empty());
            words.extend(parts.map(|part| Word {
                stem: stem(part),
                clause,
            }));
        }
        if piece.ends_with([',', '.', ';', ':', '!', '?', '\n']) {
            clause += 1;
        }
        if words.len() >= MOST_WORDS {
            break;
        }
    }
    words
}

/// "can't" is "can not", "I'm" is "i", "mother's" is "mother".
fn open_contraction(word: &str) -> [&str; 2] {
    let word = word.trim_matches('\'');
    match word {
        "cannot" | "can't" | "cant" => ["can", "not"],
        "don't" | "dont" => ["do", "not"],
        "won't" | "wont" => ["will", "not"],
        _ => match word.strip_suffix("n't") {
            Some(verb) => [verb, "not"],
            None => [word.split_once('\'').map_or(word, |(start, _)| start), ""],
        },
    }
}

/// Takes off the endings that lay words differ in, and gives words for the same thing one stem.
fn stem(word: &str) -> String {
    let root = word
        .strip_suffix("iness")
        .map_or_else(|| word.to_owned(), |start| format!("{start}y"));
    let root = long_enough(root.strip_suffix("ness")).unwrap_or(&root).to_owned();
    let root = singular(&root);
    let root = long_enough(root.strip_suffix("ing").or_else(|| root.strip_suffix("ed"))).unwrap_or(&root);
    let root = long_enough(root.strip_suffix('e')).unwrap_or(root);
    synonym(single_ending(root)).to_owned()
}

fn singular(word: &str) -> String {
    if let Some(start) = long_enough(word.strip_suffix("ies")) {
        return format!("{start}y");
    }
    let sibilant = ["ches", "shes", "sses", "xes"]
        .iter()
        .any(|ending| word.ends_with(ending));
    if sibilant {
        return word[..word.len() - 2].to_owned();
    }
    let keeps_its_s = ["ss", "us", "is"].iter().any(|ending| word.ends_with(ending));
    let start = if keeps_its_s { None } else { word.strip_suffix('s') };
    start
        .filter(|start| start.chars().count() >= 3)
        .unwrap_or(word)
        .to_owned()
}

/// What is left of a word must still be one: three letters, a vowel among them, and no "ble" of "bleed".
fn long_enough(start: Option<&str>) -> Option<&str> {
    start.filter(|start| {
        start.chars().count() >= 3 && start.contains(['a', 'e', 'i', 'o', 'u', 'y']) && !start.ends_with('e')
    })
}

/// "vomitting" and "vomiting", "swell" and "swelling".
fn single_ending(word: &str) -> &str {
    let mut letters = word.chars().rev();
    match (letters.next(), letters.next()) {
        (Some(last), Some(before)) if last == before && last.is_ascii_alphabetic() && word.len() > 3 => {
            &word[..word.len() - 1]
        }
        _ => word,
    }
}

fn synonym(stem: &str) -> &str {
    match stem {
        "hurt" | "ach" | "achy" | "painful" | "sor" | "sore" => "pain",
        "tummy" | "belly" | "abdomen" | "abdominal" => "stomach",
        "temp" => "temperatur",
        _ => stem,
    }
}

/// Words that say nothing of what a text is about.
pub(super) fn is_filler(stem: &str) -> bool {
    FILLERS.contains(&stem)
}

/// Stems, not words: "do", "doe" is what is left of "does".
const FILLERS: &[&str] = &[
    "a", "about", "after", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "been", "by", "can", "do",
    "does", "doe", "for", "from", "get", "got", "had", "has", "hav", "have", "i", "if", "in", "is", "it", "just", "me",
    "my", "of", "on", "or", "our", "quit", "real", "really", "seem", "so", "some", "that", "the", "their", "them",
    "there", "this", "to", "too", "very", "was", "we", "were", "what", "when", "will", "with", "you", "your",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn stems(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.stem).collect()
    }

    #[test]
    fn endings_make_no_difference() {
        for (one, other) in [
            ("headache", "headaches"),
            ("sneeze", "sneezing"),
            ("dizzy", "dizziness"),
            ("tired", "tiredness"),
            ("swell", "swelling"),
            ("allergy", "allergies"),
            ("vomit", "vomiting"),
            ("rash", "rashes"),
            ("itch", "itching"),
            ("eye", "eyes"),
            ("bite", "bites"),
        ] {
            assert_eq!(stems(one), stems(other));
        }
    }

    #[test]
    fn short_words_keep_their_endings() {
        assert_eq!(stems("red bleed virus this"), ["red", "bleed", "virus", "this"]);
    }

    #[test]
    fn different_words_keep_different_stems() {
        for (one, other) in [
            ("cold", "cough"),
            ("back", "bake"),
            ("throat", "threat"),
            ("nose", "nausea"),
        ] {
            assert_ne!(stems(one), stems(other));
        }
    }

    #[test]
    fn lay_words_for_the_same_thing_share_a_stem() {
        assert_eq!(stems("my tummy hurts"), stems("my belly aches"));
    }

    #[test]
    fn contractions_are_opened() {
        assert_eq!(stems("I can't sleep"), stems("i cannot sleep"));
        assert_eq!(
            stems("I haven’t slept"),
            ["i", "have", "not", "slept"].map(|word| stems(word).concat())
        );
    }

    #[test]
    fn hyphens_separate_words() {
        assert_eq!(stems("light-headed"), stems("light headed"));
    }

    #[test]
    fn punctuation_and_but_begin_a_clause() {
        let clauses: Vec<usize> = words("no fever but a cough, dry")
            .into_iter()
            .map(|word| word.clause)
            .collect();
        assert_eq!(clauses, [0, 0, 1, 1, 2]);
    }

    #[test]
    fn any_text_is_taken() {
        assert!(words("").is_empty());
        assert!(words("'-' ... \u{1F927}").iter().all(|word| !word.stem.is_empty()));
        assert!(!words("голова болит").is_empty());
    }
}
