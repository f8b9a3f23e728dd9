//! Ollama's wire format (`docs/api.md` of Ollama), as far as it is used.

use medchat_inference_api::{ChatMessage, FinishReason, Usage};
use serde::{Deserialize, Serialize};

/// Body of `POST /api/chat`.
#[derive(Debug, Serialize)]
pub(super) struct NativeRequest<'a> {
    pub model: &'a str,
    pub messages: &'a [ChatMessage],
    pub stream: bool,
    pub keep_alive: &'a str,
    pub options: Options,
}

#[derive(Debug, Serialize)]
pub(super) struct Options {
    pub num_ctx: u32,
    pub temperature: f32,
    pub num_predict: u32,
}

/// One line of the streamed answer.
#[derive(Debug, Deserialize)]
pub(super) struct Line {
    /// Only whether there is one matters.
    pub error: Option<serde::de::IgnoredAny>,
    pub message: Option<LineMessage>,
    #[serde(default)]
    pub done: bool,
    pub done_reason: Option<String>,
    #[serde(default)]
    pub prompt_eval_count: u64,
    #[serde(default)]
    pub eval_count: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct LineMessage {
    #[serde(default)]
    pub content: String,
}

impl Line {
    pub fn finish_reason(&self) -> FinishReason {
        match self.done_reason.as_deref() {
            None | Some("stop") => FinishReason::Stop,
            Some("length") => FinishReason::Length,
            Some(_) => FinishReason::Other,
        }
    }

    pub fn usage(&self) -> Usage {
        Usage {
            prompt_tokens: self.prompt_eval_count,
            completion_tokens: self.eval_count,
            total_tokens: self.prompt_eval_count + self.eval_count,
        }
    }
}

/// Body of `GET /api/tags`: the models that are pulled.
#[derive(Debug, Deserialize)]
pub(super) struct TagList {
    models: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
struct Tag {
    name: String,
}

impl TagList {
    /// A name without a tag means the tag `latest`.
    pub fn has(&self, model: &str) -> bool {
        let (name, tag) = model.rsplit_once(':').unwrap_or((model, "latest"));
        self.models
            .iter()
            .filter_map(|pulled| pulled.name.rsplit_once(':'))
            .any(|(pulled_name, pulled_tag)| {
                pulled_name.eq_ignore_ascii_case(name) && pulled_tag.eq_ignore_ascii_case(tag)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_found_by_its_name_and_tag() {
        let tags: TagList =
            serde_json::from_str(r#"{"models": [{"name": "medgemma:4b"}, {"name": "llama3:latest"}]}"#).unwrap();
        assert!(tags.has("medgemma:4b") && tags.has("llama3") && tags.has("llama3:latest"));
        assert!(!tags.has("medgemma") && !tags.has("medgemma:27b") && !tags.has("gemma:4b"));
    }
}
