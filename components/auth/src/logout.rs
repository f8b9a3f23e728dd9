//! Logging out.

use http::HeaderMap;
use medchat_api::error::ApiError;
use medchat_api::login::LogoutResponse;
use medchat_component_http::Identity;

use crate::sessions;

/// Ends the session of whoever asks.
pub(crate) async fn log_out(headers: &HeaderMap) -> Result<LogoutResponse, ApiError> {
    let identity = Identity::from_headers(headers)?;
    sessions::end(&identity.session_id).await?;
    Ok(LogoutResponse {
        message: "You are logged out.".to_owned(),
    })
}
