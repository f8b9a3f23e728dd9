//! Is the system well? The database, the inference host and through it the model are asked at once, and whoever has not
//! answered within [`PATIENCE`] counts as gone: a probe that hangs says less than one that fails.

mod inference;

use std::time::{SystemTime, UNIX_EPOCH};

use futures::future::{Either, join, select};
use http::StatusCode;
use medchat_api::error::ApiError;
use medchat_api::health::{Health, Status};
use medchat_api::{routes, timestamp};
use medchat_bindings::store::conversations;
use medchat_component_http::{Answer, json, respond, route_of};
use medchat_inference_api::{OllamaState, Readiness, ReadinessStatus};
use spin_sdk::http::{IntoResponse, Request};
use spin_sdk::http_service;
use spin_sdk::wasip3::clocks::monotonic_clock::wait_for;

/// Nanoseconds. Under a second with all that stands before and after it.
const PATIENCE: u64 = 800_000_000;

#[http_service]
async fn handle(request: Request) -> impl IntoResponse {
    respond(request.headers(), route(&request).await)
}

async fn route(request: &Request) -> Result<Answer, ApiError> {
    if route_of(request)?.path != routes::HEALTH {
        return Err(ApiError::NotFound);
    }
    let database = async { conversations::ping().await.is_ok().then_some(()) };
    let (database, inference) = join(in_time(database), in_time(inference::readiness())).await;
    let health = assess(database.is_some(), inference);
    let status = if health.status == Status::Unhealthy {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::OK
    };
    json(status, &health)
}

async fn in_time<T>(asked: impl Future<Output = Option<T>>) -> Option<T> {
    match select(Box::pin(asked), Box::pin(wait_for(PATIENCE))).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => None,
    }
}

fn assess(database: bool, inference: Option<Readiness>) -> Health {
    let can_answer = inference
        .as_ref()
        .is_some_and(|host| host.status != ReadinessStatus::Unready);
    let at_its_best = inference
        .as_ref()
        .is_some_and(|host| host.status == ReadinessStatus::Ready);
    let status = match (database, can_answer, at_its_best) {
        (true, true, true) => Status::Healthy,
        (true, true, false) => Status::Degraded,
        // Emergencies are still told what to do, yet no question is answered.
        _ => Status::Unhealthy,
    };
    let ollama = inference.as_ref().map_or("unknown", |host| match host.chat.ollama {
        OllamaState::Connected => "connected",
        OllamaState::Unreachable => "unreachable",
        OllamaState::ModelMissing => "model-missing",
        OllamaState::Disabled => "disabled",
    });
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Health {
        status,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        timestamp: timestamp::rfc3339(u64::try_from(now.as_millis()).unwrap_or_default()),
        orchestrator_status: if can_answer { "ready" } else { "unreachable" }.to_owned(),
        database_status: if database { "connected" } else { "unreachable" }.to_owned(),
        ollama_status: ollama.to_owned(),
        model: inference.map(|host| host.chat.model),
    }
}
