//! Reading a JSON body.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use medchat_api::error::ApiError;
use medchat_api::limits;
use serde::de::DeserializeOwned;

/// Reads the body of `request` as JSON of at most [`limits::JSON_BODY_BYTES`]. `field` is the one that the route needs.
///
/// # Errors
/// [`ApiError::NotJson`], [`ApiError::BodyTooLarge`], [`ApiError::BodyUnreadable`], [`ApiError::MalformedJson`] or
/// [`ApiError::WrongShape`].
pub async fn read_json<T, B>(request: Request<B>, field: &'static str) -> Result<T, ApiError>
where
    T: DeserializeOwned,
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (parts, body) = request.into_parts();
    check_media_type(&parts.headers)?;
    check_length(&parts.headers)?;
    let body = Limited::new(body, limits::JSON_BODY_BYTES)
        .collect()
        .await
        .map_err(|error| {
            if error.is::<LengthLimitError>() {
                ApiError::BodyTooLarge
            } else {
                ApiError::BodyUnreadable
            }
        })?;
    parse(&body.to_bytes(), field)
}

fn check_media_type(headers: &HeaderMap) -> Result<(), ApiError> {
    let value = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .ok_or(ApiError::NotJson)?;
    let essence = value.split(';').next().unwrap_or_default().trim();
    let is_json = essence.eq_ignore_ascii_case("application/json") || essence.to_ascii_lowercase().ends_with("+json");
    if is_json { Ok(()) } else { Err(ApiError::NotJson) }
}

fn check_length(headers: &HeaderMap) -> Result<(), ApiError> {
    let length = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > limits::JSON_BODY_BYTES) {
        Err(ApiError::BodyTooLarge)
    } else {
        Ok(())
    }
}

fn parse<T: DeserializeOwned>(body: &[u8], field: &'static str) -> Result<T, ApiError> {
    // Is it JSON at all? Serde reports the first of both kinds of error that it meets.
    serde_json::from_slice::<serde::de::IgnoredAny>(body).map_err(|_| ApiError::MalformedJson)?;
    // Serde would take an array for a struct; a client that sends one means something else.
    if body.trim_ascii_start().first() == Some(&b'[') {
        return Err(ApiError::WrongShape(field));
    }
    serde_json::from_slice(body).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => ApiError::WrongShape(field),
        _ => ApiError::MalformedJson,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use medchat_api::chat::MessageRequest;

    fn message(body: &str) -> Result<String, ApiError> {
        parse::<MessageRequest>(body.as_bytes(), "message").map(|request| request.message)
    }

    fn media_type(value: &str) -> Result<(), ApiError> {
        check_media_type(&[(CONTENT_TYPE, value.parse().unwrap())].into_iter().collect())
    }

    #[test]
    fn json_of_the_right_shape_is_read() {
        assert_eq!(message(r#"{"message": "hello", "other": 1}"#), Ok("hello".to_owned()));
    }

    #[test]
    fn what_is_not_json_is_malformed() {
        for body in [
            "",
            "hello",
            r#"{"message": "#,
            r#"{"message": "\ud800"}"#,
            "{} {}",
            "[1,",
        ] {
            assert_eq!(message(body), Err(ApiError::MalformedJson), "{body}");
        }
    }

    #[test]
    fn json_of_another_shape_names_the_field() {
        for body in [
            "{}",
            r#"{"message": 5}"#,
            r#"{"message": null}"#,
            r#"["hello"]"#,
            "null",
            r#""hello""#,
        ] {
            assert_eq!(message(body), Err(ApiError::WrongShape("message")), "{body}");
        }
    }

    #[test]
    fn json_with_a_charset_is_json() {
        assert_eq!(media_type("application/json; charset=utf-8"), Ok(()));
    }

    #[test]
    fn a_form_is_not_json() {
        assert_eq!(media_type("application/x-www-form-urlencoded"), Err(ApiError::NotJson));
        assert_eq!(check_media_type(&HeaderMap::new()), Err(ApiError::NotJson));
    }
}
