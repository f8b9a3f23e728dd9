//! Access tokens and login sessions: what `auth` issues and the gateway checks.
//!
//! A token alone opens nothing. It names a session, and the session must still be in the key-value store, belong to the
//! same patient and not have run out: so a logout takes effect at once, which a token by itself could not do.

mod session;
mod token;

pub use session::{EXTEND_EVERY_SECONDS, Session, key_of};
pub use token::{AccessToken, SigningKey, SigningKeyError, TokenError};
