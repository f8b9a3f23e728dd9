//! Ollama's native API, as a client.
//!
//! The answer is always streamed: a stream can be cancelled, its silence noticed, and its end told from a broken
//! connection. `ollama-rs` is not used because it loses text when a chunk ends within a character, and swallows errors
//! that Ollama reports inside the stream.

mod tokens;
mod wire;

use std::time::Duration;

use medchat_inference_api::{ChatRequest, FinishReason, Usage};
use reqwest::{Client, Response, StatusCode, Url, redirect};
use thiserror::Error;
use tokio::time::timeout;

use crate::config::Config;
pub(crate) use tokens::Tokens;
use wire::{NativeRequest, Options, TagList};

/// A client of one Ollama for one model.
#[derive(Debug, Clone)]
pub(crate) struct Ollama {
    http: Client,
    chat: Url,
    tags: Url,
    model: String,
    keep_alive: String,
    num_ctx: u32,
    temperature: f32,
    max_tokens: u32,
    first_token_timeout: Duration,
    idle_timeout: Duration,
    probe_timeout: Duration,
}

/// What Ollama says next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Words of the answer.
    Words(String),
    /// The answer is complete.
    End(FinishReason, Usage),
}

/// Why Ollama gave no answer. What Ollama itself says about it stays in Ollama's log: it may repeat the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum OllamaError {
    /// No connection could be made.
    #[error("Ollama cannot be reached")]
    Unreachable,
    /// It has not pulled the model.
    #[error("Ollama does not have the model")]
    ModelMissing,
    /// It refuses this request, and would refuse it again.
    #[error("Ollama refused the request with status {0}")]
    Refused(StatusCode),
    /// It failed before it said a word.
    #[error("Ollama failed with status {0}")]
    Failed(StatusCode),
    /// The first word did not come in time.
    #[error("Ollama took too long to begin")]
    NoFirstToken,
    /// After the first word it fell silent.
    #[error("Ollama fell silent")]
    Silent,
    /// The connection broke off before the answer was complete.
    #[error("the connection to Ollama broke off")]
    Cut,
    /// What it said is not its wire format.
    #[error("Ollama sent something that is not its wire format")]
    Malformed,
    /// It reported an error inside the stream.
    #[error("Ollama reported an error while it answered")]
    Reported,
    /// It ended its answer without a word.
    #[error("Ollama's answer was empty")]
    Empty,
}

impl OllamaError {
    /// Whether the same request may well succeed a moment later, given that no word was said.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable | Self::Failed(_) | Self::Cut | Self::Reported)
    }

    /// Whether it speaks against Ollama as a whole, not just against this request or this model.
    pub fn is_fault_of_ollama(&self) -> bool {
        !matches!(self, Self::ModelMissing | Self::Refused(_))
    }
}

/// What a probe has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    /// It answers and has the model.
    Connected,
    /// It answers and does not have the model.
    ModelMissing,
    /// No connection can be made.
    Absent,
    /// A connection can be made, yet it does not answer as it should: busy perhaps, or stuck.
    Silent,
}

impl Ollama {
    pub fn new(config: &Config, base: &Url) -> Result<Self, reqwest::Error> {
        let http = Client::builder()
            // What patients say goes to Ollama and to nobody in between, whatever proxy this machine has for the web.
            .no_proxy()
            .connect_timeout(config.connect_timeout)
            .redirect(redirect::Policy::none())
            .tcp_nodelay(true)
            .build()?;
        let join = |path: &str| base.join(path).expect("a base URL takes a relative path");
        Ok(Self {
            http,
            chat: join("api/chat"),
            tags: join("api/tags"),
            model: config.model.clone(),
            keep_alive: config.keep_alive.clone(),
            num_ctx: config.num_ctx,
            temperature: config.temperature,
            max_tokens: config.max_tokens,
            first_token_timeout: config.first_token_timeout,
            idle_timeout: config.idle_timeout,
            probe_timeout: config.probe_timeout,
        })
    }

    pub fn model(&self) -> &str {
        &self.model
    }

    /// Asks, and waits for the first words. Dropping the future or the tokens makes Ollama stop.
    pub async fn ask(&self, request: &ChatRequest) -> Result<Tokens, OllamaError> {
        let begun = async {
            let response = self.post(request).await?;
            Tokens::begin(response, self.idle_timeout).await
        };
        timeout(self.first_token_timeout, begun)
            .await
            .map_err(|_elapsed| OllamaError::NoFirstToken)?
    }

    async fn post(&self, request: &ChatRequest) -> Result<Response, OllamaError> {
        let body = NativeRequest {
            model: &self.model,
            messages: &request.messages,
            stream: true,
            keep_alive: &self.keep_alive,
            options: Options {
                num_ctx: self.num_ctx,
                temperature: request.temperature.unwrap_or(self.temperature),
                num_predict: request
                    .max_tokens
                    .map_or(self.max_tokens, |asked| asked.min(self.max_tokens)),
            },
        };
        let response = self
            .http
            .post(self.chat.clone())
            .json(&body)
            .send()
            .await
            .map_err(|error| {
                if error.is_connect() {
                    OllamaError::Unreachable
                } else {
                    OllamaError::Cut
                }
            })?;
        match response.status() {
            status if status.is_success() => Ok(response),
            StatusCode::NOT_FOUND => Err(OllamaError::ModelMissing),
            status if status.is_server_error() => Err(OllamaError::Failed(status)),
            status => Err(OllamaError::Refused(status)),
        }
    }

    /// Finds out whether Ollama is there and has the model, within the probe's time.
    pub async fn probe(&self) -> Presence {
        let probe = async {
            let response = match self.http.get(self.tags.clone()).send().await {
                Ok(response) => response,
                Err(error) if error.is_connect() => return Presence::Absent,
                Err(_) => return Presence::Silent,
            };
            if !response.status().is_success() {
                return Presence::Silent;
            }
            match response.json::<TagList>().await {
                Ok(tags) if tags.has(&self.model) => Presence::Connected,
                Ok(_) => Presence::ModelMissing,
                Err(_) => Presence::Silent,
            }
        };
        timeout(self.probe_timeout, probe).await.unwrap_or(Presence::Silent)
    }
}
