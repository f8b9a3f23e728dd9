//! Ask by text, read and clear the conversation.

mod history;
mod message;
mod model;
mod settings;
mod turn;

use http::{Method, StatusCode};
use medchat_api::error::ApiError;
use medchat_api::routes;
use medchat_bindings::store::conversations::Error;
use medchat_component_http::{Answer, json, respond, route_of};
use spin_sdk::http::{IntoResponse, Request};
use spin_sdk::http_service;

#[http_service]
async fn handle(request: Request) -> impl IntoResponse {
    let headers = request.headers().clone();
    respond(&headers, route(request).await)
}

async fn route(request: Request) -> Result<Answer, ApiError> {
    match route_of(&request)?.path {
        routes::MESSAGE => json(StatusCode::OK, &message::answer(request).await?),
        routes::HISTORY if request.method() == Method::DELETE => {
            json(StatusCode::OK, &history::clear(request.headers()).await?)
        }
        routes::HISTORY => json(StatusCode::OK, &history::page(&request).await?),
        _ => Err(ApiError::NotFound),
    }
}

/// What a client is told of a store that failed; the log is told why.
fn store_error(error: Error) -> ApiError {
    match error {
        Error::NotFound => ApiError::NotFound,
        Error::Conflict => ApiError::TurnCleared,
        Error::Unavailable(reason) => {
            eprintln!(
                "{}",
                serde_json::json!({"level": "error", "event": "store unavailable", "cause": reason})
            );
            ApiError::StoreUnavailable
        }
    }
}
