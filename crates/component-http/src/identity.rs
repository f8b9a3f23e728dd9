//! Who asks, as the gateway says.

use http::HeaderMap;
use medchat_api::error::ApiError;
use medchat_api::headers;

/// An authenticated patient in a live session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The patient.
    pub patient_id: String,
    /// The session.
    pub session_id: String,
}

impl Identity {
    /// From the headers that only the gateway can set.
    ///
    /// # Errors
    /// [`ApiError::TokenMissing`] where one is missing: the component was called without the gateway, and stays closed.
    pub fn from_headers(headers: &HeaderMap) -> Result<Self, ApiError> {
        let value = |name| {
            let value = headers.get(name)?.as_bytes();
            // Names may have accents, so the header may not be ASCII.
            std::str::from_utf8(value)
                .ok()
                .filter(|value| !value.is_empty())
                .map(str::to_owned)
        };
        match (value(headers::PATIENT_ID), value(headers::SESSION_ID)) {
            (Some(patient_id), Some(session_id)) => Ok(Self { patient_id, session_id }),
            _ => Err(ApiError::TokenMissing),
        }
    }
}

/// The request's id; empty where the component was called without the gateway.
#[must_use]
pub fn request_id(headers: &HeaderMap) -> &str {
    headers
        .get(headers::REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn a_request_with_both_identity_headers_is_that_patients() {
        let headers = headers(&[(headers::PATIENT_ID, "José_Núñez_1"), (headers::SESSION_ID, "s-1")]);
        let identity = Identity::from_headers(&headers).unwrap();
        assert_eq!(
            (identity.patient_id.as_str(), identity.session_id.as_str()),
            ("José_Núñez_1", "s-1")
        );
    }

    #[test]
    fn a_request_that_lacks_an_identity_header_is_refused() {
        for pairs in [&[][..], &[(headers::PATIENT_ID, "p")], &[(headers::SESSION_ID, "s")]] {
            assert_eq!(Identity::from_headers(&headers(pairs)), Err(ApiError::TokenMissing));
        }
    }

    #[test]
    fn an_empty_identity_is_no_identity() {
        let headers = headers(&[(headers::PATIENT_ID, ""), (headers::SESSION_ID, "s-1")]);
        assert_eq!(Identity::from_headers(&headers), Err(ApiError::TokenMissing));
    }
}
