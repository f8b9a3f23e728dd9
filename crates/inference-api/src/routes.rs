//! Paths and fixed words of the inference host's HTTP surface.

/// `POST`: one chat completion, [`ChatRequest`](crate::ChatRequest) in, [`ChatResponse`](crate::ChatResponse) out,
/// or a stream of [`ChatChunk`](crate::ChatChunk) when the request asks for one.
pub const CHAT_COMPLETIONS: &str = "/v1/chat/completions";

/// `GET`: the models that can be asked for, as [`ModelList`](crate::ModelList).
pub const MODELS: &str = "/v1/models";

/// `GET`: 200 as long as the process serves requests at all. Asks nobody else and needs no key.
pub const LIVENESS: &str = "/healthz";

/// `GET`: [`Readiness`](crate::Readiness), with 200 when answers are possible and 503 when not. Needs no key.
pub const READINESS: &str = "/readyz";

/// `GET`: figures in the Prometheus text format. Needs no key.
pub const METRICS: &str = "/metrics";

/// The data of the server-sent event that ends a stream of chunks.
pub const STREAM_END: &str = "[DONE]";
