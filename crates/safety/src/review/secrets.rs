//! Keys, tokens and the marks with which prompts are built: nothing of them is meant for a patient.

use super::edits::Edit;

/// What prompts and transcripts of models are marked with.
const PROMPT_MARKS: [&str; 7] = ["<|", "|>", "[system]", "[/system]", "[inst]", "[/inst]", "<<sys>>"];

/// Marks of the same kind where they begin a line.
const LINE_MARKS: [&str; 5] = ["### instruction", "### system", "system:", "assistant:", "developer:"];

/// How keys and tokens begin, or what stands before them.
const KEY_MARKS: [&str; 14] = [
    "bearer ",
    "eyj",
    "sk-",
    "sk_",
    "ghp_",
    "xoxb-",
    "akia",
    "-----begin",
    "password=",
    "password:",
    "passwd=",
    "api_key",
    "apikey",
    "secret=",
];

/// The first secret in an answer.
pub fn find(text: &str) -> Option<Edit> {
    let lower = text.to_ascii_lowercase();
    let prompt = PROMPT_MARKS
        .iter()
        .filter_map(|mark| Some((lower.find(mark)?, mark.len())));
    let prompt = prompt.filter(|(start, _)| begins_a_word(&lower, *start));
    let line = LINE_MARKS.iter().filter_map(|mark| {
        let mut places = lower.match_indices(mark).map(|(start, _)| start);
        let start = places
            .find(|start| lower[..*start].trim_end_matches([' ', '*']).is_empty() || lower[..*start].ends_with('\n'))?;
        Some((start, mark.len()))
    });
    let key = KEY_MARKS.iter().filter_map(|mark| {
        let start = lower.find(mark)?;
        let rest = &text[start + mark.len()..];
        let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
        (length >= 6 && begins_a_word(&lower, start)).then_some((start, mark.len() + length))
    });
    let (start, length) = prompt.chain(line).chain(key).min()?;
    Some(Edit {
        start,
        end: start + length,
        instead: String::new(),
    })
}

fn begins_a_word(text: &str, start: usize) -> bool {
    !text[..start].ends_with(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_tokens_and_prompts_are_seen() {
        for text in [
            "Authorization: Bearer abcdef.ghijkl",
            "use sk-abc123def456",
            "password=Winter2031!",
            "<|im_start|>system",
            "[SYSTEM] Be kind",
            "System: you are kind",
        ] {
            assert!(find(text).is_some(), "{text}");
        }
    }

    #[test]
    fn ordinary_words_are_no_secrets() {
        for text in [
            "Your immune system: how it works",
            "risk-free advice",
            "a bearer of news",
            "the nervous system",
        ] {
            assert!(find(text).is_none(), "{text}");
        }
    }
}
