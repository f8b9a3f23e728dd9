//! `medchat doctor`: what is missing on this machine, and how to get it.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::bail;
use clap::Args;
use serde::Deserialize;

use crate::components::{self, TARGET};
use crate::places::Places;
use crate::ports;
use crate::state::State;

/// A first build, with everything that it downloads, takes about this much.
const DISK_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// Flags of `medchat doctor`.
#[derive(Args)]
pub struct DoctorArguments {
    #[command(flatten)]
    places: Places,
    /// Where Ollama is
    #[arg(long, env = "MEDCHAT_INFERENCE_OLLAMA_URL", default_value = "http://127.0.0.1:11434")]
    ollama_url: String,
    /// The model that is to answer
    #[arg(long, env = "MEDCHAT_INFERENCE_MODEL", default_value = medchat_inference_host::DEFAULT_MODEL)]
    model: String,
}

/// What became of one check.
enum Finding {
    /// All is well; what was found.
    Good(String),
    /// Medchat works, with less; what is missing and how to get it.
    Lesser(String),
    /// Medchat does not work; what is missing and how to get it.
    Missing(String),
}

use Finding::{Good, Lesser, Missing};

/// Checks everything and prints what was found.
///
/// # Errors
/// Something is missing that Medchat cannot do without.
pub async fn run(arguments: DoctorArguments) -> anyhow::Result<()> {
    let folder = std::env::current_dir()?;
    let manifest = components::find_manifest(&folder);
    let application = manifest.as_ref().ok().and_then(|manifest| manifest.parent());
    let state = arguments.places.state(application.unwrap_or(&folder));
    let (ollama, model) = ollama(&arguments.ollama_url, &arguments.model).await;
    let findings = [
        (
            "application",
            manifest.map_or_else(
                |error| Missing(error.to_string()),
                |path| Good(path.display().to_string()),
            ),
        ),
        (
            "cargo",
            program("cargo", "--version", "install Rust from https://rustup.rs"),
        ),
        (
            "C compiler",
            program(
                "cc",
                "--version",
                "install gcc or clang (Debian: apt-get install gcc libc6-dev)",
            ),
        ),
        (TARGET, target()),
        ("state directory", state_directory(&state)),
        ("disk", disk(&folder)),
        ("port of the API", port(arguments.places.listen, "--listen")),
        (
            "port of the inference host",
            port(arguments.places.inference_listen, "--inference-listen"),
        ),
        ("Ollama", ollama),
        ("model", model),
    ];
    let mut missing = 0;
    for (name, finding) in &findings {
        let (mark, text) = match finding {
            Good(text) => ("ok     ", text),
            Lesser(text) => ("lesser ", text),
            Missing(text) => {
                missing += 1;
                ("MISSING", text)
            }
        };
        println!("{mark} {name}: {text}");
    }
    if missing == 0 {
        Ok(())
    } else {
        bail!("{missing} of {} checks failed", findings.len())
    }
}

fn program(name: &str, argument: &str, remedy: &str) -> Finding {
    let output = Command::new(name).arg(argument).output();
    match output {
        Ok(output) if output.status.success() => Good(
            String::from_utf8_lossy(&output.stdout)
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned(),
        ),
        _ => Missing(remedy.to_owned()),
    }
}

fn target() -> Finding {
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .output();
    match output {
        Ok(output) if Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir() => {
            Good("installed".to_owned())
        }
        _ => Missing(format!("run `rustup target add {TARGET}`")),
    }
}

fn state_directory(path: &Path) -> Finding {
    match State::open(path) {
        Ok(state) => Good(state.path().display().to_string()),
        Err(error) => Missing(error.to_string()),
    }
}

fn disk(folder: &Path) -> Finding {
    let free = match rustix::fs::statvfs(folder) {
        Ok(disk) => disk.f_bavail.saturating_mul(disk.f_frsize),
        Err(error) => return Lesser(format!("its free space is not known ({error})")),
    };
    let text = format!("{} MiB free", free / 1024 / 1024);
    if free >= DISK_BYTES {
        Good(text)
    } else {
        Lesser(format!("{text}; a first build takes about 4096 MiB"))
    }
}

fn port(address: SocketAddr, flag: &'static str) -> Finding {
    match ports::check(address, flag) {
        Ok(()) => Good(format!("{address} is free")),
        Err(error) => Missing(error.to_string()),
    }
}

#[derive(Deserialize)]
struct Tags {
    models: Vec<Tag>,
}

#[derive(Deserialize)]
struct Tag {
    name: String,
}

/// Whether Ollama is there, and whether it has the model.
async fn ollama(url: &str, model: &str) -> (Finding, Finding) {
    let asked = async {
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(2))
            .build()?;
        client
            .get(format!("{}/api/tags", url.trim_end_matches('/')))
            .send()
            .await?
            .json::<Tags>()
            .await
    };
    let without = "the built-in reference text answers until then";
    match asked.await {
        Ok(tags) if tags.models.iter().any(|tag| is_same_model(&tag.name, model)) => {
            (Good(url.to_owned()), Good(model.to_owned()))
        }
        Ok(_) => (
            Good(url.to_owned()),
            Lesser(format!("run `ollama pull {model}`; {without}")),
        ),
        Err(_) => (
            Lesser(format!(
                "not reachable at {url}: install it from https://ollama.com and start it; {without}"
            )),
            Lesser(format!("then run `ollama pull {model}`")),
        ),
    }
}

/// Ollama adds `:latest` to a model that was pulled without a tag.
fn is_same_model(listed: &str, wanted: &str) -> bool {
    listed == wanted || listed.strip_suffix(":latest") == Some(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_without_a_tag_is_its_latest() {
        assert!(is_same_model("medgemma:latest", "medgemma"));
        assert!(is_same_model("medgemma:4b", "medgemma:4b"));
        assert!(!is_same_model("medgemma:27b", "medgemma:4b"));
    }

    #[tokio::test]
    async fn a_missing_ollama_is_said_together_with_what_answers_instead() {
        let (ollama, model) = ollama("http://127.0.0.1:9", "medgemma:4b").await;
        assert!(matches!(ollama, Lesser(text) if text.contains("reference text")));
        assert!(matches!(model, Lesser(text) if text.contains("ollama pull medgemma:4b")));
    }

    #[test]
    fn a_missing_program_comes_with_a_remedy() {
        assert!(
            matches!(program("no-such-program", "--version", "install it"), Missing(remedy) if remedy == "install it")
        );
    }
}
