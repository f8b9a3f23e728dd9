//! How an answer came about, as the client is told and the store keeps it.

use std::time::Duration;

use medchat_api::chat::{Finding, InputType, Metadata, Review, Step, Triage, Violation};
use medchat_bindings::policy::review::{Decision, Verdict};
use medchat_bindings::policy::triage::{Assessment, Urgency};

use crate::collaborators::{Collaborators, ModelAnswer};

/// Measures the steps of a turn.
pub(crate) struct Steps<'a, C> {
    clock: &'a C,
    since: Duration,
    done: Vec<Step>,
}

impl<'a, C: Collaborators> Steps<'a, C> {
    pub(crate) fn begin(clock: &'a C) -> Self {
        Self {
            clock,
            since: clock.elapsed(),
            done: Vec::with_capacity(5),
        }
    }

    /// The step `name` ends here, and the next one begins.
    pub(crate) fn end(&mut self, name: &str) {
        let now = self.clock.elapsed();
        let microseconds = now.saturating_sub(self.since).as_micros();
        self.since = now;
        // Microseconds of anything that is waited for fit a float exactly.
        #[allow(clippy::cast_precision_loss, reason = "see above")]
        self.done.push(Step {
            name: name.to_owned(),
            ms: microseconds as f64 / 1_000.0,
        });
    }

    pub(crate) fn into_steps(self) -> Vec<Step> {
        self.done
    }
}

/// Metadata of a turn that triage answered.
pub(crate) fn of_emergency(assessment: &Assessment, steps: Vec<Step>) -> Metadata {
    Metadata {
        input_type: InputType::Text,
        tools_used: vec!["triage".to_owned()],
        emergency_detected: true,
        image_analysis: None,
        transcript: None,
        sources: Vec::new(),
        model: None,
        steps,
        degraded: false,
        triage: triage(assessment),
        review: Review {
            decision: "none".to_owned(),
            violations: Vec::new(),
        },
    }
}

/// Metadata of a turn that the model answered.
pub(crate) fn of_answer(assessment: &Assessment, answer: ModelAnswer, verdict: &Verdict, steps: Vec<Step>) -> Metadata {
    let replaced = verdict.decision == Decision::Replace;
    Metadata {
        input_type: InputType::Text,
        tools_used: ["triage", "chat", "review"].map(str::to_owned).to_vec(),
        emergency_detected: false,
        image_analysis: None,
        transcript: None,
        // Nothing of a replaced answer is shown, so neither is what it was based on.
        sources: if replaced { Vec::new() } else { answer.sources },
        model: Some(answer.model),
        steps,
        degraded: answer.degraded,
        triage: triage(assessment),
        review: Review {
            decision: match verdict.decision {
                Decision::Allow => "allow",
                Decision::Amend => "amend",
                Decision::Replace => "replace",
            }
            .to_owned(),
            violations: verdict
                .violations
                .iter()
                .map(|violation| Violation {
                    rule: violation.rule.clone(),
                    span: (violation.span.start, violation.span.end),
                })
                .collect(),
        },
    }
}

fn triage(assessment: &Assessment) -> Triage {
    Triage {
        urgency: match assessment.urgency {
            Urgency::Emergency => "emergency",
            Urgency::Urgent => "urgent",
            Urgency::Routine => "routine",
            Urgency::SelfCare => "self-care",
        }
        .to_owned(),
        findings: assessment
            .findings
            .iter()
            .map(|finding| Finding {
                rule: finding.rule.clone(),
                category: finding.category.clone(),
                span: (finding.span.start, finding.span.end),
            })
            .collect(),
    }
}
