//! The `triage` interface.

use crate::bindings::exports::medchat::policy::triage::{Assessment, Background, Finding, Guest};
use crate::bindings::exports::medchat::policy::types::{Locale, Urgency};
use crate::{Policy, locale, span};

impl Guest for Policy {
    fn triage(text: String, known: Background, place: Locale) -> Assessment {
        let background = medchat_safety::Background {
            record: known.record,
            image: known.image.map(|image| medchat_safety::Image {
                label: image.label,
                confidence: image.confidence,
            }),
        };
        let assessment = medchat_safety::triage(&text, &background, &locale(place));
        Assessment {
            urgency: urgency(assessment.urgency),
            findings: assessment.findings.into_iter().map(finding).collect(),
            advice: assessment.advice,
        }
    }
}

fn finding(finding: medchat_safety::Finding) -> Finding {
    Finding {
        rule: finding.rule,
        category: finding.category,
        urgency: urgency(finding.urgency),
        words: finding.words,
        span: span(finding.span),
        guideline: finding.guideline,
    }
}

fn urgency(urgency: medchat_safety::Urgency) -> Urgency {
    match urgency {
        medchat_safety::Urgency::Emergency => Urgency::Emergency,
        medchat_safety::Urgency::Urgent => Urgency::Urgent,
        medchat_safety::Urgency::Routine => Urgency::Routine,
        medchat_safety::Urgency::SelfCare => Urgency::SelfCare,
    }
}
