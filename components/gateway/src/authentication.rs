//! Bearer token -> live session -> identity.

use chrono::Utc;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use medchat_api::error::ApiError;
use medchat_api::routes::{Access, Route};
use medchat_component_http::Identity;
use medchat_session::{AccessToken, Session, key_of};

use crate::settings::Settings;
use crate::store::{self, Bucket, StoreError};

/// Who asks; none on a public route, where a token is not even looked at.
///
/// # Errors
/// [`ApiError::TokenMissing`], [`ApiError::TokenInvalid`] or [`ApiError::StoreUnavailable`].
pub(crate) async fn check(
    route: &Route,
    headers: &HeaderMap,
    settings: &Settings,
) -> Result<Option<Identity>, ApiError> {
    if route.access != Access::Session {
        return Ok(None);
    }
    let now = Utc::now();
    let token = settings
        .key
        .verify(bearer(headers)?, now)
        .map_err(|_| ApiError::TokenInvalid)?;
    let bucket = Bucket::open().map_err(|error| unavailable(&error))?;
    let key = key_of(&token.session_id);
    let stored = bucket
        .get(&key)
        .map_err(|error| unavailable(&error))?
        .ok_or(ApiError::TokenInvalid)?;
    let session = Session::from_bytes(&stored).filter(|session| session.admits(&token.patient_id, now.timestamp()));
    let session = session.ok_or(ApiError::TokenInvalid)?;
    if let Some(extended) = session.extended(now.timestamp(), settings.session_idle_seconds) {
        extend(&bucket, &key, &stored, &extended);
    }
    let AccessToken { patient_id, session_id } = token;
    Ok(Some(Identity { patient_id, session_id }))
}

/// The token of the one `Authorization: Bearer` header (RFC 6750, section 2.1).
fn bearer(headers: &HeaderMap) -> Result<&str, ApiError> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(ApiError::TokenMissing)?;
    if values.next().is_some() {
        return Err(ApiError::TokenInvalid);
    }
    let (scheme, token) = value
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .ok_or(ApiError::TokenInvalid)?;
    if scheme.eq_ignore_ascii_case("bearer") {
        Ok(token.trim())
    } else {
        Err(ApiError::TokenInvalid)
    }
}

/// Slides the session on, unless it was logged out or extended since it was read: a logout must not be undone.
fn extend(bucket: &Bucket, key: &str, read: &[u8], extended: &Session) {
    let outcome = bucket.begin_swap(key).and_then(|(current, swap)| match current {
        Some(current) if current == read => store::swap(swap, &extended.to_bytes()),
        _ => Ok(false),
    });
    if let Err(error) = outcome {
        // The session stays as it was; the next request tries again.
        store::note("session not extended", &error);
    }
}

fn unavailable(error: &StoreError) -> ApiError {
    store::note("sessions unavailable", error);
    ApiError::StoreUnavailable
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(values: &[&str]) -> HeaderMap {
        values
            .iter()
            .map(|value| (AUTHORIZATION, value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn a_bearer_token_is_found_however_the_scheme_is_written() {
        assert_eq!(bearer(&with(&["Bearer abc"])), Ok("abc"));
        assert_eq!(bearer(&with(&["bearer abc"])), Ok("abc"));
    }

    #[test]
    fn a_request_without_a_token_is_told_so() {
        assert_eq!(bearer(&HeaderMap::new()), Err(ApiError::TokenMissing));
    }

    #[test]
    fn another_scheme_is_no_token() {
        for value in ["Basic YTpi", "abc", "Bearer", "", "Bearer\u{e9} abc"] {
            assert_eq!(bearer(&with(&[value])), Err(ApiError::TokenInvalid), "{value}");
        }
    }

    #[test]
    fn two_tokens_are_none() {
        assert_eq!(
            bearer(&with(&["Bearer abc", "Bearer def"])),
            Err(ApiError::TokenInvalid)
        );
    }
}
