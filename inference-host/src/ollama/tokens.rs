//! The words of an answer as Ollama streams them: one JSON object a line.

use std::{fmt, io, pin::Pin, time::Duration};

use futures::{Stream, StreamExt, TryStreamExt};
use reqwest::Response;
use tokio::time::timeout;
use tokio_util::{
    codec::{FramedRead, LinesCodec, LinesCodecError},
    io::StreamReader,
};

use super::{OllamaError, Piece, wire::Line};

/// A line holds one token and some figures, so a longer one is not Ollama's, and memory is not given to it.
const LONGEST_LINE: usize = 64 * 1024;

type Lines = Pin<Box<dyn Stream<Item = Result<String, LinesCodecError>> + Send>>;

/// An answer that has begun. Dropping it closes the connection, which makes Ollama stop.
pub(crate) struct Tokens {
    lines: Lines,
    idle_timeout: Duration,
    /// What was read and not yet handed on, the next one last.
    ready: Vec<Piece>,
}

impl Tokens {
    /// Reads up to the first words.
    pub(super) async fn begin(response: Response, idle_timeout: Duration) -> Result<Self, OllamaError> {
        let bytes = response.bytes_stream().map_err(io::Error::other);
        let lines = FramedRead::new(StreamReader::new(bytes), LinesCodec::new_with_max_length(LONGEST_LINE));
        let mut tokens = Self {
            lines: Box::pin(lines),
            idle_timeout,
            ready: Vec::new(),
        };
        while tokens.ready.is_empty() {
            tokens.read_line().await?;
        }
        match tokens.ready.last() {
            Some(Piece::Words(_)) => Ok(tokens),
            _ => Err(OllamaError::Empty),
        }
    }

    /// The next words, or the end; after the end or an error there is nothing to ask for.
    pub async fn next(&mut self) -> Result<Piece, OllamaError> {
        loop {
            if let Some(piece) = self.ready.pop() {
                return Ok(piece);
            }
            timeout(self.idle_timeout, self.read_line())
                .await
                .map_err(|_elapsed| OllamaError::Silent)??;
        }
    }

    async fn read_line(&mut self) -> Result<(), OllamaError> {
        let line = match self.lines.next().await {
            Some(Ok(line)) => line,
            Some(Err(LinesCodecError::MaxLineLengthExceeded)) => return Err(OllamaError::Malformed),
            // The codec's word for bytes that are no UTF-8.
            Some(Err(LinesCodecError::Io(error))) if error.kind() == io::ErrorKind::InvalidData => {
                return Err(OllamaError::Malformed);
            }
            Some(Err(LinesCodecError::Io(_))) | None => return Err(OllamaError::Cut),
        };
        if line.is_empty() {
            return Ok(());
        }
        let line: Line = serde_json::from_str(&line).map_err(|_| OllamaError::Malformed)?;
        if line.error.is_some() {
            return Err(OllamaError::Reported);
        }
        if line.done {
            self.ready.push(Piece::End(line.finish_reason(), line.usage()));
        }
        if let Some(message) = line.message.filter(|message| !message.content.is_empty()) {
            self.ready.push(Piece::Words(message.content));
        }
        Ok(())
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not what is ready: those are words of a consultation.
        formatter.debug_struct("Tokens").finish_non_exhaustive()
    }
}
