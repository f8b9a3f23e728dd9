//! The key-value store: sessions, and the log of the rate limit.
//!
//! It is used through `wasi:keyvalue`, which has the compare-and-swap that Spin's own interface lacks.

use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use spin_sdk::experimental::wasi::keyvalue::atomics::{self, Cas, CasError};
use spin_sdk::experimental::wasi::keyvalue::store;

pub(crate) use atomics::Cas as Swap;
pub(crate) use store::Error as StoreError;

/// The application's store.
pub(crate) struct Bucket(store::Bucket);

impl Bucket {
    /// Opened once an instance: it is the same for every request.
    pub(crate) fn open() -> Result<&'static Self, StoreError> {
        static BUCKET: OnceLock<Bucket> = OnceLock::new();
        if let Some(bucket) = BUCKET.get() {
            return Ok(bucket);
        }
        let bucket = store::open("default").map(Self)?;
        Ok(BUCKET.get_or_init(|| bucket))
    }

    pub(crate) fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.get(key)
    }

    pub(crate) fn set(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        self.0.set(key, value)
    }

    pub(crate) fn increment(&self, key: &str) -> Result<i64, StoreError> {
        atomics::increment(&self.0, key, 1)
    }

    /// The value now, and the handle to replace just that value.
    pub(crate) fn begin_swap(&self, key: &str) -> Result<(Option<Vec<u8>>, Swap), StoreError> {
        let cas = Cas::new(&self.0, key)?;
        Ok((cas.current()?, cas))
    }
}

/// Replaces the value if it is still the same; whether it was.
///
/// Spin 4.1 forgets to free the handle of a swap, and has room for 256 in an instance; an instance serves 128 requests,
/// each with one swap and now and then a second. Where that is not enough, let instances serve fewer
/// (`spin up --max-instance-reuse-count`): without a handle the limit is not counted.
pub(crate) fn swap(swap: Swap, value: &[u8]) -> Result<bool, StoreError> {
    match atomics::swap(swap, value) {
        Ok(()) => Ok(true),
        Err(CasError::CasFailed(_)) => Ok(false),
        Err(CasError::StoreError(error)) => Err(error),
    }
}

/// Notes for the log that the store did not answer.
pub(crate) fn note(event: &str, error: &StoreError) {
    eprintln!(
        "{}",
        serde_json::json!({"level": "error", "event": event, "cause": error.to_string()})
    );
}

/// Milliseconds since the Unix epoch.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
