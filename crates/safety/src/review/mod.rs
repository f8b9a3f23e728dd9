//! May this answer be shown to the patient?

mod citations;
mod edits;
mod identity;
pub(crate) mod language;
mod lists;
mod markup;
pub(crate) mod opinion;
mod secrets;
mod sources;
mod stream;

use crate::types::{Context, Decision, Locale, Span, Verdict, Violation};
use edits::{Edit, Edits};
use lists::Lists;
use opinion::Odds;
use std::collections::BTreeMap;
pub use stream::ReviewStream;

/// Fewer letters than this left of an answer are no answer.
const LEAST_LETTERS: usize = 20;

/// Judges an answer, mending what can be mended.
pub fn review(answer: &str, context: &Context) -> Verdict {
    let mut carried = Carried::default();
    let mended = mend(answer, context, &mut carried);
    let mut violations = mended.violations;
    let Some(mut shown) = mended.shown else {
        return replaced(violations, &context.locale);
    };
    if shown != answer && letters(&shown) < LEAST_LETTERS {
        return replaced(violations, &context.locale);
    }
    if !carried.has_disclaimer {
        violations.push(missing_disclaimer(answer.len()));
        add_disclaimer(&mut shown, &context.locale);
    }
    verdict(shown, violations)
}

/// A part of an answer, or the whole of it, after review.
struct Mended {
    violations: Vec<Violation>,
    /// What may be shown; nothing where the answer must be replaced.
    shown: Option<String>,
}

/// What earlier parts of an answer say of a later one.
#[derive(Debug, Default)]
struct Carried {
    /// The rules whose note stands in the answer already.
    noted: Vec<&'static str>,
    lists: Lists,
    /// Whether something says that the answer is no diagnosis.
    has_disclaimer: bool,
    /// What the reader said of each text: a model that goes round in circles writes the same a thousand times.
    read: BTreeMap<String, Odds>,
}

/// Reviews whole sentences.
fn mend(answer: &str, context: &Context, carried: &mut Carried) -> Mended {
    let markup = markup::find(answer);
    let mut violations = markup.violations("markup");
    let text = markup.apply(answer);
    let locate = |span: &Edit| {
        let (start, end) = (markup.original_offset(span.start), markup.original_offset(span.end));
        Span::new(start, end)
    };
    let held_back = |violations| Mended {
        violations,
        shown: None,
    };

    let in_line = carried.lists.is_in_line();
    let strangers = identity::strangers(&text, &context.patient_id);
    if !strangers.is_empty() {
        violations.extend(strangers.iter().map(|span| violation("other-patient", locate(span))));
        return held_back(violations);
    }
    // In the answer as it came, too: markup may be what makes the secret recognisable.
    let secret = secrets::find(&text, in_line).map(|secret| locate(&secret));
    let secret = secret.or_else(|| match markup.is_empty() {
        true => None,
        false => secrets::find(answer, in_line).map(|secret| Span::new(secret.start, secret.end)),
    });
    if let Some(secret) = secret {
        violations.push(violation("leak", secret));
        return held_back(violations);
    }

    let mut edits = Edits::default();
    let mut seen: Vec<(&str, Edit)> = Vec::new();
    let mut add = |found: Vec<(&'static str, Edit)>| {
        for (rule, edit) in found {
            // One thing may be wrong in two ways of finding it: a list of sources names an authority, too.
            if rule == "invented-citation"
                && seen
                    .iter()
                    .any(|(other, known)| *other == rule && known.overlaps(&edit))
            {
                continue;
            }
            seen.push((rule, edit.clone()));
            violations.push(violation(rule, locate(&edit)));
            edits.push(edit);
        }
    };
    add(citations::invented(&text, &context.sources));
    let judged = language::judge(&text, context, carried);
    add(judged.edits);
    if judged.must_replace {
        return held_back(violations);
    }
    let shown = edits.apply(&text);
    // What was taken out may have kept the parts of a tag from one another.
    if shown != answer && !markup::find(&shown).is_empty() {
        violations.push(violation("markup", Span::new(0, answer.len())));
        return held_back(violations);
    }
    // In the order in which a stream comes to them.
    violations.sort_by_key(|found| found.span.start);
    Mended {
        violations,
        shown: Some(shown),
    }
}

fn verdict(text: String, violations: Vec<Violation>) -> Verdict {
    let decision = if violations.is_empty() {
        Decision::Allow
    } else {
        Decision::Amend
    };
    Verdict {
        decision,
        text,
        violations,
    }
}

fn missing_disclaimer(end: usize) -> Violation {
    violation("missing-disclaimer", Span::new(end, end))
}

fn add_disclaimer(shown: &mut String, locale: &Locale) {
    // Nothing is taken back, not even white space: a stream may have released it.
    let breaks = shown.len() - shown.trim_end_matches('\n').len();
    shown.push_str(&"\n\n"[breaks.min(2)..]);
    shown.push_str(&language::text(locale, "disclaimer"));
}

fn violation(rule: &str, span: Span) -> Violation {
    Violation {
        rule: rule.to_owned(),
        span,
    }
}

fn replaced(violations: Vec<Violation>, locale: &Locale) -> Verdict {
    Verdict {
        decision: Decision::Replace,
        text: language::text(locale, "replaced"),
        violations,
    }
}

fn letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphabetic()).count()
}
