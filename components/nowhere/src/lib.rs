//! What there is where nothing is: the gateway in front answers before it gets here, so this says the same.

use medchat_api::error::ApiError;
use spin_sdk::http::{IntoResponse, Request};
use spin_sdk::http_service;

#[http_service]
async fn handle(request: Request) -> impl IntoResponse {
    medchat_component_http::respond(request.headers(), Err(ApiError::NotFound))
}
