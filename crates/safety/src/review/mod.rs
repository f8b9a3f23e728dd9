//! May this answer be shown to the patient?

mod citations;
mod edits;
mod identity;
mod language;
mod markup;
mod secrets;

use crate::types::{Context, Decision, Locale, Span, Verdict, Violation};
use edits::{Edit, Edits};

/// Fewer letters than this left of an answer are no answer.
const LEAST_LETTERS: usize = 20;

/// Judges an answer, mending what can be mended. Runs in one pass over the text for each kind of rule.
pub fn review(answer: &str, context: &Context) -> Verdict {
    let markup = markup::find(answer);
    let mut violations = markup.violations("markup");
    let text = markup.apply(answer);
    let locate = |span: &Edit| {
        let (start, end) = (markup.original_offset(span.start), markup.original_offset(span.end));
        Span::new(start, end)
    };

    let strangers = identity::strangers(&text, &context.patient_id);
    if !strangers.is_empty() {
        violations.extend(strangers.iter().map(|span| violation("other-patient", locate(span))));
        return replaced(violations, &context.locale);
    }

    if let Some(secret) = secrets::find(&text).or_else(|| secrets::find(answer)) {
        violations.push(violation("leak", locate(&secret)));
        return replaced(violations, &context.locale);
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
    let own_id = language::text(&context.locale, "own-id");
    add(identity::own(&text, &context.patient_id, &own_id));
    add(citations::invented(&text, &context.sources));
    let judged = language::judge(&text, context);
    let must_replace = judged.must_replace;
    add(judged.edits);
    let mut shown = edits.apply(&text);

    if must_replace || (shown != answer && letters(&shown) < LEAST_LETTERS) {
        return replaced(violations, &context.locale);
    }
    if !judged.has_disclaimer {
        let end = answer.len();
        violations.push(violation("missing-disclaimer", Span::new(end, end)));
        shown.truncate(shown.trim_end().len());
        shown.push_str("\n\n");
        shown.push_str(&language::text(&context.locale, "disclaimer"));
    }
    let decision = if violations.is_empty() {
        Decision::Allow
    } else {
        Decision::Amend
    };
    Verdict {
        decision,
        text: shown,
        violations,
    }
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
