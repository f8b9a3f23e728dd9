//! The `review` interface.

use crate::bindings::exports::medchat::policy::review::{Context, Decision, Guest, Verdict, Violation};
use crate::{Policy, Urgency, locale, span};

impl Guest for Policy {
    fn review(answer: String, given: Context) -> Verdict {
        verdict(medchat_safety::review(&answer, &context(given)))
    }
}

pub fn context(context: Context) -> medchat_safety::Context {
    medchat_safety::Context {
        patient_id: context.patient_id,
        urgency: urgency(context.urgency),
        sources: context.sources,
        locale: locale(context.locale),
    }
}

pub fn verdict(verdict: medchat_safety::Verdict) -> Verdict {
    let violation = |found: medchat_safety::Violation| Violation {
        rule: found.rule,
        span: span(found.span),
    };
    Verdict {
        decision: match verdict.decision {
            medchat_safety::Decision::Allow => Decision::Allow,
            medchat_safety::Decision::Amend => Decision::Amend,
            medchat_safety::Decision::Replace => Decision::Replace,
        },
        text: verdict.text,
        violations: verdict.violations.into_iter().map(violation).collect(),
    }
}

fn urgency(urgency: Urgency) -> medchat_safety::Urgency {
    match urgency {
        Urgency::Emergency => medchat_safety::Urgency::Emergency,
        Urgency::Urgent => medchat_safety::Urgency::Urgent,
        Urgency::Routine => medchat_safety::Urgency::Routine,
        Urgency::SelfCare => medchat_safety::Urgency::SelfCare,
    }
}
