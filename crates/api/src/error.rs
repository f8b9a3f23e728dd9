//! Which error goes where: one variant a reason, and the one table of what a client is told of each.

use http::StatusCode;
use http::header::{ALLOW, CONTENT_TYPE, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use serde::{Deserialize, Serialize};

use crate::limits;

/// The media type of [`Problem`].
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Why a request was not answered.
///
/// A variant holds only what a client may read: never a patient's words, an id or an internal cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiError {
    /// The body is not JSON at all.
    MalformedJson,
    /// The body's media type is not JSON.
    NotJson,
    /// The body is JSON of another shape than the route takes; the offending field.
    WrongShape(&'static str),
    /// The body is larger than the route takes.
    BodyTooLarge,
    /// The body could not be read to its end.
    BodyUnreadable,
    /// The message has no words in it.
    MessageEmpty,
    /// The message is longer than [`limits::MESSAGE_CHARACTERS`].
    MessageTooLong,
    /// The patient id is not of the configured shape.
    PatientIdInvalid,
    /// The idempotency key is empty, too long or not printable ASCII.
    IdempotencyKeyInvalid,
    /// The idempotency key was used before, with another message.
    IdempotencyKeyReused,
    /// A request with this idempotency key is being answered right now.
    InProgress,
    /// A query parameter is not what the route takes; its name.
    QueryInvalid(&'static str),
    /// No token, and the route needs one.
    TokenMissing,
    /// The token or its session does not open anything. Deliberately one reason for every cause: a difference would tell
    /// a stranger which patients and sessions exist.
    TokenInvalid,
    /// Nothing is here, or nothing that is this patient's.
    NotFound,
    /// The route does not take this method; those that it takes.
    MethodNotAllowed(String),
    /// Too many requests; seconds until the next may pass.
    RateLimited(u64),
    /// The turn was cleared while it was being answered.
    TurnCleared,
    /// The model did not answer. Safety-net advice for the patient, who may need help now.
    ModelUnavailable(String),
    /// A store did not answer.
    StoreUnavailable,
    /// A setting that Medchat cannot serve without is missing or wrong.
    Misconfigured,
    /// Something else went wrong; the log knows what.
    Internal,
}

/// A problem detail, [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457.html).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Always `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words.
    pub title: String,
    /// The HTTP status code.
    pub status: u16,
    /// What happened and what to do about it, for a person.
    pub detail: String,
    /// The request's id, to be quoted to whoever runs Medchat.
    pub request_id: String,
    /// The offending field, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

impl ApiError {
    /// Status, detail and offending field of each reason: the one table.
    fn told(&self) -> (StatusCode, &str, Option<&'static str>) {
        use StatusCode as S;
        match self {
            Self::MalformedJson => (S::BAD_REQUEST, "The request body is not valid JSON.", None),
            Self::NotJson => (
                S::UNSUPPORTED_MEDIA_TYPE,
                "Send the request body as JSON, with Content-Type: application/json.",
                None,
            ),
            Self::WrongShape(field) => (
                S::UNPROCESSABLE_ENTITY,
                "A field of the request body is missing or of the wrong type.",
                Some(*field),
            ),
            Self::BodyTooLarge => (S::PAYLOAD_TOO_LARGE, "The request body is too large.", None),
            Self::BodyUnreadable => (S::BAD_REQUEST, "The request body ended before it was complete.", None),
            Self::MessageEmpty => (S::UNPROCESSABLE_ENTITY, "The message is empty.", Some("message")),
            Self::MessageTooLong => {
                const { assert!(limits::MESSAGE_CHARACTERS == 4_000) };
                (
                    S::UNPROCESSABLE_ENTITY,
                    "The message is longer than 4000 characters.",
                    Some("message"),
                )
            }
            Self::PatientIdInvalid => (
                S::UNPROCESSABLE_ENTITY,
                "The patient id does not have the expected shape.",
                Some("patient_id"),
            ),
            Self::IdempotencyKeyInvalid => (
                S::BAD_REQUEST,
                "The Idempotency-Key must be 1 to 255 printable ASCII characters.",
                Some("Idempotency-Key"),
            ),
            Self::IdempotencyKeyReused => (
                S::UNPROCESSABLE_ENTITY,
                "This Idempotency-Key was used with another message. Use a new key for a new message.",
                Some("Idempotency-Key"),
            ),
            Self::InProgress => (
                S::CONFLICT,
                "A request with this Idempotency-Key is being answered. Try again in a moment.",
                None,
            ),
            Self::QueryInvalid(name) => (S::BAD_REQUEST, "A query parameter is not valid.", Some(*name)),
            Self::TokenMissing | Self::TokenInvalid => (
                S::UNAUTHORIZED,
                "Log in to use this: the access token is missing, invalid or expired.",
                None,
            ),
            Self::NotFound => (S::NOT_FOUND, "There is nothing here.", None),
            Self::MethodNotAllowed(_) => (S::METHOD_NOT_ALLOWED, "This route does not take this method.", None),
            Self::RateLimited(_) => (
                S::TOO_MANY_REQUESTS,
                "Too many requests. Wait a little, then try again.",
                None,
            ),
            Self::TurnCleared => (
                S::CONFLICT,
                "The conversation was cleared while this was being answered.",
                None,
            ),
            Self::ModelUnavailable(advice) => (S::SERVICE_UNAVAILABLE, advice, None),
            Self::StoreUnavailable => (
                S::SERVICE_UNAVAILABLE,
                "Medchat cannot reach its records right now. Try again in a moment.",
                None,
            ),
            Self::Misconfigured => (S::SERVICE_UNAVAILABLE, "Medchat is not set up to serve requests.", None),
            Self::Internal => (S::INTERNAL_SERVER_ERROR, "Something went wrong on our side.", None),
        }
    }

    /// The status that the client gets.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.told().0
    }

    /// The body that the client gets.
    #[must_use]
    pub fn problem(&self, request_id: &str) -> Problem {
        let (status, detail, field) = self.told();
        Problem {
            kind: "about:blank".to_owned(),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: detail.to_owned(),
            request_id: request_id.to_owned(),
            field: field.map(str::to_owned),
        }
    }

    /// The headers that go with the body: its media type, and what the status obliges to (RFC 9110, RFC 6750, RFC 6585).
    #[must_use]
    pub fn headers(&self) -> Vec<(HeaderName, String)> {
        let mut headers = vec![(CONTENT_TYPE, PROBLEM_JSON.to_owned())];
        match self {
            Self::TokenMissing => headers.push((WWW_AUTHENTICATE, "Bearer".to_owned())),
            Self::TokenInvalid => headers.push((WWW_AUTHENTICATE, r#"Bearer error="invalid_token""#.to_owned())),
            Self::MethodNotAllowed(allowed) => headers.push((ALLOW, allowed.clone())),
            Self::RateLimited(seconds) => headers.push((RETRY_AFTER, seconds.to_string())),
            Self::InProgress => headers.push((RETRY_AFTER, "2".to_owned())),
            Self::ModelUnavailable(_) | Self::StoreUnavailable | Self::Misconfigured => {
                headers.push((RETRY_AFTER, "10".to_owned()));
            }
            _ => {}
        }
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_and_an_invalid_token_are_told_the_same() {
        assert_eq!(ApiError::TokenMissing.problem("r"), ApiError::TokenInvalid.problem("r"));
    }

    #[test]
    fn a_problem_names_the_offending_field() {
        let body = serde_json::to_value(ApiError::MessageEmpty.problem("r-1")).unwrap();
        assert_eq!(
            body,
            serde_json::json!({
                "type": "about:blank", "title": "Unprocessable Entity", "status": 422,
                "detail": "The message is empty.", "request_id": "r-1", "field": "message"
            })
        );
    }

    #[test]
    fn a_problem_without_an_offending_field_has_no_such_member() {
        let body = serde_json::to_value(ApiError::NotFound.problem("r-1")).unwrap();
        assert!(body.get("field").is_none());
    }

    #[test]
    fn whoever_must_wait_is_told_how_long() {
        for error in [
            ApiError::RateLimited(7),
            ApiError::ModelUnavailable(String::new()),
            ApiError::StoreUnavailable,
        ] {
            assert!(error.headers().iter().any(|(name, _)| name == RETRY_AFTER), "{error:?}");
        }
    }
}
