//! What the fake says to a chat request, step by step.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::sync::Semaphore;

use crate::{
    MODEL,
    server::{last_line, line_of_words},
};

/// One scripted reply to `POST /api/chat`.
#[derive(Debug, Clone)]
pub struct Reply {
    pub(crate) status: u16,
    pub(crate) before_headers: Wait,
    pub(crate) steps: Vec<Step>,
}

/// One step of a reply's body.
#[derive(Debug, Clone)]
pub enum Step {
    /// One line of the stream with these words, as the model writes them.
    Words(String),
    /// The line that ends a stream: `done`, with the counts.
    Done,
    /// These bytes as they are, in one write.
    Raw(Bytes),
    /// Says nothing for a while.
    Pause(Wait),
    /// Drops the connection.
    Cut,
}

/// How long the fake keeps silent.
#[derive(Debug, Clone)]
pub enum Wait {
    /// Not at all.
    No,
    /// For a time, which a paused tokio clock may shorten.
    For(Duration),
    /// Until the test lets go.
    Until(Hold),
    /// Until the client gives up.
    Forever,
}

impl Wait {
    pub(crate) async fn pass(&self) {
        match self {
            Self::No => {}
            Self::For(time) => tokio::time::sleep(*time).await,
            Self::Until(hold) => hold.passed().await,
            Self::Forever => std::future::pending().await,
        }
    }
}

/// Holds replies back until the test lets go of all of them, for good.
#[derive(Debug, Clone)]
pub struct Hold(Arc<Semaphore>);

impl Hold {
    /// Holds.
    #[allow(clippy::new_without_default, reason = "a default that blocks would surprise")]
    pub fn new() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }

    /// Lets go of every reply that waits or will wait.
    pub fn release(&self) {
        self.0.close();
    }

    async fn passed(&self) {
        // No permit is ever given, so this ends when the semaphore is closed, and only then.
        let _ = self.0.acquire().await;
    }
}

impl Reply {
    /// A stream of any steps.
    pub fn steps(steps: impl Into<Vec<Step>>) -> Self {
        Self {
            status: 200,
            before_headers: Wait::No,
            steps: steps.into(),
        }
    }

    /// A whole answer, one line for each piece.
    pub fn words<const N: usize>(pieces: [&str; N]) -> Self {
        Self::steps(Self::lines(pieces)).then(Step::Done)
    }

    /// An answer whose every byte comes in its own write, so that characters of several bytes arrive in parts.
    pub fn byte_by_byte<const N: usize>(pieces: [&str; N]) -> Self {
        let bytes = Self::raw_lines(pieces).into_iter();
        Self::steps(bytes.map(|byte| Step::Raw(Bytes::from(vec![byte]))).collect::<Vec<_>>())
    }

    /// A whole answer in a single write.
    pub fn words_in_one_write<const N: usize>(pieces: [&str; N]) -> Self {
        Self::steps([Step::Raw(Self::raw_lines(pieces).into())])
    }

    /// An error status with Ollama's error body.
    pub fn failure(status: u16, message: &str) -> Self {
        let body = serde_json::json!({ "error": message }).to_string();
        Self {
            status,
            before_headers: Wait::No,
            steps: vec![Step::Raw(body.into())],
        }
    }

    /// Accepts the request and never says a word.
    pub fn hang() -> Self {
        Self::steps([]).after(Wait::Forever)
    }

    /// Says these pieces, then never another word.
    pub fn words_then_hang<const N: usize>(pieces: [&str; N]) -> Self {
        Self::steps(Self::lines(pieces)).then(Step::Pause(Wait::Forever))
    }

    /// Says these pieces, then drops the connection; with none it drops it right after the headers.
    pub fn words_then_cut<const N: usize>(pieces: [&str; N]) -> Self {
        Self::steps(Self::lines(pieces)).then(Step::Cut)
    }

    /// Says these pieces, then a line that is no JSON.
    pub fn words_then_malformed_line<const N: usize>(pieces: [&str; N]) -> Self {
        Self::steps(Self::lines(pieces))
            .then(Step::Raw("{\"message\":{\"content\n".into()))
            .then(Step::Done)
    }

    /// Says these pieces, then reports an error inside the stream, as Ollama does once it has begun to answer.
    pub fn words_then_error<const N: usize>(pieces: [&str; N], message: &str) -> Self {
        let line = format!("{}\n", serde_json::json!({ "error": message }));
        Self::steps(Self::lines(pieces)).then(Step::Raw(line.into()))
    }

    /// Says these pieces, then begins a line of `length` bytes.
    pub fn words_then_long_line<const N: usize>(pieces: [&str; N], length: usize) -> Self {
        Self::steps(Self::lines(pieces))
            .then(Step::Raw(vec![b'x'; length].into()))
            .then(Step::Done)
    }

    /// Withholds the headers, as Ollama does while it loads a model.
    #[must_use]
    pub fn after(mut self, wait: Wait) -> Self {
        self.before_headers = wait;
        self
    }

    /// Adds a step.
    #[must_use]
    pub fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Lines that are scripted as bytes cannot repeat the name that the request asks for, so they name [`MODEL`].
    fn raw_lines<const N: usize>(pieces: [&str; N]) -> Vec<u8> {
        let lines = pieces.iter().map(|piece| line_of_words(MODEL, piece));
        lines.chain([last_line(MODEL, pieces.len())]).flatten().collect()
    }

    fn lines<const N: usize>(pieces: [&str; N]) -> Vec<Step> {
        pieces.map(|piece| Step::Words(piece.to_owned())).into()
    }
}
