//! Sources that an answer names although it was not given them.

use super::edits::Edit;
use crate::text::token;

/// What begins a list of sources.
pub const LABELS: [&str; 8] = [
    "source:",
    "sources:",
    "reference:",
    "references:",
    "citation:",
    "citations:",
    "fuente:",
    "fuentes:",
];

/// Citations of anything that is not among `sources`.
pub fn invented(text: &str, sources: &[String]) -> Vec<(&'static str, Edit)> {
    let known: Vec<String> = sources.iter().map(|source| plain(source)).collect();
    let mut edits = numbers(text, sources.len());
    edits.extend(labelled(text, &known));
    edits.into_iter().map(|edit| ("invented-citation", edit)).collect()
}

/// `[3]` where two sources were given.
fn numbers(text: &str, count: usize) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (start, _) in text.match_indices('[') {
        let digits: String = text[start + 1..].chars().take_while(char::is_ascii_digit).collect();
        let end = start + 1 + digits.len();
        if digits.is_empty() || digits.len() > 3 || !text[end..].starts_with(']') {
            continue;
        }
        let number: usize = digits.parse().unwrap_or(0);
        if !(1..=count).contains(&number) {
            let start = text[..start].trim_end_matches(' ').len();
            edits.push(Edit {
                start,
                end: end + 1,
                instead: String::new(),
            });
        }
    }
    edits
}

/// `Source: ...` up to the end of its line or bracket, and the list that follows a bare `Sources:`.
fn labelled(text: &str, known: &[String]) -> Vec<Edit> {
    let lower = text.to_ascii_lowercase();
    let mut edits = Vec::new();
    for label in LABELS {
        let mut done = 0;
        for (start, _) in lower.match_indices(label) {
            let before = &text[..start];
            if start < done || before.ends_with(char::is_alphanumeric) {
                continue;
            }
            let from = start + label.len();
            let stop: &[char] = if before.ends_with('(') { &[')', '\n'] } else { &['\n'] };
            let end = from + text[from..].find(stop).unwrap_or(text.len() - from);
            done = end;
            if plain(&text[from..end]).is_empty() {
                edits.extend(listed(text, start, end, known));
            } else {
                edits.extend(inline(text, start, from..end, known));
            }
        }
    }
    edits
}

fn inline(text: &str, label: usize, names: std::ops::Range<usize>, known: &[String]) -> Option<Edit> {
    let given: Vec<&str> = text[names.clone()]
        .split(';')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    if given.iter().all(|name| is_known(name, known)) {
        return None;
    }
    // A name may have a comma in it, so names are split at commas only where they are unknown as a whole.
    let parts = given.into_iter().flat_map(|name| match is_known(name, known) {
        true => vec![name],
        false => name.split(',').map(str::trim).collect(),
    });
    let kept: Vec<&str> = parts.filter(|name| is_known(name, known)).collect();
    if !kept.is_empty() {
        return Some(Edit {
            start: names.start,
            end: names.end,
            instead: format!(" {}", kept.join("; ")),
        });
    }
    let bracketed = text[..label].ends_with('(') && text[names.end..].starts_with(')');
    let (start, end) = if bracketed {
        (label - 1, names.end + 1)
    } else {
        (label, names.end)
    };
    let start = text[..start].trim_end_matches([' ', '*', '_']).len();
    Some(Edit {
        start,
        end,
        instead: String::new(),
    })
}

/// The lines of a list of sources; the label goes with its last item.
fn listed(text: &str, label: usize, end: usize, known: &[String]) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut kept = false;
    let mut at = end;
    while let Some(rest) = text[at..].strip_prefix('\n') {
        let line = rest.split('\n').next().unwrap_or_default();
        let item = line.trim_start();
        if !item.starts_with(['-', '*', '\u{2022}', '[']) && !item.starts_with(|c: char| c.is_ascii_digit()) {
            break;
        }
        let line_end = at + 1 + line.len();
        if is_known(item, known) {
            kept = true;
        } else {
            edits.push(Edit {
                start: at,
                end: line_end,
                instead: String::new(),
            });
        }
        at = line_end;
    }
    if !kept {
        edits.clear();
        edits.push(Edit {
            start: label,
            end: at,
            instead: String::new(),
        });
    }
    edits
}

fn is_known(name: &str, known: &[String]) -> bool {
    let name = plain(name);
    // Title and publisher may stand in either order.
    let holds = |all: &str, part: &str| {
        part.len() >= 3
            && part
                .split(' ')
                .all(|word| all.split(' ').any(|known| known == word || joins(word)))
    };
    known.iter().any(|source| holds(source, &name) || holds(&name, source))
}

/// Whether a word only stands between a title and its publisher.
fn joins(word: &str) -> bool {
    matches!(word, "by" | "the" | "of" | "and" | "on" | "from")
}

/// Words only, so that case, quotes and list marks do not matter.
fn plain(name: &str) -> String {
    let tokens = token::tokens(name);
    let words = tokens
        .iter()
        .skip_while(|token| token.number.is_some())
        .map(|token| token.word.as_str());
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(text: &str) -> String {
        let sources = ["NHS: Headaches".to_owned(), "NICE CG150".to_owned()];
        let mut edits = super::super::edits::Edits::default();
        invented(text, &sources)
            .into_iter()
            .for_each(|(_, edit)| edits.push(edit));
        edits.apply(text)
    }

    #[test]
    fn a_source_that_was_given_stays() {
        let text = "Rest well [1].\n\nSources: NHS: Headaches; NICE CG150";
        assert_eq!(kept(text), text);
        let list = "Rest.\n\nSources:\n- NHS: Headaches\n- NICE CG150";
        assert_eq!(kept(list), list);
    }

    #[test]
    fn title_and_publisher_may_stand_in_either_order() {
        let text = "Rest (source: Headaches, NHS).";
        assert_eq!(kept(text), text);
    }

    #[test]
    fn a_source_that_was_not_given_goes() {
        assert_eq!(kept("Rest well [3]."), "Rest well.");
        assert_eq!(kept("Rest (Source: Journal of Miracles)."), "Rest.");
        assert_eq!(
            kept("Rest.\nSources: NICE CG150; Journal of Miracles"),
            "Rest.\nSources: NICE CG150"
        );
        assert_eq!(kept("Rest.\nSources:\n- Miracles\n"), "Rest.\n\n");
    }
}
