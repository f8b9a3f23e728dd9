//! The access token: a JWT (RFC 7519) signed with HMAC-SHA-256, after the advice of RFC 8725.

use chrono::{DateTime, Duration, Utc};
use jwt_compact::ValidationError;
use jwt_compact::alg::{Hs256, Hs256Key};
use jwt_compact::prelude::*;
use serde::{Deserialize, Serialize};

/// The least length of a signing key in bytes: that of the hash, RFC 7518 section 3.2.
const KEY_BYTES: usize = 32;
/// Longer than any token that is issued here; what is longer is refused before any work is done on it.
const TOKEN_BYTES: usize = 4 * 1024;

/// The secret that signs tokens.
pub struct SigningKey(Hs256Key);

/// Why a signing key is not accepted.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SigningKeyError {
    /// Fewer bytes than the hash has: it could be guessed.
    #[error("the signing key has {0} bytes, and at least {KEY_BYTES} are needed")]
    TooShort(usize),
}

/// Why a token is not accepted. For tests and metrics: a client is told the same of each.
#[derive(Debug, thiserror::Error, Clone, Copy, PartialEq, Eq)]
pub enum TokenError {
    /// Not a token, or one with a header or claims of another shape than ours.
    #[error("the token is malformed")]
    Malformed,
    /// It asks to be checked with another algorithm than the one we use (RFC 8725, section 3.1).
    #[error("the token names another algorithm")]
    Algorithm,
    /// The signature is not ours.
    #[error("the signature does not match")]
    Signature,
    /// It has no expiry, or that has passed. There is no leeway: the clock that set it is the clock that checks it.
    #[error("the token has no expiry or has expired")]
    Expired,
    /// It is not valid yet.
    #[error("the token is not valid yet")]
    Early,
    /// Its claims contradict each other.
    #[error("the claims contradict each other")]
    Inconsistent,
}

/// What a token says once it is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// Who logged in.
    pub patient_id: String,
    /// The session that the login began.
    pub session_id: String,
}

/// The claims beside the registered times. Clients read `patient_id` and `session_id`; `sub` and `sid` are their
/// registered names.
#[derive(Serialize, Deserialize)]
struct Identity {
    sub: String,
    patient_id: String,
    sid: String,
    session_id: String,
}

/// A `crit` header names extensions that must be understood (RFC 7515, section 4.1.11). We understand none.
#[derive(Serialize, Deserialize, Clone, Default)]
struct Critical {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crit: Option<serde_json::Value>,
}

impl SigningKey {
    /// `secret` as it stands in the configuration.
    ///
    /// # Errors
    /// It is shorter than 32 bytes.
    pub fn new(secret: &str) -> Result<Self, SigningKeyError> {
        if secret.len() < KEY_BYTES {
            return Err(SigningKeyError::TooShort(secret.len()));
        }
        Ok(Self(Hs256Key::new(secret.as_bytes())))
    }

    /// A token for `identity` that is issued at `now` and lives for `lifetime`.
    ///
    /// # Errors
    /// [`TokenError::Malformed`] where the claims cannot be written, which no identity of ours brings about.
    pub fn sign(&self, identity: &AccessToken, now: DateTime<Utc>, lifetime: Duration) -> Result<String, TokenError> {
        let claims = Claims::new(Identity {
            sub: identity.patient_id.clone(),
            patient_id: identity.patient_id.clone(),
            sid: identity.session_id.clone(),
            session_id: identity.session_id.clone(),
        })
        .set_duration_and_issuance(&TimeOptions::new(Duration::zero(), || now), lifetime);
        let header = Header::new(Critical::default()).with_token_type("JWT");
        Hs256
            .token(&header, &claims, &self.0)
            .map_err(|_| TokenError::Malformed)
    }

    /// What `token` says, if it is ours and in force at `now`.
    ///
    /// # Errors
    /// See [`TokenError`].
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<AccessToken, TokenError> {
        if token.len() > TOKEN_BYTES {
            return Err(TokenError::Malformed);
        }
        let untrusted = UntrustedToken::<Critical>::try_from(token).map_err(|_| TokenError::Malformed)?;
        // The algorithm is ours to choose, never the token's: anything else it names is refused unread.
        if untrusted.algorithm() != "HS256" {
            return Err(TokenError::Algorithm);
        }
        if untrusted.header().other_fields.crit.is_some() {
            return Err(TokenError::Malformed);
        }
        let token = Hs256
            .validator::<Identity>(&self.0)
            .validate(&untrusted)
            .map_err(|error| match error {
                ValidationError::InvalidSignature => TokenError::Signature,
                _ => TokenError::Malformed,
            })?;
        let clock = TimeOptions::new(Duration::zero(), || now);
        let claims = token.claims();
        claims.validate_expiration(&clock).map_err(|_| TokenError::Expired)?;
        if claims.not_before.is_some() {
            claims.validate_maturity(&clock).map_err(|_| TokenError::Early)?;
        }
        let identity = &claims.custom;
        if identity.sub != identity.patient_id || identity.sid != identity.session_id {
            return Err(TokenError::Inconsistent);
        }
        Ok(AccessToken {
            patient_id: identity.patient_id.clone(),
            session_id: identity.session_id.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const SECRET: &str = "a secret of more than thirty-two bytes";

    fn key() -> SigningKey {
        SigningKey::new(SECRET).unwrap()
    }

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn identity() -> AccessToken {
        AccessToken {
            patient_id: "Adam_Cronin_1".into(),
            session_id: "s-1".into(),
        }
    }

    fn claims() -> Value {
        json!({"sub": "Adam_Cronin_1", "patient_id": "Adam_Cronin_1", "sid": "s-1", "session_id": "s-1",
               "iat": 1_800_000_000, "exp": 1_800_000_060})
    }

    /// A token with any header and claims, signed with our own key: what only a bug of ours could let in.
    fn forge(header: &Value, claims: &Value) -> String {
        use jwt_compact::Algorithm;
        let encode = |value: &Value| base64(value.to_string().as_bytes());
        let message = format!("{}.{}", encode(header), encode(claims));
        let signature =
            jwt_compact::AlgorithmSignature::as_bytes(&Hs256.sign(&key().0, message.as_bytes())).into_owned();
        format!("{message}.{}", base64(&signature))
    }

    fn base64(bytes: &[u8]) -> String {
        const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut text = String::new();
        for chunk in bytes.chunks(3) {
            let bits = chunk.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
            for index in 0..=chunk.len() {
                text.push(char::from(ALPHABET[(bits >> (18 - 6 * index) & 63) as usize]));
            }
        }
        text
    }

    fn hs256() -> Value {
        json!({"alg": "HS256", "typ": "JWT"})
    }

    #[test]
    fn a_token_of_ours_is_believed() {
        let token = key().sign(&identity(), now(), Duration::minutes(60)).unwrap();
        assert_eq!(key().verify(&token, now()), Ok(identity()));
    }

    #[test]
    fn a_token_carries_the_claims_that_clients_read() {
        assert_eq!(key().verify(&forge(&hs256(), &claims()), now()), Ok(identity()));
    }

    #[test]
    fn a_token_signed_with_another_key_is_refused() {
        let other = SigningKey::new("another secret of more than thirty-two bytes").unwrap();
        let token = other.sign(&identity(), now(), Duration::minutes(60)).unwrap();
        assert_eq!(key().verify(&token, now()), Err(TokenError::Signature));
    }

    #[test]
    fn a_token_without_an_algorithm_is_refused() {
        for header in [json!({"alg": "none"}), json!({"alg": "None", "typ": "JWT"})] {
            let token = forge(&header, &claims());
            assert_eq!(key().verify(&token, now()), Err(TokenError::Algorithm));
            let unsigned = format!("{}.", token.rsplit_once('.').unwrap().0);
            assert!(key().verify(&unsigned, now()).is_err());
        }
    }

    #[test]
    fn a_token_that_chooses_another_algorithm_is_refused() {
        for algorithm in ["HS384", "HS512", "RS256", "ES256", "hs256"] {
            let token = forge(&json!({"alg": algorithm, "typ": "JWT"}), &claims());
            assert_eq!(key().verify(&token, now()), Err(TokenError::Algorithm), "{algorithm}");
        }
    }

    #[test]
    fn a_token_is_refused_from_the_second_of_its_expiry_on() {
        let token = forge(&hs256(), &claims());
        assert!(key().verify(&token, now() + Duration::seconds(59)).is_ok());
        assert_eq!(
            key().verify(&token, now() + Duration::seconds(61)),
            Err(TokenError::Expired)
        );
    }

    #[test]
    fn a_token_without_expiry_is_refused() {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove("exp");
        assert_eq!(key().verify(&forge(&hs256(), &claims), now()), Err(TokenError::Expired));
    }

    #[test]
    fn a_token_whose_expiry_is_not_a_number_is_refused() {
        for expiry in [
            json!("1800000060"),
            json!("never"),
            json!(null),
            json!([1_800_000_060]),
            json!({}),
        ] {
            let mut claims = claims();
            claims["exp"] = expiry.clone();
            assert!(key().verify(&forge(&hs256(), &claims), now()).is_err(), "{expiry}");
        }
    }

    #[test]
    fn a_token_that_is_not_valid_yet_is_refused() {
        let mut claims = claims();
        claims["nbf"] = json!(1_800_000_030);
        assert_eq!(key().verify(&forge(&hs256(), &claims), now()), Err(TokenError::Early));
    }

    #[test]
    fn a_token_that_lacks_a_claim_is_refused() {
        for name in ["sub", "patient_id", "sid", "session_id"] {
            let mut claims = claims();
            claims.as_object_mut().unwrap().remove(name);
            assert_eq!(
                key().verify(&forge(&hs256(), &claims), now()),
                Err(TokenError::Malformed),
                "{name}"
            );
        }
    }

    #[test]
    fn a_token_for_two_patients_at_once_is_refused() {
        let mut claims = claims();
        claims["patient_id"] = json!("Eve_Adams_2");
        assert_eq!(
            key().verify(&forge(&hs256(), &claims), now()),
            Err(TokenError::Inconsistent)
        );
    }

    #[test]
    fn a_token_with_a_critical_extension_is_refused() {
        let token = forge(&json!({"alg": "HS256", "typ": "JWT", "crit": ["b64"]}), &claims());
        assert_eq!(key().verify(&token, now()), Err(TokenError::Malformed));
    }

    #[test]
    fn what_is_no_token_is_refused() {
        for text in ["", ".", "..", "a.b.c", "not a token", &"x".repeat(10_000)] {
            assert_eq!(key().verify(text, now()), Err(TokenError::Malformed));
        }
    }

    #[test]
    fn a_short_signing_key_is_refused() {
        assert_eq!(
            SigningKey::new(&"k".repeat(31)).err(),
            Some(SigningKeyError::TooShort(31))
        );
    }

    #[test]
    fn a_signing_key_of_32_bytes_is_accepted() {
        assert!(SigningKey::new(&"k".repeat(32)).is_ok());
    }
}
