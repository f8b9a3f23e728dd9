//! `POST /api/chat/message`

use http::HeaderMap;
use medchat_api::chat::{ChatResponse, MessageRequest};
use medchat_api::error::ApiError;
use medchat_api::headers::IDEMPOTENCY_KEY;
use medchat_api::timestamp;
use medchat_bindings::store::conversations::Owner;
use medchat_component_http::{Identity, read_json, request_id};
use medchat_orchestrator::{Question, TurnError, consult};
use serde_json::value::RawValue;
use spin_sdk::http::Request;
use uuid::Uuid;

use crate::settings;
use crate::turn::Outside;

/// Answers a message.
pub(crate) async fn answer(request: Request) -> Result<ChatResponse, ApiError> {
    let identity = Identity::from_headers(request.headers())?;
    let settings = settings::get().await?;
    let idempotency_key = idempotency_key(request.headers())?;
    let request_id = request_id(request.headers()).to_owned();
    let MessageRequest { message } = read_json(request, "message").await?;

    let session_id = identity.session_id.clone();
    let owner = Owner {
        patient_id: identity.patient_id,
        session_id: identity.session_id,
    };
    let question = Question::new(owner, Uuid::now_v7().to_string(), message, idempotency_key)?;
    let outside = Outside::new(settings, &request_id);
    let answered = consult(&outside, &settings.turns, question).await.map_err(told)?;
    Ok(ChatResponse {
        response: answered.response,
        session_id,
        turn_id: answered.turn_id,
        timestamp: timestamp::rfc3339(answered.answered_at),
        metadata: RawValue::from_string(answered.metadata).map_err(|_| ApiError::Internal)?,
    })
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(_), Some(_)) => Err(ApiError::IdempotencyKeyInvalid),
        (Some(value), None) => value
            .to_str()
            .map(|key| Some(key.to_owned()))
            .map_err(|_| ApiError::IdempotencyKeyInvalid),
    }
}

fn told(error: TurnError) -> ApiError {
    match error {
        TurnError::InProgress => ApiError::InProgress,
        TurnError::KeyReused => ApiError::IdempotencyKeyReused,
        TurnError::Cleared => ApiError::TurnCleared,
        TurnError::ModelUnavailable(advice) => ApiError::ModelUnavailable(advice),
        TurnError::StoreUnavailable => ApiError::StoreUnavailable,
    }
}
