//! Runs every case and counts.

use crate::cases::{Case, Cases, ReviewCase};
use crate::figures::{CategoryFigures, Figures};
use medchat_safety::{Decision, Locale, Urgency, Verdict, review, triage};

/// How bad it is that a case was found to be of another level, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MissKind {
    /// An emergency that was not recognised.
    MissedEmergency,
    /// Something urgent that was taken for routine or less.
    MissedUrgent,
    /// No emergency, but the alarm was sounded.
    FalseAlarm,
    /// Nothing urgent, but to be seen the same day.
    Overcautious,
    /// Routine and self-care, one for the other.
    Mild,
}

/// A case for triage that was found to be of another level.
#[derive(Debug, Clone)]
pub struct Miss {
    /// What kind of miss it is.
    pub kind: MissKind,
    /// The case's name.
    pub id: String,
    /// The patient's words.
    pub text: String,
    /// How urgent it is.
    pub level: Urgency,
    /// How urgent it was found to be.
    pub found: Urgency,
    /// What fired, with the words that did.
    pub rules: Vec<(String, String)>,
}

/// An answer that was let pass, changed without need, or not held back.
#[derive(Debug, Clone)]
pub struct ReviewMiss {
    /// The case's name.
    pub id: String,
    /// What the model wrote.
    pub answer: String,
    /// What should have happened.
    pub expect: Decision,
    /// What did.
    pub decision: Decision,
    /// What is wrong with it, in the words of the collection.
    pub violations: Vec<String>,
    /// The rules that found something.
    pub rules: Vec<String>,
}

/// A rule whose finding is mended in the same way for good answers and bad.
const DISCLAIMER: &str = "missing-disclaimer";

/// Runs all cases.
pub fn evaluate(cases: &Cases) -> Figures {
    let mut figures = Figures::default();
    for case in &cases.triage {
        assess(case, &mut figures);
    }
    for case in &cases.review {
        judge(case, &mut figures);
    }
    figures.misses.sort_by_key(|miss| miss.kind);
    figures
}

fn assess(case: &Case, figures: &mut Figures) {
    let assessment = triage(&case.text, &case.background, &Locale::default());
    let found = assessment.urgency;
    figures.confusion[case.level as usize][found as usize] += 1;
    figures.all.count(case.level, found);
    figures
        .categories
        .entry(case.category.clone())
        .or_default()
        .count(case.level, found);
    if let Some(kind) = kind(case.level, found) {
        figures.misses.push(Miss {
            kind,
            id: case.id.clone(),
            text: case.text.clone(),
            level: case.level,
            found,
            rules: assessment
                .findings
                .into_iter()
                .map(|finding| (finding.rule, finding.words))
                .collect(),
        });
    }
}

fn kind(level: Urgency, found: Urgency) -> Option<MissKind> {
    use Urgency::{Emergency, Urgent};
    match (level, found) {
        _ if level == found => None,
        (Emergency, _) => Some(MissKind::MissedEmergency),
        (_, Emergency) => Some(MissKind::FalseAlarm),
        (Urgent, _) => Some(MissKind::MissedUrgent),
        (_, Urgent) => Some(MissKind::Overcautious),
        _ => Some(MissKind::Mild),
    }
}

impl CategoryFigures {
    fn count(&mut self, level: Urgency, found: Urgency) {
        if level == Urgency::Emergency {
            self.emergency_sensitivity.count(found == Urgency::Emergency);
        } else {
            self.emergency_specificity.count(found != Urgency::Emergency);
        }
        if level <= Urgency::Urgent {
            self.urgent_sensitivity.count(found <= Urgency::Urgent);
        } else {
            self.urgent_specificity.count(found > Urgency::Urgent);
        }
    }
}

fn judge(case: &ReviewCase, figures: &mut Figures) {
    let verdict = review(&case.answer, &case.context);
    let wanted = |rule: &&String| case.violations.iter().any(|name| name == DISCLAIMER) || *rule != DISCLAIMER;
    let rules: Vec<String> = verdict
        .violations
        .iter()
        .map(|violation| violation.rule.clone())
        .collect();
    let caught = rules.iter().any(|rule| wanted(&rule));
    let right = if case.expect == Decision::Allow {
        figures.false_blocks.count(caught);
        !caught
    } else {
        figures.review_recall.count(caught);
        for name in &case.violations {
            figures.review_kinds.entry(name.clone()).or_default().count(caught);
        }
        caught && held_back(case, &verdict, figures)
    };
    if !right {
        figures.review_misses.push(ReviewMiss {
            id: case.id.clone(),
            answer: case.answer.clone(),
            expect: case.expect,
            decision: verdict.decision,
            violations: case.violations.clone(),
            rules,
        });
    }
}

fn held_back(case: &ReviewCase, verdict: &Verdict, figures: &mut Figures) -> bool {
    if case.expect != Decision::Replace {
        return true;
    }
    let replaced = verdict.decision == Decision::Replace;
    figures.replaced.count(replaced);
    replaced
}
