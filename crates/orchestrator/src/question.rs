//! What a patient asks, checked.

use medchat_api::error::ApiError;
use medchat_api::limits;
use medchat_bindings::store::conversations::Owner;

/// A message that may be answered.
#[derive(Debug, Clone)]
pub struct Question {
    pub(crate) owner: Owner,
    pub(crate) turn_id: String,
    pub(crate) message: String,
    pub(crate) idempotency_key: Option<String>,
}

impl Question {
    /// A question of `owner`, to become the turn `turn_id` (a UUIDv7).
    ///
    /// # Errors
    /// [`ApiError::MessageEmpty`], [`ApiError::MessageTooLong`] or [`ApiError::IdempotencyKeyInvalid`].
    pub fn new(
        owner: Owner,
        turn_id: String,
        message: String,
        idempotency_key: Option<String>,
    ) -> Result<Self, ApiError> {
        if message.chars().all(|c| c.is_whitespace() || c.is_control()) {
            return Err(ApiError::MessageEmpty);
        }
        // Bytes are an upper bound of characters, and cheaper.
        if message.len() > limits::MESSAGE_CHARACTERS && message.chars().count() > limits::MESSAGE_CHARACTERS {
            return Err(ApiError::MessageTooLong);
        }
        if let Some(key) = &idempotency_key {
            let printable = key.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
            if key.is_empty() || key.len() > limits::IDEMPOTENCY_KEY_CHARACTERS || !printable {
                return Err(ApiError::IdempotencyKeyInvalid);
            }
        }
        Ok(Self {
            owner,
            turn_id,
            message,
            idempotency_key,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(message: &str, key: Option<&str>) -> Result<Question, ApiError> {
        let owner = Owner {
            patient_id: "p".into(),
            session_id: "s".into(),
        };
        Question::new(owner, "t".into(), message.into(), key.map(str::to_owned))
    }

    #[test]
    fn a_message_of_4000_characters_is_accepted_in_any_script() {
        assert!(ask(&"a".repeat(4_000), None).is_ok());
        assert!(ask(&"ệ".repeat(4_000), None).is_ok());
    }

    #[test]
    fn a_message_of_4001_characters_is_refused() {
        assert_eq!(ask(&"ệ".repeat(4_001), None).err(), Some(ApiError::MessageTooLong));
    }

    #[test]
    fn a_message_without_words_is_refused() {
        for message in ["", "   ", "\n\t", "\u{0}\u{0}", "\u{3000}"] {
            assert_eq!(ask(message, None).err(), Some(ApiError::MessageEmpty), "{message:?}");
        }
    }

    #[test]
    fn an_idempotency_key_of_255_printable_characters_is_accepted() {
        assert!(ask("hello", Some(&"k".repeat(255))).is_ok());
    }

    #[test]
    fn an_idempotency_key_that_is_empty_long_or_not_printable_is_refused() {
        for key in ["", &"k".repeat(256), "a\nb", "é"] {
            assert_eq!(
                ask("hello", Some(key)).err(),
                Some(ApiError::IdempotencyKeyInvalid),
                "{key:?}"
            );
        }
    }
}
