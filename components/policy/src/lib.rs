//! The policy component: `medchat:policy` over the rules of `medchat-safety`.
//!
//! It only translates between the contract's types and the library's.

mod review;
mod streaming;
mod triage;

#[allow(missing_docs, unsafe_code, reason = "generated from wit/policy")]
mod bindings {
    wit_bindgen::generate!({ path: "../../wit/policy", world: "policy" });

    use super::Policy;
    export!(Policy);
}

use bindings::exports::medchat::policy::types::{Locale, Span, Urgency};

/// What the component exports.
struct Policy;

fn locale(locale: Locale) -> medchat_safety::Locale {
    let Locale {
        language,
        emergency_number,
        crisis_line,
        poison_line,
    } = locale;
    medchat_safety::Locale {
        language,
        emergency_number,
        crisis_line,
        poison_line,
    }
}

fn span(span: medchat_safety::Span) -> Span {
    Span {
        start: span.start,
        end: span.end,
    }
}
