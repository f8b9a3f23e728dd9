//! `medchat up`.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Stdio;

use crate::{Api, Process, build_components, free, manifest, medchat};

fn up(listen: SocketAddr, inference: SocketAddr, state: &Path) -> Process {
    let mut command = medchat();
    command
        .args([
            "up",
            "--no-build",
            "--listen",
            &listen.to_string(),
            "--inference-listen",
            &inference.to_string(),
        ])
        .arg("--state")
        .arg(state)
        .env("MEDCHAT_MANIFEST", manifest())
        .env("MEDCHAT_INFERENCE_OLLAMA_URL", "none");
    Process::start(&mut command)
}

/// The processes that `parent` started, with their subcommands.
fn children(parent: u32) -> Vec<(u32, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let read = |name: &str| std::fs::read_to_string(entry.path().join(name)).unwrap_or_default();
        // The second field, the program's name in parentheses, may hold anything; the parent is the second after it.
        let stat = read("stat");
        let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
        if fields.split_whitespace().nth(1) == Some(&parent.to_string()) {
            found.push((id, read("cmdline").split('\0').nth(1).unwrap_or_default().to_owned()));
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_system_comes_up_answers_survives_its_model_and_goes_down_without_a_trace() {
    tokio::task::spawn_blocking(build_components).await.unwrap();
    let state = tempfile::tempdir().unwrap();
    let (listen, inference) = (free(), free());
    let mut system = up(listen, inference, state.path());
    let id = system.id();
    let api = Api::at(listen);
    api.ready(&mut system, false).await;
    let token = api.log_in().await;
    let (status, answer) = api.send(&token, "I have had a headache for two days").await.unwrap();
    assert_eq!(
        (status, &answer["metadata"]["degraded"]),
        (200, &true.into()),
        "{answer}"
    );

    let parts = children(id);
    let (model, _) = parts
        .iter()
        .find(|(_, subcommand)| subcommand == "inference-host")
        .unwrap();
    Process::signal(*model, "-KILL");
    while TcpListener::bind(inference).is_err() {
        tokio::task::yield_now().await;
    }
    let (status, answer) = api
        .send(&token, "crushing chest pain and I can't breathe")
        .await
        .unwrap();
    assert_eq!(
        (status, &answer["metadata"]["emergency_detected"]),
        (200, &true.into()),
        "{answer}"
    );
    assert_eq!(api.send(&token, "I have a cold").await.unwrap().0, 503);
    assert_eq!(
        api.history(&token).await.last().unwrap(),
        &("I have a cold".to_owned(), "unanswered".to_owned())
    );

    Process::signal(id, "-TERM");
    assert!(system.ended().await.success());
    for (child, subcommand) in parts {
        assert!(
            !Path::new(&format!("/proc/{child}")).exists(),
            "{subcommand} is still there"
        );
    }
    assert!(TcpListener::bind(listen).is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_parts_do_not_outlive_a_parent_that_was_killed() {
    tokio::task::spawn_blocking(build_components).await.unwrap();
    let state = tempfile::tempdir().unwrap();
    let (listen, inference) = (free(), free());
    let mut system = up(listen, inference, state.path());
    Api::at(listen).ready(&mut system, false).await;
    Process::signal(system.id(), "-KILL");
    while TcpListener::bind(listen).is_err() || TcpListener::bind(inference).is_err() {
        tokio::task::yield_now().await;
    }
}

/// What the command says where it cannot start.
async fn complaint(listen: SocketAddr, state: &Path) -> String {
    let mut command = medchat();
    command.args([
        "up",
        "--no-build",
        "--listen",
        &listen.to_string(),
        "--inference-listen",
        "127.0.0.1:0",
    ]);
    command
        .arg("--state")
        .arg(state)
        .env("MEDCHAT_MANIFEST", manifest())
        .stderr(Stdio::piped());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test]
async fn a_taken_port_is_named_with_the_flag_that_changes_it() {
    let state = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let said = complaint(taken.local_addr().unwrap(), state.path()).await;
    assert!(said.contains("is in use") && said.contains("--listen"), "{said}");
}

#[tokio::test]
async fn a_state_directory_that_cannot_be_written_to_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let said = complaint(free(), &file).await;
    assert!(
        said.contains("cannot be written to") && said.contains("--state"),
        "{said}"
    );
}
