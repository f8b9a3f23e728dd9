//! The edge host dies without warning.

use medchat_fake_ollama::{FakeOllama, Hold, Reply, Wait};
use tokio::net::TcpListener;

use crate::{Api, Process, build_components, free, manifest, medchat};

const INFERENCE_KEY: &str = "an-inference-key-for-tests";

async fn start_inference(ollama: &FakeOllama) -> String {
    let mut config = medchat_inference_host::Config::from_env().unwrap();
    config.key = Some(INFERENCE_KEY.parse().unwrap());
    config.ollama_url = ollama.url().parse().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(medchat_inference_host::serve(config, listener, std::future::pending()));
    url
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_message_that_was_accepted_is_in_the_history_after_a_crash() {
    tokio::task::spawn_blocking(build_components).await.unwrap();
    let ollama = FakeOllama::start().await;
    let inference = start_inference(&ollama).await;
    let state = tempfile::tempdir().unwrap();
    let address = free();
    let start = || {
        let mut command = medchat();
        command
            .arg("edge-host")
            .env("MEDCHAT_EDGE_MANIFEST", manifest())
            .env("MEDCHAT_EDGE_STATE_DIRECTORY", state.path())
            .env("MEDCHAT_EDGE_LISTEN", address.to_string())
            .env(
                "SPIN_VARIABLE_SIGNING_KEY",
                "a signing key for tests, and for nothing but tests",
            )
            .env("SPIN_VARIABLE_INFERENCE_URL", &inference)
            .env("SPIN_VARIABLE_INFERENCE_KEY", INFERENCE_KEY);
        Process::start(&mut command)
    };
    let mut edge = start();
    let api = Api::at(address);
    api.ready(&mut edge, true).await;
    let token = api.log_in().await;
    assert_eq!(api.send(&token, "my nose runs").await.unwrap().0, 200);

    ollama.reply_with(Reply::words(["Rest."]).after(Wait::Until(Hold::new())));
    let asked = tokio::spawn({
        let (api, token) = (Api::at(address), token.clone());
        async move { api.send(&token, "my ear hurts").await.is_ok() }
    });
    ollama.chats_reached(2).await;
    Process::signal(edge.id(), "-KILL");
    assert!(!asked.await.unwrap(), "answered by a dead process");
    drop(edge);

    let mut edge = start();
    api.ready(&mut edge, true).await;
    let turn = |message: &str, status: &str| (message.to_owned(), status.to_owned());
    assert_eq!(
        api.history(&token).await,
        [turn("my nose runs", "answered"), turn("my ear hurts", "unanswered")]
    );
}
