//! Bodies of `/api/auth`.

use serde::{Deserialize, Serialize};

/// Body of `POST /api/auth/login`.
#[derive(Debug, Serialize, Deserialize)]
pub struct LoginRequest {
    /// Who logs in.
    pub patient_id: String,
}

/// Answer to a login.
#[derive(Debug, Serialize, Deserialize)]
pub struct LoginResponse {
    /// The token to send as `Authorization: Bearer <token>`.
    pub access_token: String,
    /// Always `bearer`.
    pub token_type: String,
    /// The conversation that begins.
    pub session_id: String,
    /// Seconds until the token expires. The session ends earlier where the patient is silent for long.
    pub expires_in: u64,
}

/// Answer to a logout.
#[derive(Debug, Serialize, Deserialize)]
pub struct LogoutResponse {
    /// For a person to read.
    pub message: String,
}
