//! Answers.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Request, Response, StatusCode};
use medchat_api::error::ApiError;
use medchat_api::routes::{self, Route};
use serde::Serialize;
use spin_sdk::http::FullBody;

use crate::identity::request_id;

/// What a component answers with: a small body that is complete.
pub type Answer = Response<FullBody<Bytes>>;

/// `body` as JSON.
///
/// # Errors
/// [`ApiError::Internal`] where it cannot be written as JSON.
pub fn json(status: StatusCode, body: &impl Serialize) -> Result<Answer, ApiError> {
    let body = serde_json::to_vec(body).map_err(|_| ApiError::Internal)?;
    let mut answer = Response::new(FullBody::new(Bytes::from(body)));
    *answer.status_mut() = status;
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(answer)
}

/// An answer without a body.
#[must_use]
pub fn empty(status: StatusCode) -> Answer {
    complete(status, Vec::new())
}

/// The length is known, so the client is told: it need not read chunk by chunk.
fn complete(status: StatusCode, body: Vec<u8>) -> Answer {
    let length = body.len();
    let mut answer = Response::new(FullBody::new(Bytes::from(body)));
    *answer.status_mut() = status;
    if status != StatusCode::NO_CONTENT {
        answer.headers_mut().insert(CONTENT_LENGTH, length.into());
    }
    answer
}

/// The answer, or the problem that stands in its place.
#[must_use]
pub fn respond(headers: &HeaderMap, outcome: Result<Answer, ApiError>) -> Answer {
    outcome.unwrap_or_else(|error| problem(&error, request_id(headers)))
}

fn problem(error: &ApiError, request_id: &str) -> Answer {
    let body = serde_json::to_vec(&error.problem(request_id)).expect("a struct of strings and a number is always JSON");
    let mut answer = complete(error.status(), body);
    for (name, value) in error.headers() {
        if let Ok(value) = HeaderValue::from_str(&value) {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}

/// The route that `request` asks for. The gateway refuses what there is not; a component that is called without it does the
/// same.
///
/// # Errors
/// [`ApiError::NotFound`], or [`ApiError::MethodNotAllowed`] where the route takes other methods.
pub fn route_of<B>(request: &Request<B>) -> Result<&'static Route, ApiError> {
    let route = routes::find(request.uri().path()).ok_or(ApiError::NotFound)?;
    if route.allows(request.method()) {
        Ok(route)
    } else {
        Err(ApiError::MethodNotAllowed(route.allow()))
    }
}
