//! Chat completions, in the shape of OpenAI's `/v1/chat/completions`.

use serde::{Deserialize, Serialize};

/// Who speaks a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Instructions to the model.
    System,
    /// The patient.
    User,
    /// The model, in an earlier turn or in the answer.
    Assistant,
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// Who speaks.
    pub role: Role,
    /// What is said, as plain text.
    pub content: String,
}

impl ChatMessage {
    /// Instructions to the model.
    pub fn system(content: impl Into<String>) -> Self {
        Self {
            role: Role::System,
            content: content.into(),
        }
    }

    /// What the patient says.
    pub fn user(content: impl Into<String>) -> Self {
        Self {
            role: Role::User,
            content: content.into(),
        }
    }

    /// What the model said.
    pub fn assistant(content: impl Into<String>) -> Self {
        Self {
            role: Role::Assistant,
            content: content.into(),
        }
    }
}

/// Body of a request for one completion. Fields of OpenAI's API that are not listed here are ignored.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ChatRequest {
    /// The model to ask; the server's default when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The conversation so far, oldest first.
    pub messages: Vec<ChatMessage>,
    /// Whether the answer comes as server-sent events, one [`ChatChunk`] each, instead of one body.
    #[serde(default)]
    pub stream: bool,
    /// Randomness of the answer, 0 to 2; the server's default when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f32>,
    /// The most tokens the answer may have; the server's default when absent. OpenAI's newer name for it,
    /// `max_completion_tokens`, is understood too.
    #[serde(default, alias = "max_completion_tokens", skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
}

impl ChatRequest {
    /// A request for one undivided answer with the server's defaults.
    pub fn new(messages: Vec<ChatMessage>) -> Self {
        Self {
            messages,
            ..Self::default()
        }
    }
}

/// Why the model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// The answer is complete.
    Stop,
    /// The answer reached the most tokens it may have.
    Length,
    /// A reason of another server that Medchat has no use for.
    #[serde(other)]
    Other,
}

/// Tokens read and written for one answer; zero where the server does not count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the conversation that was sent.
    #[serde(default)]
    pub prompt_tokens: u64,
    /// Tokens of the answer.
    #[serde(default)]
    pub completion_tokens: u64,
    /// Both together.
    #[serde(default)]
    pub total_tokens: u64,
}

/// One answer of a [`ChatResponse`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Position among the answers; the inference host gives one answer, at 0.
    pub index: u32,
    /// The answer.
    pub message: ChatMessage,
    /// Why the model stopped.
    pub finish_reason: Option<FinishReason>,
}

/// Body of an undivided completion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatResponse {
    /// Names this completion.
    pub id: String,
    /// Always [`ChatResponse::OBJECT`].
    pub object: String,
    /// When the completion was made, in seconds since 1970.
    pub created: u64,
    /// The model that really answered, which is not always the one that was asked for.
    pub model: String,
    /// The answers.
    pub choices: Vec<Choice>,
    /// Tokens read and written.
    #[serde(default)]
    pub usage: Usage,
    /// What Medchat adds; absent when another server stands in the inference host's place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub medchat: Option<MedchatExtension>,
}

impl ChatResponse {
    /// What [`ChatResponse::object`] says.
    pub const OBJECT: &'static str = "chat.completion";

    /// The words of the first answer, if there is one.
    pub fn text(&self) -> Option<&str> {
        self.choices.first().map(|choice| choice.message.content.as_str())
    }

    /// Whether the answer came from the built-in responder because no model could give one.
    pub fn is_degraded(&self) -> bool {
        self.medchat.as_ref().is_some_and(|extension| extension.degraded)
    }

    /// The reference texts the answer rests on; none from a server that does not know Medchat's extension.
    pub fn sources(&self) -> &[Source] {
        self.medchat.as_ref().map_or(&[], |extension| &extension.sources)
    }
}

/// What a chunk adds to the answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delta {
    /// Who speaks; in the first chunk only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// The next words of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

/// One answer's part of a [`ChatChunk`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkChoice {
    /// Position among the answers.
    pub index: u32,
    /// What this chunk adds.
    pub delta: Delta,
    /// Why the model stopped; in the last chunk only.
    #[serde(default)]
    pub finish_reason: Option<FinishReason>,
}

/// One server-sent event of a streamed completion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatChunk {
    /// Names the completion; the same in all its chunks.
    pub id: String,
    /// Always [`ChatChunk::OBJECT`].
    pub object: String,
    /// When the completion was begun, in seconds since 1970; the same in all its chunks.
    pub created: u64,
    /// The model that really answers.
    pub model: String,
    /// What this chunk adds to each answer.
    pub choices: Vec<ChunkChoice>,
    /// Tokens read and written; in the last chunk only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// What Medchat adds; in the last chunk only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub medchat: Option<MedchatExtension>,
}

impl ChatChunk {
    /// What [`ChatChunk::object`] says.
    pub const OBJECT: &'static str = "chat.completion.chunk";
}

/// What Medchat adds to OpenAI's answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MedchatExtension {
    /// Whether the built-in responder answered because no model could.
    #[serde(default)]
    pub degraded: bool,
    /// The reference texts that the answer rests on.
    #[serde(default)]
    pub sources: Vec<Source>,
}

/// A public reference that an answer rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Title of the publication, such as "Headaches".
    pub title: String,
    /// Who publishes it, such as "NHS".
    pub publisher: String,
    /// Where it can be read, when it is public on the web.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Title of Medchat's own topic that cites it.
    pub topic: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_least_request_is_a_list_of_messages() {
        let request: ChatRequest =
            serde_json::from_value(json!({"messages": [{"role": "user", "content": "hello"}], "top_p": 1})).unwrap();
        assert_eq!(request, ChatRequest::new(vec![ChatMessage::user("hello")]));
    }

    #[test]
    fn a_request_without_messages_is_refused() {
        assert!(serde_json::from_value::<ChatRequest>(json!({"model": "medgemma"})).is_err());
    }

    #[test]
    fn the_newer_name_of_the_token_limit_is_understood() {
        let request: ChatRequest = serde_json::from_value(json!({"messages": [], "max_completion_tokens": 7})).unwrap();
        assert_eq!(request.max_tokens, Some(7));
    }

    #[test]
    fn an_answer_of_another_server_is_neither_degraded_nor_sourced() {
        let answer: ChatResponse = serde_json::from_value(json!({
            "id": "x", "object": "chat.completion", "created": 1, "model": "m", "system_fingerprint": null,
            "choices": [{"index": 0, "message": {"role": "assistant", "content": "Rest."},
                         "finish_reason": "content_filter", "logprobs": null}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
        }))
        .unwrap();
        assert_eq!(answer.text(), Some("Rest."));
        assert_eq!(answer.choices[0].finish_reason, Some(FinishReason::Other));
        assert!(!answer.is_degraded());
        assert!(answer.sources().is_empty());
    }

    #[test]
    fn an_extension_with_unknown_parts_is_still_read() {
        let extension: MedchatExtension = serde_json::from_value(json!({"degraded": true, "later": "field"})).unwrap();
        assert!(extension.degraded);
    }

    #[test]
    fn a_chunk_leaves_out_what_it_does_not_add() {
        let chunk = ChatChunk {
            id: "x".into(),
            object: ChatChunk::OBJECT.into(),
            created: 1,
            model: "m".into(),
            choices: vec![ChunkChoice {
                index: 0,
                delta: Delta {
                    role: None,
                    content: Some("Hi".into()),
                },
                finish_reason: None,
            }],
            usage: None,
            medchat: None,
        };
        assert_eq!(
            serde_json::to_value(&chunk).unwrap(),
            json!({"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m",
                   "choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": null}]})
        );
    }
}
