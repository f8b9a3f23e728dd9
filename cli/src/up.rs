//! `medchat up`: the whole system on this machine.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use serde::Deserialize;

use crate::child::{Running, told_to_stop};
use crate::components;
use crate::places::Places;
use crate::ports;
use crate::state::{State, random_key};

/// A patient who exists nowhere, in the shape of Synthea's file names.
const SAMPLE_PATIENT: &str = "Adam631_Cronin387_aff8f143-2375-416f-901d-b0e4c73e3e58";

/// How long the parts may take to answer for the first time: components are compiled for this machine at first.
const START_TIMEOUT: Duration = Duration::from_secs(120);

/// Flags of `medchat up`.
#[derive(Args)]
pub struct UpArguments {
    #[command(flatten)]
    places: Places,
    /// The application [default: spin.toml here or in the nearest folder above]
    #[arg(long, env = "MEDCHAT_MANIFEST")]
    manifest: Option<PathBuf>,
    /// Serve the components as they are, without building them
    #[arg(long, env = "MEDCHAT_NO_BUILD")]
    no_build: bool,
}

/// What is said of the system once it answers.
#[derive(Deserialize)]
struct Health {
    status: String,
    ollama_status: String,
    model: Option<String>,
}

/// What may be answered to that.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Health(Health),
    /// Such as for a setting that is wrong: it will not mend itself.
    Problem {
        detail: String,
    },
}

/// Brings the system up and keeps it up until the process is told to stop.
///
/// # Errors
/// Something stood in the way; the error says what, and what to do about it.
pub async fn run(arguments: UpArguments) -> anyhow::Result<()> {
    let manifest = match arguments.manifest {
        Some(manifest) => manifest,
        None => components::find_manifest(&std::env::current_dir()?)?,
    };
    let manifest = manifest
        .canonicalize()
        .with_context(|| format!("{} cannot be found", manifest.display()))?;
    let Places {
        listen,
        inference_listen,
        ..
    } = arguments.places;
    let folder = manifest.parent().unwrap_or(Path::new("."));
    let state = State::open(&arguments.places.state(folder))?;
    ports::check(listen, "--listen")?;
    ports::check(inference_listen, "--inference-listen")?;
    if !arguments.no_build {
        components::build(&manifest, |command| println!("Building: {command}"))?;
    }

    let inference_key = random_key()?;
    let signing_key = match std::env::var("SPIN_VARIABLE_SIGNING_KEY") {
        Ok(key) => key,
        Err(_) => state.signing_key()?,
    };
    let mut inference = Running::start(
        "inference-host",
        &[
            ("MEDCHAT_INFERENCE_LISTEN", inference_listen.to_string()),
            ("MEDCHAT_INFERENCE_KEY", inference_key.clone()),
        ],
        state.log("inference-host")?,
    )?;
    let mut edge = Running::start(
        "edge-host",
        &[
            ("MEDCHAT_EDGE_LISTEN", listen.to_string()),
            ("MEDCHAT_EDGE_MANIFEST", manifest.display().to_string()),
            (
                "MEDCHAT_EDGE_STATE_DIRECTORY",
                state.path().join("edge").display().to_string(),
            ),
            ("SPIN_VARIABLE_SIGNING_KEY", signing_key),
            ("SPIN_VARIABLE_INFERENCE_URL", format!("http://{inference_listen}")),
            ("SPIN_VARIABLE_INFERENCE_KEY", inference_key),
        ],
        state.log("edge-host")?,
    )?;

    let logs = state.path().join("logs");
    let outcome = tokio::select! {
        () = told_to_stop(false) => Ok(()),
        outcome = serve(&listen, &mut inference, &mut edge, &state) => outcome,
    };
    println!("Stopping.");
    // The edge first: requests that are under way may still need the model.
    edge.stop().await;
    inference.stop().await;
    outcome.with_context(|| format!("the logs in {} may say more", logs.display()))
}

/// Says when the system is ready, and returns only if it cannot go on.
async fn serve(listen: &SocketAddr, inference: &mut Running, edge: &mut Running, state: &State) -> anyhow::Result<()> {
    let health = tokio::select! {
        health = ready(listen) => health?,
        status = edge.ended() => bail!("the edge host ended while it was starting ({})", status?),
        status = inference.ended() => bail!("the inference host ended while it was starting ({})", status?),
    };
    println!("{}", welcome(listen, &health, state));
    tokio::select! {
        status = edge.ended() => bail!("the edge host ended ({})", status?),
        status = inference.ended() => {
            eprintln!(
                "The inference host ended ({}). Emergencies are still recognised and the history is still there, \
                 but no question is answered until Medchat is started again.",
                status?
            );
        }
    }
    bail!("the edge host ended ({})", edge.ended().await?)
}

/// Waits for the system to answer.
async fn ready(listen: &SocketAddr) -> anyhow::Result<Health> {
    // A proxy is for what is elsewhere.
    let client = reqwest::Client::builder().no_proxy().build()?;
    let url = format!("http://{listen}/api/health");
    let asking = async {
        loop {
            if let Ok(answer) = client.get(&url).send().await
                && let Ok(body) = answer.bytes().await
            {
                match serde_json::from_slice::<Answer>(&body) {
                    Ok(Answer::Health(health)) if health.status != "unhealthy" => return Ok(health),
                    Ok(Answer::Problem { detail }) => bail!("{detail} (asked at {url})"),
                    _ => {}
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(START_TIMEOUT, asking)
        .await
        .with_context(|| format!("{url} does not become healthy"))?
}

fn welcome(listen: &SocketAddr, health: &Health, state: &State) -> String {
    let model = health.model.as_deref().unwrap_or("unknown");
    let origin = match health.ollama_status.as_str() {
        "connected" => format!("{model} answers"),
        ollama => format!("Ollama is {ollama}, so the built-in reference text answers; `medchat doctor` says more"),
    };
    format!(
        r#"
Medchat is ready at http://{listen} ({origin}).

Log in as a sample patient, and ask:

  TOKEN=$(curl -s http://{listen}/api/auth/login -H 'Content-Type: application/json' \
    -d '{{"patient_id": "{SAMPLE_PATIENT}"}}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
  curl -s http://{listen}/api/chat/message -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \
    -d '{{"message": "I have had a headache for two days"}}'

Stores and logs are in {}. Stop with Ctrl-C."#,
        state.path().display()
    )
}
