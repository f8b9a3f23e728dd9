//! Header names beyond those of the `http` crate, in the lower case that HTTP/2 wants.

/// The request's id: taken from a sane inbound header, else made by the gateway; on every response.
pub const REQUEST_ID: &str = "x-request-id";
/// How long the request took inside Medchat, in seconds.
pub const PROCESS_TIME: &str = "x-process-time";
/// A client's own name for a request that it may send again
/// ([IETF draft](https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/)).
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Headers that only the gateway may set: it removes every inbound one that starts so.
pub const TRUSTED_PREFIX: &str = "x-medchat-";
/// The authenticated patient, set by the gateway for the component behind it.
pub const PATIENT_ID: &str = "x-medchat-patient-id";
/// The authenticated session, set by the gateway for the component behind it.
pub const SESSION_ID: &str = "x-medchat-session-id";

/// Requests allowed in any minute.
pub const RATE_LIMIT_MINUTE: &str = "x-ratelimit-limit-minute";
/// Requests left in the minute that ends now.
pub const RATE_REMAINING_MINUTE: &str = "x-ratelimit-remaining-minute";
/// Requests allowed in any hour.
pub const RATE_LIMIT_HOUR: &str = "x-ratelimit-limit-hour";
/// Requests left in the hour that ends now.
pub const RATE_REMAINING_HOUR: &str = "x-ratelimit-remaining-hour";

/// The client's address and port, set by Spin.
pub const SPIN_CLIENT_ADDRESS: &str = "spin-client-addr";
