//! What the readiness probe says.

use std::time::Duration;

use medchat_fake_ollama::{MODEL, Reply, Wait};
use medchat_inference_api::{ChatBackend, OllamaState, Readiness, ReadinessStatus};

use crate::harness::{DeadPort, HEADACHE, Host, NEVER, config, ollama_and_host};

fn summary((code, readiness): &(u16, Readiness)) -> (u16, ReadinessStatus, ChatBackend, OllamaState) {
    (*code, readiness.status, readiness.chat.backend, readiness.chat.ollama)
}

#[tokio::test]
async fn with_the_model_the_host_is_ready() {
    let (_ollama, host) = ollama_and_host(|_| {}).await;
    let found = host.readiness().await;
    assert_eq!(
        summary(&found),
        (200, ReadinessStatus::Ready, ChatBackend::Ollama, OllamaState::Connected)
    );
    assert_eq!(found.1.chat.model, MODEL);
    assert_eq!(host.metric("ollama_up").await, 1.0);
}

#[tokio::test]
async fn without_an_ollama_it_is_degraded() {
    let nobody = DeadPort::hold();
    let host = Host::start(config(&nobody.url())).await;
    let found = host.readiness().await;
    assert_eq!(
        summary(&found),
        (
            200,
            ReadinessStatus::Degraded,
            ChatBackend::Builtin,
            OllamaState::Unreachable
        )
    );
    assert!(found.1.chat.model.starts_with("medchat-builtin/"));
    assert_eq!(host.metric("ollama_up").await, 0.0);
}

#[tokio::test]
async fn without_the_model_it_is_degraded() {
    let (ollama, host) = ollama_and_host(|_| {}).await;
    ollama.set_models(["llama3:latest"]);
    let found = host.readiness().await;
    assert_eq!(
        summary(&found),
        (
            200,
            ReadinessStatus::Degraded,
            ChatBackend::Builtin,
            OllamaState::ModelMissing
        )
    );
}

#[tokio::test]
async fn with_ollama_disabled_it_is_degraded() {
    let found = Host::start(config("none")).await.readiness().await;
    assert_eq!(
        summary(&found),
        (
            200,
            ReadinessStatus::Degraded,
            ChatBackend::Builtin,
            OllamaState::Disabled
        )
    );
}

#[tokio::test]
async fn without_ollama_and_without_fallback_it_is_unready() {
    let nobody = DeadPort::hold();
    let mut config = config(&nobody.url());
    config.no_fallback = true;
    let found = Host::start(config).await.readiness().await;
    assert_eq!(
        summary(&found),
        (
            503,
            ReadinessStatus::Unready,
            ChatBackend::Ollama,
            OllamaState::Unreachable
        )
    );
}

#[tokio::test]
async fn an_ollama_that_says_nothing_does_not_hold_up_the_probe() {
    let (ollama, host) = ollama_and_host(|config| config.probe_timeout = Duration::from_millis(20)).await;
    ollama.hold_tags(Wait::Forever);
    let found = host.readiness().await;
    assert_eq!(summary(&found).3, OllamaState::Unreachable);
}

#[tokio::test]
async fn an_open_breaker_is_degraded() {
    let (ollama, host) = ollama_and_host(|config| {
        config.breaker_failures = 1;
        config.breaker_cooldown = NEVER;
    })
    .await;
    ollama.reply_with(Reply::failure(500, "llama runner process has terminated"));
    host.answer(HEADACHE).await;
    let found = host.readiness().await;
    assert_eq!(
        summary(&found),
        (
            200,
            ReadinessStatus::Degraded,
            ChatBackend::Builtin,
            OllamaState::Connected
        )
    );
}

#[tokio::test]
async fn many_questions_cost_one_probe_while_its_outcome_is_good() {
    let (ollama, host) = ollama_and_host(|config| config.probe_ttl = NEVER).await;
    for _ in 0..5 {
        host.readiness().await;
    }
    assert_eq!(ollama.tag_lists(), 1);
}

#[tokio::test]
async fn an_ollama_that_was_there_is_not_probed_before_each_answer() {
    let (ollama, host) = ollama_and_host(|_| {}).await;
    host.readiness().await;
    let probes = ollama.tag_lists();
    for _ in 0..3 {
        host.answer(HEADACHE).await;
    }
    assert_eq!(ollama.tag_lists(), probes);
}
