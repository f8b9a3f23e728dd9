//! A hospital's own policy: on this ward every chest complaint is for the ward's own team, and doses are the pharmacist's.
//!
//! An example of the contract's shape, not medical guidance.

#[allow(missing_docs, unsafe_code, reason = "generated from wit/policy")]
mod bindings {
    wit_bindgen::generate!({ path: "../../wit/policy", world: "policy" });

    use super::Ward;
    export!(Ward);
}

use std::cell::RefCell;

use bindings::exports::medchat::policy::review::{self, Context, Decision, Verdict, Violation};
use bindings::exports::medchat::policy::streaming::{self, GuestReviewStream};
use bindings::exports::medchat::policy::triage::{self, Assessment, Background, Finding};
use bindings::exports::medchat::policy::types::{Locale, Span, Urgency};

/// What the component exports.
struct Ward;

impl triage::Guest for Ward {
    fn triage(text: String, _: Background, locale: Locale) -> Assessment {
        let Some(start) = text.to_ascii_lowercase().find("chest") else {
            return Assessment {
                urgency: Urgency::Routine,
                findings: Vec::new(),
                advice: String::new(),
            };
        };
        Assessment {
            urgency: Urgency::Emergency,
            findings: vec![Finding {
                rule: "ward.chest".to_owned(),
                category: "cardiac".to_owned(),
                urgency: Urgency::Emergency,
                words: text[start..start + "chest".len()].to_owned(),
                span: span(start, start + "chest".len()),
                guideline: "Ward 7 handbook, page 1".to_owned(),
            }],
            advice: format!(
                "Press the red button at your bed. Outside: call {}.",
                locale.emergency_number
            ),
        }
    }
}

impl review::Guest for Ward {
    fn review(answer: String, _: Context) -> Verdict {
        match answer.find(" mg") {
            Some(start) => Verdict {
                decision: Decision::Replace,
                text: "Please ask the ward's pharmacist about doses.".to_owned(),
                violations: vec![Violation {
                    rule: "ward.dose".to_owned(),
                    span: span(start, start + " mg".len()),
                }],
            },
            None => Verdict {
                decision: Decision::Amend,
                text: format!("{answer}\n\nThe nurses of ward 7 are there day and night."),
                violations: Vec::new(),
            },
        }
    }
}

/// An answer that is shown when it is complete.
struct Whole {
    context: Context,
    answer: RefCell<String>,
}

impl streaming::Guest for Ward {
    type ReviewStream = Whole;
}

impl GuestReviewStream for Whole {
    fn new(context: Context) -> Self {
        Self {
            context,
            answer: RefCell::default(),
        }
    }

    fn push(&self, chunk: String) -> Vec<String> {
        self.answer.borrow_mut().push_str(&chunk);
        Vec::new()
    }

    fn finish(&self) -> Verdict {
        <Ward as review::Guest>::review(self.answer.take(), self.context.clone())
    }
}

fn span(start: usize, end: usize) -> Span {
    let offset = |at| u32::try_from(at).unwrap_or(u32::MAX);
    Span {
        start: offset(start),
        end: offset(end),
    }
}
