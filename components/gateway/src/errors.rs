//! What goes wrong at the gateway or behind it.

use http::HeaderMap;
use medchat_api::error::ApiError;
use medchat_api::headers::REQUEST_ID;
use spin_sdk::wasip3::http::types::ErrorCode;

use crate::exchange::Outgoing;

/// The problem that a client is told.
pub(crate) fn answer(error: &ApiError, request_id: &str) -> Outgoing {
    let mut headers = HeaderMap::new();
    if let Ok(value) = request_id.parse() {
        headers.insert(REQUEST_ID, value);
    }
    Outgoing::Own(medchat_component_http::respond(&headers, Err(error.clone())))
}

/// Notes for the log why the component behind the gateway gave no response. The client learns only that something went
/// wrong.
pub(crate) fn note(request_id: &str, cause: &ErrorCode) -> ApiError {
    let line = serde_json::json!({
        "level": "error", "event": "handler failed", "request_id": request_id, "cause": cause.to_string(),
    });
    eprintln!("{line}");
    ApiError::Internal
}
