//! What is logged, and what never is.

use std::{
    io,
    sync::{Arc, Mutex},
};

use medchat_fake_ollama::Reply;
use medchat_inference_api::{ChatMessage, ChatRequest};
use serde_json::Value;
use tracing::level_filters::LevelFilter;

use crate::harness::ollama_and_host;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// Everything that this thread logs, down to the last detail of every crate.
fn record() -> (Log, tracing::subscriber::DefaultGuard) {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_max_level(LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    (log, tracing::subscriber::set_default(subscriber))
}

#[tokio::test]
async fn a_request_is_one_line_under_its_id() {
    let (log, _guard) = record();
    let (_ollama, host) = ollama_and_host(|_| {}).await;
    let question = ChatRequest::new(vec![ChatMessage::user("my head hurts")]);
    host.asking(&question)
        .header("x-request-id", "request-1")
        .send()
        .await
        .unwrap();
    let lines: Vec<Value> = log
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of_request = lines
        .iter()
        .filter(|line| line["message"] == "request")
        .collect::<Vec<_>>();
    let [line] = of_request[..] else {
        panic!("{of_request:?}")
    };
    assert_eq!(
        (&line["route"], &line["status"]),
        (&"/v1/chat/completions".into(), &200.into())
    );
    assert_eq!(line["span"]["request_id"], "request-1");
}

#[tokio::test]
async fn the_end_of_a_generation_is_logged_under_the_same_id() {
    let (log, _guard) = record();
    let (_ollama, host) = ollama_and_host(|_| {}).await;
    let question = ChatRequest {
        stream: true,
        ..ChatRequest::new(vec![ChatMessage::user("my head hurts")])
    };
    let response = host
        .asking(&question)
        .header("x-request-id", "request-2")
        .send()
        .await
        .unwrap();
    response.bytes().await.unwrap();
    let lines: Vec<Value> = log
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let end = lines.iter().find(|line| line["message"] == "generation ended").unwrap();
    assert_eq!(end["outcome"], "complete");
    assert_eq!(end["span"]["request_id"], "request-2");
}

#[tokio::test]
async fn no_word_of_a_conversation_is_logged_at_any_level() {
    let (log, _guard) = record();
    let (ollama, host) = ollama_and_host(|_| {}).await;
    for reply in [
        Reply::words(["zebrafish answer"]),
        Reply::words_then_cut(["zebrafish answer"]),
        Reply::words_then_error(["zebrafish answer"], "zebrafish error"),
        Reply::failure(500, "zebrafish error"),
    ] {
        ollama.reply_with(reply);
        host.answer("zebrafish question").await;
    }
    assert!(log.text().contains("generation ended"));
    assert!(!log.text().contains("zebrafish"), "{}", log.text());
}
