//! `medchat triage`: how urgent a message is, and which rules say so.

use anyhow::Result;
use clap::Args;
use medchat_evaluation::level_name;
use medchat_safety::{Locale, triage};

/// Flags of `medchat triage`.
#[derive(Args)]
pub struct TriageArguments {
    /// What the patient says
    text: String,
    /// Language of the advice
    #[arg(long, default_value = "en")]
    language: String,
    /// The number that brings an ambulance
    #[arg(long, env = "SPIN_VARIABLE_EMERGENCY_NUMBER", default_value = "112")]
    emergency_number: String,
    /// Whom to call in thoughts of suicide
    #[arg(long, env = "SPIN_VARIABLE_CRISIS_LINE", default_value = "your local crisis line")]
    crisis_line: String,
}

/// Prints the assessment with its reasons. The text comes from the person at the terminal and goes nowhere else.
pub fn run(arguments: TriageArguments) -> Result<()> {
    let locale = Locale {
        language: arguments.language,
        emergency_number: arguments.emergency_number,
        crisis_line: arguments.crisis_line,
    };
    let assessment = triage(&arguments.text, &locale);
    println!("{}", level_name(assessment.urgency));
    for finding in &assessment.findings {
        let (start, end) = (finding.span.start, finding.span.end);
        println!(
            "\n  {} ({}, {})",
            finding.rule,
            finding.category,
            level_name(finding.urgency)
        );
        println!("    words      {:?}, bytes {start} to {end}", finding.words);
        println!("    guideline  {}", finding.guideline);
    }
    if !assessment.advice.is_empty() {
        println!("\n{}", assessment.advice);
    }
    Ok(())
}
