//! Whether the inference host can answer, and how well.

use serde::{Deserialize, Serialize};

/// How well the host can answer at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReadinessStatus {
    /// The model answers.
    Ready,
    /// The built-in responder answers.
    Degraded,
    /// Nothing answers.
    Unready,
}

/// Who answers a chat completion at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChatBackend {
    /// A model behind Ollama.
    Ollama,
    /// The built-in responder.
    Builtin,
}

/// What is known of Ollama.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OllamaState {
    /// It answers and has the model.
    Connected,
    /// It does not answer.
    Unreachable,
    /// It answers, yet the model has not been pulled.
    ModelMissing,
    /// The host is configured to do without it.
    Disabled,
}

/// How chat completions are served at this moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatReadiness {
    /// Who answers.
    pub backend: ChatBackend,
    /// The name that answers carry in `model`.
    pub model: String,
    /// What is known of Ollama.
    pub ollama: OllamaState,
}

/// Body of the readiness probe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readiness {
    /// How well the host can answer.
    pub status: ReadinessStatus,
    /// How chat completions are served.
    pub chat: ChatReadiness,
    /// The version of the inference host.
    pub version: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn states_are_lower_case_words_on_the_wire() {
        let readiness = Readiness {
            status: ReadinessStatus::Degraded,
            chat: ChatReadiness {
                backend: ChatBackend::Builtin,
                model: "medchat-builtin/1".into(),
                ollama: OllamaState::ModelMissing,
            },
            version: "1".into(),
        };
        assert_eq!(
            serde_json::to_value(readiness).unwrap(),
            json!({"status": "degraded", "version": "1",
                   "chat": {"backend": "builtin", "model": "medchat-builtin/1", "ollama": "model-missing"}})
        );
    }
}
