//! The sessions in the key-value store.

use medchat_api::error::ApiError;
use medchat_session::{Session, key_of};
use spin_sdk::key_value::{Error, Store};

/// Keeps a new session.
pub(crate) async fn create(session_id: &str, session: &Session) -> Result<(), ApiError> {
    let store = Store::open_default().await.map_err(unavailable)?;
    store
        .set(key_of(session_id), session.to_bytes())
        .await
        .map_err(unavailable)
}

/// Ends a session for good: it is deleted, and the gateway extends only a session that is still there.
pub(crate) async fn end(session_id: &str) -> Result<(), ApiError> {
    let store = Store::open_default().await.map_err(unavailable)?;
    store.delete(key_of(session_id)).await.map_err(unavailable)
}

fn unavailable(error: Error) -> ApiError {
    let line = serde_json::json!({"level": "error", "event": "sessions unavailable", "cause": error.to_string()});
    eprintln!("{line}");
    ApiError::StoreUnavailable
}
