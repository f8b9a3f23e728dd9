//! An evaluation for a terminal.

use crate::figures::{CategoryFigures, Figures};
use crate::measure::MissKind;
use crate::rate::Rate;
use medchat_safety::Urgency;
use std::fmt::Write;

/// The levels, most urgent first.
pub const LEVELS: [Urgency; 4] = [Urgency::Emergency, Urgency::Urgent, Urgency::Routine, Urgency::SelfCare];

/// An urgency as the contract writes it.
pub fn name(urgency: Urgency) -> &'static str {
    match urgency {
        Urgency::Emergency => "emergency",
        Urgency::Urgent => "urgent",
        Urgency::Routine => "routine",
        Urgency::SelfCare => "self-care",
    }
}

/// What a kind of miss is called.
pub fn heading(kind: MissKind) -> &'static str {
    match kind {
        MissKind::MissedEmergency => "Emergencies missed",
        MissKind::MissedUrgent => "Urgent cases missed",
        MissKind::FalseAlarm => "False alarms",
        MissKind::Overcautious => "Urgent without need",
        MissKind::Mild => "Routine and self-care mixed up",
    }
}

/// The four rates of triage with what they are called.
pub fn rates(figures: &CategoryFigures) -> [(&'static str, Rate); 4] {
    [
        ("emergency sensitivity", figures.emergency_sensitivity),
        ("emergency specificity", figures.emergency_specificity),
        ("urgent-or-more sensitivity", figures.urgent_sensitivity),
        ("urgent-or-more specificity", figures.urgent_specificity),
    ]
}

/// The figures without the text of any case.
pub fn figures(figures: &Figures) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "Triage\n");
    for (name, rate) in rates(&figures.all) {
        let _ = writeln!(out, "  {name:<28}{}", told(rate));
    }
    let _ = writeln!(out, "\n  {:<12}found to be", "is");
    let _ = write!(out, "  {:<12}", "");
    for level in LEVELS {
        let _ = write!(out, "{:>11}", name(level));
    }
    out.push('\n');
    for (level, row) in LEVELS.iter().zip(&figures.confusion) {
        let _ = write!(out, "  {:<12}", name(*level));
        for count in row {
            let _ = write!(out, "{count:>11}");
        }
        out.push('\n');
    }
    let _ = writeln!(
        out,
        "\n  {:<26}{:<34}{:<34}{:<34}",
        "category", "emergency sensitivity", "emergency specificity", "urgent-or-more sensitivity"
    );
    for (category, of) in &figures.categories {
        let _ = writeln!(
            out,
            "  {category:<26}{:<34}{:<34}{:<34}",
            told(of.emergency_sensitivity),
            told(of.emergency_specificity),
            told(of.urgent_sensitivity)
        );
    }
    if figures.review_recall.of + figures.false_blocks.of > 0 {
        let _ = writeln!(out, "\nReview\n\n  {:<28}{}", "recall", told(figures.review_recall));
        let _ = writeln!(out, "  {:<28}{}", "false-block rate", told(figures.false_blocks));
        let _ = writeln!(out, "  {:<28}{}", "held back as a whole", told(figures.replaced));
        for (kind, rate) in &figures.review_kinds {
            let _ = writeln!(out, "    {kind:<26}{}", told(*rate));
        }
    }
    out
}

/// Every case that went wrong, worst kind first.
pub fn misses(figures: &Figures) -> String {
    let mut out = String::new();
    let mut last = None;
    for miss in &figures.misses {
        if last != Some(miss.kind) {
            let _ = writeln!(out, "\n{}\n", heading(miss.kind));
            last = Some(miss.kind);
        }
        let _ = writeln!(
            out,
            "  {} [{} found {}] {:?}",
            miss.id,
            name(miss.level),
            name(miss.found),
            miss.text
        );
        for (rule, words) in &miss.rules {
            let _ = writeln!(out, "      {rule}: {words:?}");
        }
    }
    if !figures.review_misses.is_empty() {
        let _ = writeln!(out, "\nAnswers\n");
    }
    for miss in &figures.review_misses {
        let _ = writeln!(
            out,
            "  {} [expected {:?} {:?}, got {:?} {:?}] {:?}",
            miss.id, miss.expect, miss.violations, miss.decision, miss.rules, miss.answer
        );
    }
    out
}

/// `0.985 (0.93 to 1.00), 64 of 65`.
pub fn told(rate: Rate) -> String {
    match (rate.share(), rate.interval()) {
        (Some(share), Some((low, high))) => {
            format!("{share:.3} ({low:.2} to {high:.2}), {} of {}", rate.hits, rate.of)
        }
        _ => "none".to_owned(),
    }
}
