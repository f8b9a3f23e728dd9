//! `medchat triage`: how urgent a message is, and why.

use std::io::Write;

use anyhow::Result;
use clap::Args;
use medchat_evaluation::level_name;
use medchat_safety::{Background, Image, Locale, triage};

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
    /// Whom to call about a poison
    #[arg(long, env = "SPIN_VARIABLE_POISON_LINE", default_value = "your poison centre")]
    poison_line: String,
    /// A condition or medicine of the patient's record, such as "warfarin 3 mg daily"; may be given often
    #[arg(long, value_name = "TEXT")]
    record: Vec<String>,
    /// What the image model saw in a photo
    #[arg(long, value_name = "CLASS", requires = "confidence")]
    image: Option<String>,
    /// How sure it is, 0 to 1
    #[arg(long, value_parser = probability)]
    confidence: Option<f32>,
}

fn probability(text: &str) -> Result<f32, String> {
    let value: f32 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=1.0).contains(&value) {
        Ok(value)
    } else {
        Err("not between 0 and 1".to_owned())
    }
}

/// Prints the assessment with its reasons. The text comes from the person at the terminal and goes nowhere else.
pub fn run(arguments: TriageArguments) -> Result<()> {
    let locale = Locale {
        language: arguments.language,
        emergency_number: arguments.emergency_number,
        crisis_line: arguments.crisis_line,
        poison_line: arguments.poison_line,
    };
    let image = arguments.image.zip(arguments.confidence);
    let background = Background {
        record: arguments.record,
        image: image.map(|(label, confidence)| Image { label, confidence }),
    };
    let assessment = triage(&arguments.text, &background, &locale);
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", level_name(assessment.urgency))?;
    for finding in &assessment.findings {
        let (start, end) = (finding.span.start, finding.span.end);
        let level = level_name(finding.urgency);
        writeln!(out, "\n  {} ({}, {level})", finding.rule, finding.category)?;
        writeln!(out, "    words      {:?}, bytes {start} to {end}", finding.words)?;
        writeln!(out, "    guideline  {}", finding.guideline)?;
    }
    if !assessment.advice.is_empty() {
        writeln!(out, "\n{}", assessment.advice)?;
    }
    Ok(())
}
