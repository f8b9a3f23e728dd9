//! What comes back when Ollama fails while it answers.

use std::time::Duration;

use medchat_fake_ollama::{Hold, Reply, Wait};
use medchat_inference_api::{ErrorBody, routes};

use crate::harness::{DeadPort, HEADACHE, Host, NEVER, chunk, config, error_code, events, ollama_and_host};

/// Long enough for a test, short enough to wait for.
const SOON: Duration = Duration::from_millis(50);

/// Every way to fail after the first words, with what is said of it.
fn breaks() -> [(Reply, u16, &'static str); 5] {
    [
        (Reply::words_then_cut(["Drink "]), 502, "model_failed"),
        (Reply::words_then_malformed_line(["Drink "]), 502, "model_failed"),
        (
            Reply::words_then_error(["Drink "], "an error was encountered while running the model"),
            502,
            "model_failed",
        ),
        (
            Reply::words_then_long_line(["Drink "], 1024 * 1024),
            502,
            "model_failed",
        ),
        (Reply::words_then_hang(["Drink "]), 504, "model_timeout"),
    ]
}

#[tokio::test]
async fn a_broken_answer_is_replaced_from_reference_text_while_the_client_has_seen_nothing() {
    let (ollama, host) = ollama_and_host(|config| {
        config.idle_timeout = SOON;
        config.breaker_failures = u32::MAX;
    })
    .await;
    for (reply, _, _) in breaks() {
        ollama.reply_with(reply.clone());
        let asked = ollama.chats();
        let answer = host.answer(HEADACHE).await;
        assert_eq!(ollama.chats(), asked + 1);
        assert!(answer.is_degraded(), "{reply:?}");
        assert!(!answer.text().unwrap().starts_with("Drink "));
    }
}

#[tokio::test]
async fn a_broken_answer_is_an_error_when_there_is_no_fallback() {
    let (ollama, host) = ollama_and_host(|config| {
        config.idle_timeout = SOON;
        config.no_fallback = true;
        config.breaker_failures = u32::MAX;
    })
    .await;
    for (reply, status, code) in breaks() {
        ollama.reply_with(reply);
        let response = host.ask(HEADACHE).await;
        assert_eq!(response.status(), status);
        assert!(response.headers().contains_key("retry-after"));
        assert_eq!(error_code(response).await, code);
    }
}

#[tokio::test]
async fn a_stream_that_breaks_off_ends_with_an_error_event_and_without_the_mark() {
    let (ollama, host) = ollama_and_host(|config| {
        config.idle_timeout = SOON;
        config.breaker_failures = u32::MAX;
    })
    .await;
    for (reply, _, code) in breaks() {
        ollama.reply_with(reply);
        let response = host.stream(HEADACHE).await;
        assert_eq!(response.status(), 200);
        let events = events(response).await;
        assert_eq!(events.len(), 2, "{events:?}");
        assert_eq!(chunk(&events[0]).choices[0].delta.content.as_deref(), Some("Drink "));
        let error: ErrorBody = serde_json::from_str(&events[1]).unwrap();
        assert_eq!(error.error.code.as_deref(), Some(code));
        assert!(!events.iter().any(|event| event == routes::STREAM_END));
    }
}

#[tokio::test]
async fn nothing_is_asked_again_once_the_model_has_begun() {
    let (ollama, host) = ollama_and_host(|config| {
        config.idle_timeout = SOON;
        config.breaker_failures = u32::MAX;
    })
    .await;
    for (asked, (reply, _, _)) in (1..).zip(breaks()) {
        ollama.reply_with(reply);
        events(host.stream(HEADACHE).await).await;
        assert_eq!(ollama.chats(), asked);
    }
}

#[tokio::test]
async fn an_ollama_that_never_begins_is_given_up_and_not_asked_again() {
    let (ollama, host) = ollama_and_host(|config| {
        config.first_token_timeout = SOON;
        config.no_fallback = true;
    })
    .await;
    ollama.reply_with(Reply::hang());
    let response = host.ask(HEADACHE).await;
    assert_eq!(response.status(), 504);
    assert_eq!(error_code(response).await, "model_timeout");
    assert_eq!(ollama.chats(), 1);
    ollama.cancellations_reached(1).await;
}

#[tokio::test]
async fn a_model_may_take_longer_to_load_than_ollama_may_be_silent_later() {
    // With no patience at all after the first word, waiting for that word cannot be a matter of the same patience.
    let (ollama, host) = ollama_and_host(|config| config.idle_timeout = Duration::ZERO).await;
    let load = Hold::new();
    ollama.reply_with(Reply::words_in_one_write(["Rest."]).after(Wait::Until(load.clone())));
    let (answer, ()) = tokio::join!(host.answer(HEADACHE), async {
        ollama.chats_reached(1).await;
        load.release();
    });
    assert_eq!(answer.text(), Some("Rest."));
    assert!(!answer.is_degraded());
}

#[tokio::test]
async fn an_answer_without_a_word_is_no_answer() {
    let (ollama, host) = ollama_and_host(|_| {}).await;
    ollama.reply_with(Reply::words([]));
    assert!(host.answer(HEADACHE).await.is_degraded());
    ollama.reply_with(Reply::words(["", "Rest."]));
    assert_eq!(host.answer(HEADACHE).await.text(), Some("Rest."));
}

#[tokio::test]
async fn no_ollama_is_an_error_when_there_is_no_fallback() {
    let nobody = DeadPort::hold();
    let mut config = config(&nobody.url());
    config.no_fallback = true;
    let host = Host::start(config).await;
    let response = host.ask(HEADACHE).await;
    assert_eq!(response.status(), 503);
    assert!(response.headers().contains_key("retry-after"));
    assert_eq!(error_code(response).await, "model_unavailable");
    assert_eq!(host.metric("retries_total").await, 2.0);
}

#[tokio::test]
async fn a_missing_model_is_an_error_when_there_is_no_fallback() {
    let (ollama, host) = ollama_and_host(|config| config.no_fallback = true).await;
    ollama.set_models([]);
    let response = host.ask(HEADACHE).await;
    assert_eq!(response.status(), 503);
    assert_eq!(error_code(response).await, "model_unavailable");
    assert_eq!(ollama.chats(), 1);
}

#[tokio::test]
async fn an_ollama_that_answers_no_probe_is_asked_all_the_same() {
    let ollama = medchat_fake_ollama::FakeOllama::start().await;
    ollama.hold_tags(Wait::Forever);
    let mut config = config(&ollama.url());
    config.probe_timeout = SOON;
    config.probe_ttl = NEVER;
    let host = Host::start(config).await;
    assert!(!host.answer(HEADACHE).await.is_degraded());
}
