//! Bearer token -> live session -> identity.

use chrono::Utc;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use medchat_api::error::ApiError;
use medchat_api::routes::{Access, Route};
use medchat_component_http::Identity;
use medchat_rate_limit::Store;
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
    if let Some(extended) = session.extended(now.timestamp(), settings.session_idle_seconds)
        && let Err(error) = extend(bucket, &key, &stored, &extended)
    {
        // The session stays as it was; the next request tries again.
        store::note("session not extended", &error);
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

/// Slides the session on, unless it was logged out or extended since it was read: a logout must not be undone. Whether it
/// did.
fn extend<S: Store>(store: &S, key: &str, read: &[u8], extended: &Session) -> Result<bool, S::Error> {
    match store.begin_swap(key)? {
        (Some(current), swap) if current == read => store.swap(swap, extended.to_bytes()),
        _ => Ok(false),
    }
}

fn unavailable(error: &StoreError) -> ApiError {
    store::note("sessions unavailable", error);
    ApiError::StoreUnavailable
}

#[cfg(test)]
mod tests {
    use super::*;
    use medchat_rate_limit::Begun;
    use std::cell::RefCell;

    /// One key. What happens to it between reading and swapping is up to the test.
    struct OneKey {
        value: RefCell<Option<Vec<u8>>>,
        meanwhile: Option<Vec<u8>>,
        changes: bool,
    }

    impl Store for OneKey {
        type Error = std::convert::Infallible;
        type Swap = Option<Vec<u8>>;

        fn begin_swap(&self, _: &str) -> Result<Begun<Self::Swap>, Self::Error> {
            let before = self.value.borrow().clone();
            if self.changes {
                *self.value.borrow_mut() = self.meanwhile.clone();
            }
            Ok((before.clone(), before))
        }

        fn swap(&self, before: Self::Swap, value: Vec<u8>) -> Result<bool, Self::Error> {
            let wins = *self.value.borrow() == before;
            if wins {
                *self.value.borrow_mut() = Some(value);
            }
            Ok(wins)
        }

        fn write(&self, _: &str, _: &[u8]) -> Result<(), Self::Error> {
            unreachable!("a session is never written blindly")
        }

        fn increment(&self, _: &str) -> Result<i64, Self::Error> {
            unreachable!("a session is no counter")
        }

        async fn pause(&self) {}
    }

    fn session() -> Session {
        Session::begin("Adam_Cronin_1", 1_000, 1_800)
    }

    fn later() -> Session {
        session().extended(1_060, 1_800).unwrap()
    }

    #[test]
    fn a_session_in_use_slides_on() {
        let store = OneKey {
            value: RefCell::new(Some(session().to_bytes())),
            meanwhile: None,
            changes: false,
        };
        assert_eq!(extend(&store, "session/1", &session().to_bytes(), &later()), Ok(true));
        assert_eq!(store.value.take(), Some(later().to_bytes()));
    }

    #[test]
    fn a_session_that_is_logged_out_before_the_swap_stays_dead() {
        let store = OneKey {
            value: RefCell::new(None),
            meanwhile: None,
            changes: false,
        };
        assert_eq!(extend(&store, "session/1", &session().to_bytes(), &later()), Ok(false));
        assert_eq!(store.value.take(), None);
    }

    #[test]
    fn a_session_that_is_logged_out_during_the_swap_stays_dead() {
        let store = OneKey {
            value: RefCell::new(Some(session().to_bytes())),
            meanwhile: None,
            changes: true,
        };
        assert_eq!(extend(&store, "session/1", &session().to_bytes(), &later()), Ok(false));
        assert_eq!(store.value.take(), None);
    }

    #[test]
    fn a_session_that_another_request_extended_is_left_alone() {
        let other = session().extended(1_070, 1_800).unwrap();
        let store = OneKey {
            value: RefCell::new(Some(other.to_bytes())),
            meanwhile: None,
            changes: false,
        };
        assert_eq!(extend(&store, "session/1", &session().to_bytes(), &later()), Ok(false));
        assert_eq!(store.value.take(), Some(other.to_bytes()));
    }

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
