//! The inference host over HTTP, in front of a fake Ollama.

#![allow(clippy::unwrap_used)]

mod access;
mod answers;
mod faults;
mod harness;
mod logs;
mod queue;
mod readiness;
mod resilience;
