//! Logging in.

use std::sync::OnceLock;

use chrono::{Duration, Utc};
use medchat_api::error::ApiError;
use medchat_api::login::{LoginRequest, LoginResponse};
use medchat_api::patient_id::PatientIdPattern;
use medchat_component_http::{read_json, settings};
use medchat_session::{AccessToken, Session, SigningKey};
use spin_sdk::http::Request;
use uuid::Uuid;

use crate::sessions;

/// What the configuration says of logins. Read once an instance: compiling the pattern costs more than a login.
struct Settings {
    key: SigningKey,
    pattern: PatientIdPattern,
    token_lifetime: Duration,
    session_idle: Duration,
}

async fn settings() -> Result<&'static Settings, ApiError> {
    static SETTINGS: OnceLock<Settings> = OnceLock::new();
    settings::once(&SETTINGS, read_settings()).await
}

async fn read_settings() -> Result<Settings, ApiError> {
    let key = SigningKey::new(&settings::text("signing_key").await?)
        .map_err(|error| settings::misconfigured("signing_key", &error.to_string()))?;
    let pattern = PatientIdPattern::new(&settings::text("patient_id_pattern").await?)
        .map_err(|_| settings::misconfigured("patient_id_pattern", "is not a regular expression"))?;
    let token_lifetime = Duration::minutes(settings::number::<u32>("token_minutes").await?.into());
    let session_idle = Duration::minutes(settings::number::<u32>("session_minutes").await?.into());
    Ok(Settings {
        key,
        pattern,
        token_lifetime,
        session_idle,
    })
}

/// Begins a session for the patient that the body names, and signs a token for it.
pub(crate) async fn log_in(request: Request) -> Result<LoginResponse, ApiError> {
    let settings = settings().await?;
    let LoginRequest { patient_id } = read_json(request, "patient_id").await?;
    if !settings.pattern.matches(&patient_id) {
        return Err(ApiError::PatientIdInvalid);
    }
    let now = Utc::now();
    // The id alone opens nothing without a token, yet it is not to be guessed either: 122 random bits.
    let session_id = Uuid::new_v4().to_string();
    let session = Session::begin(&patient_id, now.timestamp(), settings.session_idle.num_seconds());
    let identity = AccessToken { patient_id, session_id };
    let access_token = settings
        .key
        .sign(&identity, now, settings.token_lifetime)
        .map_err(|_| ApiError::Internal)?;
    sessions::create(&identity.session_id, &session).await?;
    Ok(LoginResponse {
        access_token,
        token_type: "bearer".to_owned(),
        session_id: identity.session_id,
        expires_in: settings.token_lifetime.num_seconds().unsigned_abs(),
    })
}
