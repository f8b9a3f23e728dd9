//! The session record, as it lies in the key-value store.

use serde::{Deserialize, Serialize};

/// A live session is extended at most this often, so that a busy one does not write on every request.
pub const EXTEND_EVERY_SECONDS: i64 = 60;

/// A login that has not been logged out. Times are seconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Who logged in.
    pub patient_id: String,
    /// When.
    pub created_at: i64,
    /// When it was last extended.
    pub extended_at: i64,
    /// When it ends unless it is extended.
    pub expires_at: i64,
}

/// The key of a session in the store.
#[must_use]
pub fn key_of(session_id: &str) -> String {
    format!("session/{session_id}")
}

impl Session {
    /// A session that begins at `now` and ends `idle_seconds` after it was last extended.
    #[must_use]
    pub fn begin(patient_id: &str, now: i64, idle_seconds: i64) -> Self {
        let patient_id = patient_id.to_owned();
        Self {
            patient_id,
            created_at: now,
            extended_at: now,
            expires_at: now + idle_seconds,
        }
    }

    /// Whether the session opens anything for `patient_id` at `now`.
    #[must_use]
    pub fn admits(&self, patient_id: &str, now: i64) -> bool {
        self.patient_id == patient_id && now < self.expires_at
    }

    /// The session extended to `now`, where that is due.
    #[must_use]
    pub fn extended(&self, now: i64, idle_seconds: i64) -> Option<Self> {
        (now - self.extended_at >= EXTEND_EVERY_SECONDS).then(|| Self {
            extended_at: now,
            expires_at: now + idle_seconds,
            ..self.clone()
        })
    }

    /// As stored.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a struct of a string and numbers is always JSON")
    }

    /// From the store; none where the bytes are no session, which then opens nothing.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> Session {
        Session::begin("Adam_Cronin_1", 1_000, 1_800)
    }

    #[test]
    fn a_session_admits_its_own_patient_until_it_expires() {
        assert!(session().admits("Adam_Cronin_1", 2_799));
        assert!(!session().admits("Adam_Cronin_1", 2_800));
    }

    #[test]
    fn a_session_admits_no_other_patient() {
        assert!(!session().admits("Eve_Adams_2", 1_001));
    }

    #[test]
    fn a_session_is_not_extended_twice_in_a_minute() {
        assert_eq!(session().extended(1_059, 1_800), None);
    }

    #[test]
    fn a_session_in_use_slides_on() {
        let later = session().extended(1_060, 1_800).unwrap();
        assert!(later.admits("Adam_Cronin_1", 2_859));
        assert_eq!(later.created_at, 1_000);
    }

    #[test]
    fn a_session_survives_the_store() {
        assert_eq!(Session::from_bytes(&session().to_bytes()), Some(session()));
    }

    #[test]
    fn bytes_that_are_no_session_open_nothing() {
        assert_eq!(Session::from_bytes(b"{}"), None);
    }
}
