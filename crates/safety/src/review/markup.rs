//! HTML and links that could run: an answer is plain text with Markdown.

use super::edits::{Edit, Edits};

/// Tags whose content is no text either.
pub const HIDDEN: [&str; 4] = ["script", "style", "iframe", "object"];

/// Schemes that run something.
const RUNNING: [&str; 3] = ["javascript:", "vbscript:", "data:"];

/// What has to go, in order and without overlaps.
pub fn find(text: &str) -> Edits {
    let mut edits = Edits::default();
    let mut at = 0;
    let mut done = 0;
    while let Some(offset) = text[at..].find(['<', ']']) {
        let start = at + offset;
        let found = if text[start..].starts_with('<') {
            tag(text, start)
        } else {
            link(text, done, start)
        };
        at = found.as_ref().map_or(start + 1, |edit| edit.end);
        done = found.as_ref().map_or(done, |edit| edit.end);
        if let Some(edit) = found {
            edits.push(edit);
        }
    }
    edits
}

/// A tag; `BP < 90` and `<90` are none.
fn tag(text: &str, start: usize) -> Option<Edit> {
    let inside = &text[start + 1..];
    let named = inside.strip_prefix('/').unwrap_or(inside);
    if !named.starts_with(|c: char| c.is_ascii_alphabetic() || c == '!' || c == '?') {
        return None;
    }
    let close = inside.find('>');
    let end = close.map_or(text.len(), |close| start + 1 + close + 1);
    let content = &inside[..close.unwrap_or(inside.len())];
    // `<https://example.org>` is how Markdown writes a plain link.
    if content.starts_with("https://") || content.starts_with("http://") {
        let plain = !content.contains(char::is_whitespace);
        return plain.then(|| Edit {
            start,
            end,
            instead: content.to_owned(),
        });
    }
    let name: String = named
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_lowercase();
    let hidden = HIDDEN.contains(&name.as_str()) && !inside.starts_with('/');
    let end = if hidden { end_of_element(text, end, &name) } else { end };
    Some(Edit {
        start,
        end,
        instead: String::new(),
    })
}

fn end_of_element(text: &str, from: usize, name: &str) -> usize {
    let rest = text[from..].to_ascii_lowercase();
    let close = rest.find(&format!("</{name}"));
    let end = close.and_then(|close| Some(close + rest[close..].find('>')? + 1));
    end.map_or(text.len(), |end| from + end)
}

/// A Markdown link whose target runs something; its label stays. Its label ends at `label_end`, and begins behind `done`.
fn link(text: &str, done: usize, label_end: usize) -> Option<Edit> {
    let target_start = label_end + 2;
    if !text[label_end..].starts_with("](") {
        return None;
    }
    let target_end = end_of_target(text, target_start);
    if !runs(&text[target_start..target_end]) {
        return None;
    }
    let label = text[done..label_end].rfind('[').map(|at| done + at);
    Some(Edit {
        start: label.unwrap_or(label_end),
        end: target_end + usize::from(text[target_end..].starts_with(')')),
        instead: label.map_or("", |label| &text[label + 1..label_end]).to_owned(),
    })
}

/// Where the target's own brackets are closed again: `javascript:alert(1)`. A target that is too long for one ends there.
fn end_of_target(text: &str, start: usize) -> usize {
    const LONGEST: usize = 2_048;
    let mut depth = 0_u32;
    for (at, c) in text[start..].char_indices() {
        match c {
            _ if at > LONGEST => return start + at,
            '(' => depth += 1,
            ')' if depth == 0 => return start + at,
            ')' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

fn runs(target: &str) -> bool {
    // Browsers ignore white space and control characters in a scheme, and decode entities before they read it.
    let target: String = target
        .chars()
        .filter(|c| !c.is_whitespace() && !c.is_control())
        .collect();
    let target = target.to_ascii_lowercase();
    let scheme = target.split(['/', '#']).next().unwrap_or_default();
    RUNNING.iter().any(|running| target.starts_with(running)) || scheme.contains('&') || scheme.contains('%')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(text: &str) -> String {
        find(text).apply(text)
    }

    #[test]
    fn tags_go_and_scripts_go_with_their_content() {
        assert_eq!(
            stripped("Rest <b>well</b>.<script>steal()</script> Bye"),
            "Rest well. Bye"
        );
        assert_eq!(stripped("Rest <img src=x onerror=alert(1)"), "Rest ");
    }

    #[test]
    fn less_than_is_no_tag() {
        assert_eq!(stripped("if < 90 or <90 or a<5"), "if < 90 or <90 or a<5");
    }

    #[test]
    fn a_link_that_runs_keeps_only_its_label() {
        assert_eq!(stripped("See [this](JavaScript:alert(1)) now"), "See this now");
        assert_eq!(stripped("See [this](java\tscript:alert(1)) now"), "See this now");
    }

    #[test]
    fn neither_brackets_in_its_label_nor_a_missing_end_hide_a_link_that_runs() {
        assert_eq!(stripped("[a [b] c](javascript:x) d"), "[a b] c d");
        assert_eq!(stripped("[a < b](javascript:x) d"), "a < b d");
        assert_eq!(stripped("[a](javascript:x"), "a");
    }

    #[test]
    fn an_ordinary_link_stays() {
        let text = "See [NHS](https://www.nhs.uk/conditions/flu) now";
        assert_eq!(stripped(text), text);
    }
}
