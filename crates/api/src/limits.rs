//! What Medchat accepts at most.

/// Characters (Unicode scalar values) in a message.
pub const MESSAGE_CHARACTERS: usize = 4_000;
/// Bytes in a JSON request body: the longest message, every character escaped as a surrogate pair, fits.
pub const JSON_BODY_BYTES: usize = 64 * 1024;
/// Turns in a page of history at most.
pub const HISTORY_PAGE: u32 = 100;
/// Turns in a page of history where the client names no number.
pub const HISTORY_PAGE_DEFAULT: u32 = 50;
/// Characters in an idempotency key.
pub const IDEMPOTENCY_KEY_CHARACTERS: usize = 255;
/// Bytes in a patient id.
pub const PATIENT_ID_BYTES: usize = 256;
