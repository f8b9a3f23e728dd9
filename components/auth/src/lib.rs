//! `POST /api/auth/login` and `/logout`.

mod login;
mod logout;
mod sessions;

use http::StatusCode;
use medchat_api::error::ApiError;
use medchat_api::routes;
use medchat_component_http::{Answer, respond, route_of};
use spin_sdk::http::{IntoResponse, Request};
use spin_sdk::http_service;

#[http_service]
async fn handle(request: Request) -> impl IntoResponse {
    let headers = request.headers().clone();
    respond(&headers, route(request).await)
}

async fn route(request: Request) -> Result<Answer, ApiError> {
    match route_of(&request)?.path {
        routes::LOGIN => medchat_component_http::json(StatusCode::OK, &login::log_in(request).await?),
        routes::LOGOUT => medchat_component_http::json(StatusCode::OK, &logout::log_out(request.headers()).await?),
        _ => Err(ApiError::NotFound),
    }
}
