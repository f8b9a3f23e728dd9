//! Errors, in OpenAI's shape.

use serde::{Deserialize, Serialize};

/// Body of every answer that is not a success, and of the event that breaks off a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// What went wrong.
    pub error: ErrorDetail,
}

/// What went wrong, for people and for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorDetail {
    /// One sentence for people. It repeats nothing of the conversation.
    pub message: String,
    /// The family, such as `invalid_request_error` or `server_error`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The exact reason, such as `queue_full`; absent from some other servers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_family_is_called_type_on_the_wire() {
        let body = ErrorBody {
            error: ErrorDetail {
                message: "Busy.".into(),
                kind: "server_error".into(),
                code: Some("queue_full".into()),
            },
        };
        assert_eq!(
            serde_json::to_value(body).unwrap(),
            json!({"error": {"message": "Busy.", "type": "server_error", "code": "queue_full"}})
        );
    }
}
