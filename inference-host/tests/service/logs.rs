//! What is logged, and what never is.

use std::{
    io,
    sync::{Arc, LazyLock, Mutex},
};

use medchat_fake_ollama::Reply;
use medchat_inference_api::{ChatMessage, ChatRequest};
use serde_json::Value;
use tracing::level_filters::LevelFilter;

use crate::harness::ollama_and_host;

/// What all tests of this program log, down to the last detail. One log for all, because whether an event is of
/// interest is remembered for all threads alike.
pub static LOG: LazyLock<Log> = LazyLock::new(|| {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_max_level(LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .init();
    log
});

#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

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

    /// The lines with this message that belong to this request.
    fn lines(&self, message: &str, request_id: &str) -> Vec<Value> {
        let text = self.text();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines
            .filter(|line| line["message"] == message && line["span"]["request_id"] == request_id)
            .collect()
    }
}

#[tokio::test]
async fn a_request_is_one_line_under_its_id() {
    let (_ollama, host) = ollama_and_host(|_| {}).await;
    let question = ChatRequest::new(vec![ChatMessage::user("my head hurts")]);
    host.asking(&question)
        .header("x-request-id", "one-line")
        .send()
        .await
        .unwrap();
    let lines = LOG.lines("request", "one-line");
    let [line] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!(
        (&line["route"], &line["status"]),
        (&"/v1/chat/completions".into(), &200.into())
    );
}

#[tokio::test]
async fn the_end_of_a_generation_is_logged_under_the_same_id() {
    let (_ollama, host) = ollama_and_host(|_| {}).await;
    let question = ChatRequest {
        stream: true,
        ..ChatRequest::new(vec![ChatMessage::user("my head hurts")])
    };
    let response = host
        .asking(&question)
        .header("x-request-id", "the-end")
        .send()
        .await
        .unwrap();
    response.bytes().await.unwrap();
    let ends = LOG.lines("generation ended", "the-end");
    let [end] = &ends[..] else { panic!("{ends:?}") };
    assert_eq!(end["outcome"], "complete");
}

#[tokio::test]
async fn no_word_of_a_conversation_is_logged_at_any_level() {
    let (ollama, host) = ollama_and_host(|_| {}).await;
    for reply in [
        Reply::words(["axolotl answer"]),
        Reply::words_then_cut(["axolotl answer"]),
        Reply::words_then_error(["axolotl answer"], "axolotl error"),
        Reply::failure(500, "axolotl error"),
    ] {
        ollama.reply_with(reply);
        host.answer("axolotl question").await;
    }
    assert!(LOG.text().contains("generation ended"));
    assert!(!LOG.text().contains("axolotl"), "{}", LOG.text());
}
