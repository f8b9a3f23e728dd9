//! Asking the inference host.

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http_body_util::{BodyExt, Limited};
use medchat_api::chat::Source;
use medchat_api::headers::REQUEST_ID;
use medchat_inference_api::{ChatMessage, ChatRequest, ChatResponse};
use medchat_orchestrator::{ModelAnswer, ModelError};
use spin_sdk::http::{FullBody, send};
use spin_sdk::wasip3::http::types::RequestOptions;
use spin_sdk::wasip3::http_compat::RequestOptionsExtension;

use crate::settings::Settings;

/// Far more than any model says in the tokens it is allowed.
const ANSWER_BYTES: usize = 1024 * 1024;
/// The inference host is near: one that does not accept a connection within this is not there. Nanoseconds.
const CONNECT_TIMEOUT: u64 = 2_000_000_000;

/// Has `messages` completed.
pub(crate) async fn ask(
    settings: &Settings,
    request_id: &str,
    messages: Vec<ChatMessage>,
) -> Result<ModelAnswer, ModelError> {
    let body = serde_json::to_vec(&ChatRequest::new(messages)).map_err(unreadable)?;
    let mut request = http::Request::post(&settings.completions)
        .header(CONTENT_TYPE, "application/json")
        .header(REQUEST_ID, request_id);
    if !settings.inference_key.is_empty() {
        request = request.header(AUTHORIZATION, format!("Bearer {}", settings.inference_key));
    }
    let request = request
        .extension(RequestOptionsExtension(options(settings.model_timeout)))
        .body(FullBody::new(bytes::Bytes::from(body)))
        .map_err(|error| ModelError::Unreachable(error.to_string()))?;

    let response = send(request)
        .await
        .map_err(|code| ModelError::Unreachable(code.to_string()))?;
    if !response.status().is_success() {
        return Err(ModelError::Refused(response.status().as_u16()));
    }
    let body = Limited::new(response.into_body(), ANSWER_BYTES)
        .collect()
        .await
        .map_err(unreadable)?;
    let answer: ChatResponse = serde_json::from_slice(&body.to_bytes()).map_err(|error| misshapen(&error))?;
    let (degraded, sources) = (answer.is_degraded(), answer.sources().iter().map(to_source).collect());
    let text = answer
        .choices
        .into_iter()
        .next()
        .map(|choice| choice.message.content)
        .unwrap_or_default();
    if text.trim().is_empty() {
        return Err(ModelError::Silent);
    }
    Ok(ModelAnswer {
        text,
        model: answer.model,
        degraded,
        sources,
    })
}

/// No limit on the whole: a model that is still talking is not interrupted.
fn options(first_byte_timeout: u64) -> RequestOptions {
    let options = RequestOptions::new();
    // A host that knows no timeouts has its own.
    let _ = options.set_connect_timeout(Some(CONNECT_TIMEOUT));
    let _ = options.set_first_byte_timeout(Some(first_byte_timeout));
    let _ = options.set_between_bytes_timeout(Some(first_byte_timeout));
    options
}

fn to_source(source: &medchat_inference_api::Source) -> Source {
    Source {
        title: source.title.clone(),
        publisher: source.publisher.clone(),
        url: source.url.clone(),
    }
}

/// Where the reading stopped and why. The error's own words would repeat what was read, which is a patient's or a model's.
fn misshapen(error: &serde_json::Error) -> ModelError {
    let (kind, line, column) = (error.classify(), error.line(), error.column());
    ModelError::Unreadable(format!("{kind:?} error at line {line}, column {column}"))
}

fn unreadable(error: impl std::fmt::Display) -> ModelError {
    ModelError::Unreadable(error.to_string())
}
