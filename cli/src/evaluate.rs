//! `medchat eval`: how well Medchat does on cases with a known answer.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use medchat_evaluation::{Mapping, Thresholds, evaluate, figures_text, html, misses_text, read, urgency};
use medchat_safety::Urgency;

/// What can be measured.
#[derive(Subcommand)]
pub enum Command {
    /// Triage of messages and review of answers
    Safety(SafetyArguments),
}

/// Flags of `medchat eval safety`.
#[derive(Args)]
pub struct SafetyArguments {
    /// A file of JSON lines, or a folder of them
    #[arg(long, default_value = "tests/safety")]
    cases: PathBuf,
    /// Which cases count
    #[arg(long, value_enum, default_value_t = Set::All)]
    set: Set,
    /// Where to write a page with plots
    #[arg(long)]
    report: Option<PathBuf>,
    /// Fail where a figure is under its threshold
    #[arg(long)]
    check: bool,
    /// Print figures only, to keep cases unseen
    #[arg(long, conflicts_with = "report")]
    figures: bool,
    /// The field with the patient's words
    #[arg(long, default_value = "text")]
    text_field: String,
    /// The field with the expected level
    #[arg(long, default_value = "level")]
    level_field: String,
    /// What one of our levels is called in the file, such as `emergency=ED now`; may be given again
    #[arg(long, value_parser = level)]
    level_map: Vec<(String, Urgency)>,
}

/// Which part of the cases counts.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Set {
    /// Those that rules may be improved on and that the classifier learns from
    Development,
    /// Those that thresholds are set by
    Calibration,
    /// Those that were set aside
    HeldOut,
    /// All of them
    All,
}

/// Runs the evaluation and prints it.
pub fn run(command: Command) -> Result<()> {
    let Command::Safety(arguments) = command;
    let set = match arguments.set {
        Set::Development => medchat_evaluation::Set::Development,
        Set::Calibration => medchat_evaluation::Set::Calibration,
        Set::HeldOut => medchat_evaluation::Set::HeldOut,
        Set::All => medchat_evaluation::Set::All,
    };
    let mapping = Mapping {
        text_field: arguments.text_field,
        level_field: arguments.level_field,
        levels: arguments.level_map.into_iter().collect::<BTreeMap<_, _>>(),
    };
    let cases = read(&arguments.cases, set, &mapping)?;
    if cases.triage.is_empty() && cases.review.is_empty() {
        bail!("no cases in {}", arguments.cases.display());
    }
    let figures = evaluate(&cases);
    let thresholds = Thresholds::default();
    let mut out = std::io::stdout().lock();
    if !arguments.figures {
        writeln!(out, "{}", misses_text(&figures))?;
    }
    writeln!(out, "{}", figures_text(&figures))?;
    if let Some(path) = &arguments.report {
        let title = format!("Safety: {} ({:?})", arguments.cases.display(), arguments.set);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        std::fs::write(path, html(&figures, &thresholds, &title))
            .with_context(|| format!("cannot write {}", path.display()))?;
        writeln!(out, "Report: {}", path.display())?;
    }
    let shortfalls = figures.shortfalls(&thresholds);
    for shortfall in &shortfalls {
        writeln!(out, "Under threshold: {shortfall}")?;
    }
    if arguments.check && !shortfalls.is_empty() {
        bail!("{} figures are under their thresholds", shortfalls.len());
    }
    Ok(())
}

/// `emergency=ED now` as the name in the file and our level.
fn level(argument: &str) -> Result<(String, Urgency), String> {
    let (ours, theirs) = argument.split_once('=').ok_or("wanted: level=name in the file")?;
    let urgency = urgency(ours).ok_or_else(|| format!("`{ours}` is none of emergency, urgent, routine, self-care"))?;
    Ok((theirs.to_owned(), urgency))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_mapped_from_its_name_in_the_file() {
        assert_eq!(level("emergency=ED now"), Ok(("ED now".to_owned(), Urgency::Emergency)));
    }

    #[test]
    fn a_level_that_is_none_of_ours_is_refused() {
        assert!(level("soon=ED now").is_err() && level("emergency").is_err());
    }
}
