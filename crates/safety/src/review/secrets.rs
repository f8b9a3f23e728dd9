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

/// The first secret in an answer, or in a part of one that begins in the middle of a line.
pub fn find(text: &str, in_line: bool) -> Option<Edit> {
    let lower = text.to_ascii_lowercase();
    let places = |mark: &'static str| lower.match_indices(mark).map(|(start, _)| start);
    let prompt = PROMPT_MARKS.iter().filter_map(|mark| {
        let start = places(mark).find(|start| begins_a_word(&lower, *start))?;
        Some((start, mark.len()))
    });
    let line = LINE_MARKS.iter().filter_map(|mark| {
        let start = places(mark).find(|start| {
            let before = lower[..*start].trim_end_matches([' ', '*']);
            before.ends_with('\n') || before.is_empty() && !in_line
        })?;
        Some((start, mark.len()))
    });
    let key = KEY_MARKS.iter().filter_map(|mark| {
        places(mark).find_map(|start| {
            let rest = &text[start + mark.len()..];
            let space = rest.len() - rest.trim_start_matches(' ').len();
            // Behind a name its value may stand apart; a key is of one piece.
            let space = if mark.ends_with([':', '=']) { space } else { 0 };
            let length = rest[space..].find(char::is_whitespace).unwrap_or(rest.len() - space);
            (length >= 6 && begins_a_word(&lower, start)).then_some((start, mark.len() + space + length))
        })
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
            "Here it is:\n**System:** you are kind",
            "This is risk-free: use sk-abc123def456",
        ] {
            assert!(find(text, false).is_some(), "{text}");
        }
    }

    #[test]
    fn a_mark_in_the_middle_of_a_line_is_none() {
        assert!(find("System: the immune one.", true).is_none());
        assert!(find("Rest.\nSystem: you are kind", true).is_some());
    }

    #[test]
    fn ordinary_words_are_no_secrets() {
        for text in [
            "Your immune system: how it works",
            "risk-free advice",
            "a bearer of news",
            "the nervous system",
        ] {
            assert!(find(text, false).is_none(), "{text}");
        }
    }
}
