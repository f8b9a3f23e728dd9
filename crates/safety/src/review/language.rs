//! What an answer may not say, by the rules in `rules/review.toml`.

use super::edits::Edit;
use crate::lexicon::{Lexicon, Phrase, Step, Target};
use crate::matching::{self, Match};
use crate::text::token::{self, Boundary, Token};
use crate::types::{Context, Locale, Urgency};

include!(concat!(env!("OUT_DIR"), "/review_tables.rs"));

/// What happens to the words that a rule finds.
#[derive(PartialEq, Eq)]
enum Action {
    /// They are said more carefully.
    Soften,
    /// Their sentence goes.
    RemoveSentence,
    /// Nothing of the answer may be shown.
    Replace,
    /// They are what the answer should have.
    Recognise,
}

struct RuleData {
    id: &'static str,
    action: Action,
    /// Name of the text that takes the place of the first sentence removed.
    note: &'static str,
    only_when_urgent: bool,
    /// Whether a source that the answer was given excuses the sentence that names it.
    about_sources: bool,
    found: u16,
    unless: u16,
    soften: &'static [(u16, &'static str)],
}

/// What the rules say of an answer.
pub struct Judged {
    pub edits: Vec<(&'static str, Edit)>,
    pub must_replace: bool,
    pub has_disclaimer: bool,
}

/// A text in the patient's language, or else in English, with the numbers to call filled in.
pub fn text(locale: &Locale, name: &str) -> String {
    let wanted = locale.language.split('-').next().unwrap_or_default();
    let find = |language: &str| {
        let mut texts = TEXTS.iter().filter(|(of, ..)| of.eq_ignore_ascii_case(language));
        texts.find(|(_, key, _)| *key == name).map(|(.., text)| *text)
    };
    let text = find(wanted).or_else(|| find("en")).unwrap_or_default();
    text.replace("{emergency_number}", &locale.emergency_number)
        .replace("{crisis_line}", &locale.crisis_line)
}

/// Holds every rule against the answer. `noted` are the rules whose note stands in the answer already.
pub fn judge(answer: &str, context: &Context, noted: &mut Vec<&'static str>) -> Judged {
    let tokens = token::tokens(answer);
    let reading = LEXICON.read(&tokens);
    let matches = matching::find(&LEXICON, &tokens, &reading);
    let sentences = sentences(&tokens);
    let of = |target: u16| {
        matches
            .iter()
            .filter(move |found| found.target == Target::Finding(target))
    };
    let mut judged = Judged {
        edits: Vec::new(),
        must_replace: false,
        has_disclaimer: false,
    };
    for rule in RULES {
        if rule.only_when_urgent && context.urgency > Urgency::Urgent {
            continue;
        }
        let excused = |found: &&Match| {
            of(rule.unless).any(|excuse| sentences[excuse.start] == sentences[found.start])
                || rule.about_sources && names_a_source(found, &tokens, &sentences, context)
        };
        for (target, instead) in rule.soften {
            for found in of(*target).filter(|found| !excused(found)) {
                let edit = soften(found, instead, answer, &tokens);
                let known = judged
                    .edits
                    .iter()
                    .any(|(id, other)| *id == rule.id && other.overlaps(&edit));
                if !known {
                    judged.edits.push((rule.id, edit));
                }
            }
        }
        let mut last = None;
        for found in of(rule.found).filter(|found| !excused(found)) {
            match rule.action {
                Action::Recognise => judged.has_disclaimer = true,
                Action::Replace => {
                    judged.must_replace = true;
                    judged.edits.push((rule.id, whole(found, &tokens)));
                }
                Action::Soften => {}
                Action::RemoveSentence if last == Some(sentences[found.start]) => {}
                Action::RemoveSentence => {
                    last = Some(sentences[found.start]);
                    let note = if noted.contains(&rule.id) || rule.note.is_empty() {
                        String::new()
                    } else {
                        text(&context.locale, rule.note)
                    };
                    noted.push(rule.id);
                    judged.edits.push((
                        rule.id,
                        remove(sentences[found.start], note, answer, &tokens, &sentences),
                    ));
                }
            }
        }
    }
    judged
}

/// Whether the sentence names a source that the answer was given.
fn names_a_source(found: &Match, tokens: &[Token], sentences: &[usize], context: &Context) -> bool {
    let sentence = sentences[found.start];
    let words = || {
        tokens
            .iter()
            .zip(sentences)
            .filter(|(_, number)| **number == sentence)
            .map(|(token, _)| token.word.as_str())
    };
    context.sources.iter().any(|source| {
        let source = token::tokens(source);
        !source.is_empty() && source.iter().all(|token| words().any(|word| word == token.word))
    })
}

fn whole(found: &Match, tokens: &[Token]) -> Edit {
    Edit {
        start: tokens[found.start].start,
        end: tokens[found.end - 1].end,
        instead: String::new(),
    }
}

/// Sentence number of each word.
fn sentences(tokens: &[Token]) -> Vec<usize> {
    let number = |count: &mut usize, token: &Token| {
        *count += usize::from(token.before == Boundary::Sentence);
        Some(*count)
    };
    tokens.iter().scan(0, number).collect()
}

fn soften(found: &Match, instead: &str, answer: &str, tokens: &[Token]) -> Edit {
    let (start, end) = (tokens[found.start].start, tokens[found.mark - 1].end);
    let capital = answer[start..].starts_with(char::is_uppercase);
    let mut letters = instead.chars();
    let first = letters.next().into_iter();
    let first: String = if capital {
        first.flat_map(char::to_uppercase).collect()
    } else {
        first.collect()
    };
    Edit {
        start,
        end,
        instead: first + letters.as_str(),
    }
}

/// Takes a sentence out, with its bullet where it is the whole of a list item.
fn remove(sentence: usize, note: String, answer: &str, tokens: &[Token], sentences: &[usize]) -> Edit {
    let first = sentences.partition_point(|number| *number < sentence);
    let last = sentences.partition_point(|number| *number <= sentence) - 1;
    let mut start = tokens[first].start;
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
    Edit {
        start,
        end,
        instead: note,
    }
}
