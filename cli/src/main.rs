//! The `medchat` command.

use clap::{Parser, Subcommand};
use medchat::{doctor, evaluate, hosts, triage, up};

/// Medchat: medical consultation that answers with care.
#[derive(Parser)]
#[command(version, about, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    up: up::UpArguments,
}

#[derive(Subcommand)]
enum Command {
    /// Bring the whole system up (what `medchat` does without a command)
    Up(up::UpArguments),
    /// Say what is missing on this machine, and how to get it
    Doctor(doctor::DoctorArguments),
    /// Run the inference host alone
    InferenceHost(Box<hosts::InferenceArguments>),
    /// Run the edge host alone
    EdgeHost(Box<hosts::EdgeArguments>),
    /// Say how urgent a message is, and why
    Triage(triage::TriageArguments),
    /// Measure how well Medchat does on cases with a known answer
    #[command(subcommand)]
    Eval(evaluate::Command),
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        None => up::run(arguments.up).await,
        Some(Command::Up(arguments)) => up::run(arguments).await,
        Some(Command::Doctor(arguments)) => doctor::run(arguments).await,
        Some(Command::InferenceHost(arguments)) => hosts::run_inference(*arguments).await,
        Some(Command::EdgeHost(arguments)) => hosts::run_edge(*arguments).await,
        Some(Command::Triage(arguments)) => triage::run(arguments),
        Some(Command::Eval(command)) => evaluate::run(command),
    };
    match outcome {
        Ok(()) => std::process::ExitCode::SUCCESS,
        // Whoever reads has read enough, as `head` has.
        Err(error) if is_closed_pipe(&error) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("medchat: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let cause = error.downcast_ref::<std::io::Error>();
    cause.is_some_and(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_flags_of_all_commands_go_together() {
        Arguments::command().debug_assert();
    }
}
