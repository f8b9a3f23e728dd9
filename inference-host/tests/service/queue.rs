//! Waiting for a generation to end, and leaving before that.

use std::{sync::Arc, time::Duration};

use medchat_fake_ollama::{FakeOllama, Hold, Reply, Wait};

use crate::harness::{HEADACHE, Host, config, error_code, ollama_and_host};

/// A host that runs one generation and lets one request wait, and an Ollama that answers when let go.
async fn narrow() -> (FakeOllama, Arc<Host>, Hold) {
    let (ollama, host) = ollama_and_host(|config| {
        config.concurrency = 1;
        config.queue = 1;
    })
    .await;
    let hold = Hold::new();
    ollama.reply_with(Reply::words(["Rest."]).after(Wait::Until(hold.clone())));
    (ollama, Arc::new(host), hold)
}

fn asking(host: &Arc<Host>) -> tokio::task::JoinHandle<medchat_inference_api::ChatResponse> {
    let host = Arc::clone(host);
    tokio::spawn(async move { host.answer(HEADACHE).await })
}

#[tokio::test]
async fn a_full_queue_turns_away_with_a_time_to_come_back() {
    let (ollama, host, hold) = narrow().await;
    let running = asking(&host);
    ollama.chats_reached(1).await;
    let waiting = asking(&host);
    host.metric_reaches("queue_depth", 1.0).await;
    assert_eq!(host.metric("generations_in_flight").await, 1.0);

    let response = host.ask(HEADACHE).await;
    assert_eq!(response.status(), 429);
    assert!(response.headers().contains_key("retry-after"));
    assert_eq!(error_code(response).await, "queue_full");

    hold.release();
    for answered in [running, waiting] {
        assert_eq!(answered.await.unwrap().text(), Some("Rest."));
    }
    assert_eq!(
        (
            host.metric("queue_depth").await,
            host.metric("generations_in_flight").await
        ),
        (0.0, 0.0)
    );
}

#[tokio::test]
async fn waiting_in_the_queue_ends_with_503() {
    let (ollama, host) = ollama_and_host(|config| {
        config.concurrency = 1;
        config.queue_timeout = Duration::from_millis(20);
    })
    .await;
    ollama.reply_with(Reply::hang());
    let host = Arc::new(host);
    let _running = asking(&host);
    ollama.chats_reached(1).await;
    let response = host.ask(HEADACHE).await;
    assert_eq!(response.status(), 503);
    assert!(response.headers().contains_key("retry-after"));
    assert_eq!(error_code(response).await, "queue_timeout");
}

#[tokio::test]
async fn a_client_that_leaves_the_queue_is_never_answered() {
    let (ollama, host, hold) = narrow().await;
    let running = asking(&host);
    ollama.chats_reached(1).await;
    let leaving = asking(&host);
    host.metric_reaches("queue_depth", 1.0).await;
    leaving.abort();
    host.metric_reaches("queue_depth", 0.0).await;
    hold.release();
    running.await.unwrap();
    assert_eq!(ollama.chats(), 1);
}

#[tokio::test]
async fn a_client_that_leaves_before_the_first_word_cancels_the_generation() {
    let (ollama, host, _hold) = narrow().await;
    let leaving = asking(&host);
    ollama.chats_reached(1).await;
    leaving.abort();
    ollama.cancellations_reached(1).await;
    host.metric_reaches("generations_total{backend=\"ollama\",outcome=\"cancelled\"}", 1.0)
        .await;
    assert_eq!(host.metric("generations_in_flight").await, 0.0);
}

#[tokio::test]
async fn a_client_that_leaves_a_stream_cancels_the_generation() {
    let (ollama, host, _hold) = narrow().await;
    ollama.reply_with(Reply::words_then_hang(["Drink "]));
    let mut stream = host.stream(HEADACHE).await;
    assert!(stream.chunk().await.unwrap().is_some());
    assert_eq!(ollama.cancellations(), 0);
    drop(stream);
    ollama.cancellations_reached(1).await;
    host.metric_reaches("generations_in_flight", 0.0).await;
}

#[tokio::test]
async fn clients_that_leave_do_not_open_the_breaker() {
    let (ollama, host) = ollama_and_host(|config| config.breaker_failures = 1).await;
    ollama.reply_with(Reply::words_then_hang(["Drink "]));
    let mut stream = host.stream(HEADACHE).await;
    stream.chunk().await.unwrap();
    drop(stream);
    ollama.cancellations_reached(1).await;
    host.metric_reaches("generations_in_flight", 0.0).await;
    assert_eq!(host.metric("breaker_state").await, 0.0);
}

#[tokio::test]
async fn reference_text_takes_no_place_in_the_queue() {
    let mut config = config("none");
    config.concurrency = 1;
    config.queue = 0;
    let host = Arc::new(Host::start(config).await);
    let all: Vec<_> = (0..8).map(|_| asking(&host)).collect();
    for answered in all {
        assert!(answered.await.unwrap().is_degraded());
    }
}

#[tokio::test]
async fn answers_that_are_under_way_are_given_before_the_host_stops() {
    let (ollama, mut host) = ollama_and_host(|_| {}).await;
    let rest = Hold::new();
    ollama.reply_with(
        Reply::steps([medchat_fake_ollama::Step::Words("Drink ".into())])
            .then(medchat_fake_ollama::Step::Pause(Wait::Until(rest.clone())))
            .then(medchat_fake_ollama::Step::Words("water.".into()))
            .then(medchat_fake_ollama::Step::Done),
    );
    let mut stream = host.stream(HEADACHE).await;
    stream.chunk().await.unwrap();
    host.tell_to_stop();
    rest.release();
    let events = crate::harness::events(stream).await;
    assert_eq!(events.last().map(String::as_str), Some("[DONE]"));
    host.stopped().await;
}

#[tokio::test]
async fn a_host_stops_in_the_end_even_if_an_answer_does_not() {
    let (ollama, mut host) = ollama_and_host(|config| config.shutdown_grace = Duration::from_millis(20)).await;
    ollama.reply_with(Reply::words_then_hang(["Drink "]));
    let _stream = host.stream(HEADACHE).await;
    host.tell_to_stop();
    host.stopped().await;
}
