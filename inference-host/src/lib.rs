//! The native service that answers what needs a model.
//!
//! It speaks OpenAI's `POST /v1/chat/completions` (see `medchat-inference-api` for the wire types) and lets Ollama
//! answer. What it adds to Ollama: a bearer key, a bounded queue, retries before the first word, a circuit breaker,
//! and an answer when there is no Ollama at all.
//!
//! # Who answers
//!
//! | situation | by default | with `--no-fallback` |
//! |---|---|---|
//! | Ollama answers | the model | the model |
//! | no Ollama, model not pulled, breaker open | built-in responder, `degraded` | 503 |
//! | Ollama fails before its first word, retries included | built-in responder, `degraded` | 502, 504 |
//! | Ollama breaks off, client waits for one body | built-in responder, `degraded` | 502, 504 |
//! | Ollama breaks off, client has seen words | the stream ends with an error event | the same |
//! | the queue is full, or waiting took too long | 429, 503 | 429, 503 |
//! | `--ollama-url none` | built-in responder, `degraded` | the same |
//!
//! Errors have OpenAI's shape; those worth another try carry `Retry-After`.
//!
//! # Ways in
//!
//! [`run`] is the command: it listens where the configuration says, logs, and stops at SIGTERM or Ctrl-C; with
//! [`run_until`] something else decides when to stop. [`serve`] takes a listener and leaves logging to its caller, for
//! programs and tests that host it themselves.

mod auth;
mod breaker;
mod builtin;
mod chat;
mod config;
mod engine;
mod failure;
mod generation;
mod intake;
mod metrics;
mod ollama;
mod probe;
mod server;
mod slots;
mod telemetry;

pub use builtin::{KnowledgeError, TopicError};
pub use config::{Config, DEFAULT_MODEL, Key, KeyError, OllamaAddress, OllamaAddressError};
pub use server::{Error, run, run_until, serve};
