//! Reads a chat completion request and holds it to the limits.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
};
use medchat_inference_api::{ChatRequest, Role};
use serde_json::error::Category;

use crate::{config::Config, failure::Failure};

/// What a request may not exceed. The size of its body is limited while it is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub messages: usize,
    pub message_bytes: usize,
}

impl From<&Config> for Limits {
    fn from(config: &Config) -> Self {
        Self {
            messages: config.max_messages,
            message_bytes: config.max_message_bytes,
        }
    }
}

/// Reads the request. `axum::Json` would name in its error what it found, which may be a patient's words.
pub(crate) async fn read(request: Request, limits: Limits) -> Result<ChatRequest, Failure> {
    if !is_json(request.headers()) {
        return Err(Failure::NotDeclaredJson);
    }
    let body = Bytes::from_request(request, &())
        .await
        .map_err(|rejection: BytesRejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                Failure::BodyTooLarge
            } else {
                Failure::BrokenBody
            }
        })?;
    let request: ChatRequest = serde_json::from_slice(&body).map_err(|error| match error.classify() {
        Category::Data => Failure::NotAChatRequest,
        Category::Syntax | Category::Eof | Category::Io => Failure::NotJson,
    })?;
    check(&request, limits)?;
    Ok(request)
}

fn is_json(headers: &HeaderMap) -> bool {
    let declared = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    declared
        .split(';')
        .next()
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn check(request: &ChatRequest, limits: Limits) -> Result<(), Failure> {
    if request.messages.len() > limits.messages {
        return Err(Failure::TooManyMessages);
    }
    if request
        .messages
        .iter()
        .any(|message| message.content.len() > limits.message_bytes)
    {
        return Err(Failure::MessageTooLong);
    }
    let last_of_user = request.messages.iter().rev().find(|message| message.role == Role::User);
    if last_of_user.is_none_or(|message| message.content.trim().is_empty()) {
        return Err(Failure::NoUserMessage);
    }
    if request
        .temperature
        .is_some_and(|temperature| !(0.0..=2.0).contains(&temperature))
    {
        return Err(Failure::TemperatureOutOfRange);
    }
    if request.max_tokens == Some(0) {
        return Err(Failure::NoTokens);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use medchat_inference_api::ChatMessage;

    use super::*;

    const LIMITS: Limits = Limits {
        messages: 2,
        message_bytes: 10,
    };

    async fn read_body(content_type: &str, body: impl Into<Body>) -> Result<ChatRequest, Failure> {
        let request = Request::builder()
            .header(CONTENT_TYPE, content_type)
            .body(body.into())
            .unwrap();
        read(request, LIMITS).await
    }

    fn checked(messages: Vec<ChatMessage>) -> Result<(), Failure> {
        check(&ChatRequest::new(messages), LIMITS)
    }

    #[tokio::test]
    async fn a_sound_request_is_read() {
        let body = r#"{"messages": [{"role": "user", "content": "hello"}]}"#;
        assert!(read_body("application/json; charset=utf-8", body).await.is_ok());
    }

    #[tokio::test]
    async fn a_body_that_is_not_json_is_told_from_one_of_another_shape() {
        assert_eq!(read_body("application/json", "{").await, Err(Failure::NotJson));
        assert_eq!(
            read_body("application/json", "[1]").await,
            Err(Failure::NotAChatRequest)
        );
        assert_eq!(read_body("text/plain", "{}").await, Err(Failure::NotDeclaredJson));
    }

    #[test]
    fn the_patient_must_have_said_something() {
        assert_eq!(checked(vec![]), Err(Failure::NoUserMessage));
        assert_eq!(checked(vec![ChatMessage::user("  ")]), Err(Failure::NoUserMessage));
        assert_eq!(checked(vec![ChatMessage::system("hello")]), Err(Failure::NoUserMessage));
        assert_eq!(checked(vec![ChatMessage::user("hello")]), Ok(()));
    }

    #[test]
    fn messages_are_limited_in_number_and_length() {
        let hello = || ChatMessage::user("hello");
        assert_eq!(checked(vec![hello(), hello()]), Ok(()));
        assert_eq!(checked(vec![hello(), hello(), hello()]), Err(Failure::TooManyMessages));
        assert_eq!(checked(vec![ChatMessage::user("0123456789")]), Ok(()));
        assert_eq!(
            checked(vec![ChatMessage::user("0123456789a")]),
            Err(Failure::MessageTooLong)
        );
    }

    #[test]
    fn figures_must_make_sense() {
        let hello = || ChatRequest::new(vec![ChatMessage::user("hello")]);
        assert_eq!(
            check(
                &ChatRequest {
                    temperature: Some(2.0),
                    ..hello()
                },
                LIMITS
            ),
            Ok(())
        );
        assert_eq!(
            check(
                &ChatRequest {
                    temperature: Some(2.1),
                    ..hello()
                },
                LIMITS
            ),
            Err(Failure::TemperatureOutOfRange)
        );
        assert_eq!(
            check(
                &ChatRequest {
                    max_tokens: Some(0),
                    ..hello()
                },
                LIMITS
            ),
            Err(Failure::NoTokens)
        );
    }
}
