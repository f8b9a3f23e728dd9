//! Wire types of the inference host.
//!
//! The surface is OpenAI's, so that vLLM, a Hugging Face endpoint or any other gateway that speaks it can stand in
//! the inference host's place. What Medchat adds is one optional object, [`MedchatExtension`]; a server that does
//! not know it simply leaves it out.
//!
//! The crate holds no client and no runtime: it compiles for `wasm32-wasip2` as well as natively.

mod chat;
mod error;
mod models;
mod readiness;
pub mod routes;

pub use chat::{
    ChatChunk, ChatMessage, ChatRequest, ChatResponse, Choice, ChunkChoice, Delta, FinishReason, MedchatExtension,
    Role, Source, Usage,
};
pub use error::{ErrorBody, ErrorDetail};
pub use models::{Model, ModelList};
pub use readiness::{ChatBackend, ChatReadiness, OllamaState, Readiness, ReadinessStatus};
