//! `GET` and `DELETE /api/chat/history`

use http::HeaderMap;
use medchat_api::chat::{Cleared, History, HistoryTurn, InputType, TurnStatus};
use medchat_api::error::ApiError;
use medchat_api::{limits, timestamp};
use medchat_bindings::store::conversations::{self, Owner, Turn};
use medchat_component_http::Identity;
use serde_json::value::RawValue;
use spin_sdk::http::Request;
use uuid::Uuid;

use crate::store_error;

/// A page of the conversation.
pub(crate) async fn page(request: &Request) -> Result<History, ApiError> {
    let Identity { patient_id, session_id } = Identity::from_headers(request.headers())?;
    let (limit, before) = parameters(request.uri().query().unwrap_or_default())?;
    let owner = Owner {
        patient_id,
        session_id: session_id.clone(),
    };
    let page = conversations::history(owner, limit, before)
        .await
        .map_err(store_error)?;
    let turns = page.turns.into_iter().map(to_turn).collect::<Result<_, _>>()?;
    Ok(History {
        session_id,
        turns,
        next: page.next,
    })
}

/// Deletes the conversation, and with it what the model is reminded of.
pub(crate) async fn clear(headers: &HeaderMap) -> Result<Cleared, ApiError> {
    let Identity { patient_id, session_id } = Identity::from_headers(headers)?;
    let deleted = conversations::clear(Owner { patient_id, session_id })
        .await
        .map_err(store_error)?;
    Ok(Cleared { deleted })
}

/// `limit` and `before`. Other parameters are left alone.
fn parameters(query: &str) -> Result<(u32, Option<String>), ApiError> {
    let (mut limit, mut before) = (limits::HISTORY_PAGE_DEFAULT, None);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "limit" => {
                let asked = value
                    .parse()
                    .ok()
                    .filter(|asked| (1..=limits::HISTORY_PAGE).contains(asked));
                limit = asked.ok_or(ApiError::QueryInvalid("limit"))?;
            }
            "before" => {
                let id = Uuid::parse_str(&value).map_err(|_| ApiError::QueryInvalid("before"))?;
                before = Some(id.to_string());
            }
            _ => {}
        }
    }
    Ok((limit, before))
}

fn to_turn(turn: Turn) -> Result<HistoryTurn, ApiError> {
    let status = if turn.answer.is_some() {
        TurnStatus::Answered
    } else {
        TurnStatus::Unanswered
    };
    let (response, metadata) = turn.answer.map(|answer| (answer.response, answer.metadata)).unzip();
    Ok(HistoryTurn {
        turn_id: turn.id,
        timestamp: timestamp::rfc3339(turn.created_at),
        input_type: match turn.input_type {
            conversations::InputType::Text => InputType::Text,
            conversations::InputType::Speech => InputType::Speech,
            conversations::InputType::Image => InputType::Image,
            conversations::InputType::Multimodal => InputType::Multimodal,
        },
        message: turn.message,
        status,
        response,
        metadata: metadata
            .map(RawValue::from_string)
            .transpose()
            .map_err(|_| ApiError::Internal)?,
    })
}
