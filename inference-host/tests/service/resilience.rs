//! Retries and the circuit breaker.

use std::time::Duration;

use medchat_fake_ollama::Reply;

use crate::harness::{HEADACHE, NEVER, ollama_and_host};

fn busy() -> Reply {
    Reply::failure(503, "server busy, please try again.  maximum pending requests exceeded")
}

fn crashed() -> Reply {
    Reply::failure(500, "llama runner process has terminated")
}

#[tokio::test]
async fn two_transient_faults_cost_two_retries_and_no_answer() {
    for fault in [
        busy(),
        crashed(),
        Reply::failure(502, "bad gateway"),
        Reply::words_then_cut([]),
    ] {
        let (ollama, host) = ollama_and_host(|_| {}).await;
        ollama.reply_once(fault.clone());
        ollama.reply_once(fault.clone());
        ollama.reply_with(Reply::words(["Rest."]));
        let answer = host.answer(HEADACHE).await;
        assert_eq!(answer.text(), Some("Rest."), "{fault:?}");
        assert_eq!(ollama.chats(), 3, "{fault:?}");
        assert_eq!(host.metric("retries_total").await, 2.0);
    }
}

#[tokio::test]
async fn an_error_in_the_first_line_is_transient_too() {
    let (ollama, host) = ollama_and_host(|_| {}).await;
    ollama.reply_once(Reply::words_then_error([], "unexpected EOF"));
    ollama.reply_with(Reply::words(["Rest."]));
    assert_eq!(host.answer(HEADACHE).await.text(), Some("Rest."));
    assert_eq!(ollama.chats(), 2);
}

#[tokio::test]
async fn the_third_fault_is_the_last() {
    let (ollama, host) = ollama_and_host(|_| {}).await;
    ollama.reply_with(busy());
    assert!(host.answer(HEADACHE).await.is_degraded());
    assert_eq!(ollama.chats(), 3);
}

#[tokio::test]
async fn a_request_that_ollama_refuses_is_not_repeated() {
    let (ollama, host) = ollama_and_host(|config| config.no_fallback = true).await;
    ollama.reply_with(Reply::failure(400, "invalid options"));
    assert_eq!(host.ask(HEADACHE).await.status(), 502);
    assert_eq!(ollama.chats(), 1);
}

#[tokio::test]
async fn an_ollama_that_keeps_failing_is_left_alone() {
    let (ollama, host) = ollama_and_host(|config| {
        config.breaker_failures = 2;
        config.breaker_cooldown = NEVER;
    })
    .await;
    ollama.reply_with(crashed());
    for _ in 0..2 {
        host.answer(HEADACHE).await;
    }
    assert_eq!(host.metric("breaker_state").await, 2.0);
    let asked = ollama.chats();
    ollama.reply_with(Reply::words(["Rest."]));
    assert!(host.answer(HEADACHE).await.is_degraded());
    assert_eq!(ollama.chats(), asked);
}

#[tokio::test]
async fn after_the_cooldown_a_success_closes_the_breaker() {
    let (ollama, host) = ollama_and_host(|config| {
        config.breaker_failures = 2;
        config.breaker_cooldown = Duration::ZERO;
    })
    .await;
    ollama.reply_with(crashed());
    for _ in 0..2 {
        host.answer(HEADACHE).await;
    }
    assert_eq!(host.metric("breaker_state").await, 1.0);
    ollama.reply_with(Reply::words(["Rest."]));
    assert_eq!(host.answer(HEADACHE).await.text(), Some("Rest."));
    assert_eq!(host.metric("breaker_state").await, 0.0);
}

#[tokio::test]
async fn answers_that_always_break_off_open_the_breaker() {
    let (ollama, host) = ollama_and_host(|config| {
        config.breaker_failures = 2;
        config.breaker_cooldown = NEVER;
    })
    .await;
    ollama.reply_with(Reply::words_then_cut(["Drink "]));
    for _ in 0..2 {
        host.answer(HEADACHE).await;
    }
    assert_eq!(host.metric("breaker_state").await, 2.0);
}

#[tokio::test]
async fn an_open_breaker_is_an_error_when_there_is_no_fallback() {
    let (ollama, host) = ollama_and_host(|config| {
        config.no_fallback = true;
        config.breaker_failures = 1;
        config.breaker_cooldown = NEVER;
    })
    .await;
    ollama.reply_with(crashed());
    assert_eq!(host.ask(HEADACHE).await.status(), 502);
    assert_eq!(host.ask(HEADACHE).await.status(), 503);
}
