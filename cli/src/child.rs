//! A part of the system in a process of its own.

use std::fs::File;
use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::{Child, ChildStdin, Command};

/// Tells a child that it ends when its standard input does: so it never outlives the one that started it, however that
/// one died.
pub const STOP_WITH_PARENT: &str = "MEDCHAT_STOP_WITH_PARENT";

/// How long a child may take to finish what it is doing before it is killed.
const GRACE: Duration = Duration::from_secs(15);

/// A running child.
pub struct Running {
    process: Child,
    /// Open for as long as the child is to live.
    stdin: Option<ChildStdin>,
}

impl Running {
    /// Starts this very program as `subcommand`, with `environment` on top of ours, logging to `log`.
    ///
    /// # Errors
    /// The system could not start it.
    pub fn start(subcommand: &str, environment: &[(&str, String)], log: File) -> io::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg(subcommand)
            .env(STOP_WITH_PARENT, "true")
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            // Ctrl-C reaches the whole group of processes, and it is for us to say who stops first.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let stdin = process.stdin.take();
        Ok(Self { process, stdin })
    }

    /// Waits for the child to end by itself. May be called again if it was not waited for to the end.
    ///
    /// # Errors
    /// The system lost track of it.
    pub async fn ended(&mut self) -> io::Result<ExitStatus> {
        // Tokio's own `wait` would close standard input, and so stop the child.
        loop {
            if let Some(status) = self.process.try_wait()? {
                return Ok(status);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Lets the child finish what it is doing, and ends it.
    pub async fn stop(mut self) {
        drop(self.stdin.take());
        if tokio::time::timeout(GRACE, self.process.wait()).await.is_err() {
            // It is killed when it is dropped, at the latest.
            let _ = self.process.kill().await;
        }
    }
}

/// Waits until this process is to stop: at Ctrl-C, at SIGTERM or, where `with_parent`, when its standard input ends.
pub async fn told_to_stop(with_parent: bool) {
    let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(signal) => signal,
        Err(_) => return std::future::pending().await,
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
        () = end_of_input(), if with_parent => {}
    }
}

async fn end_of_input() {
    use tokio::io::AsyncReadExt;
    let mut input = tokio::io::stdin();
    let mut ignored = [0; 64];
    while matches!(input.read(&mut ignored).await, Ok(1..)) {}
}
