//! How many requests an address may send.

use std::net::IpAddr;

use http::HeaderMap;
use http::header::HeaderName;
use medchat_api::headers as names;
use medchat_api::routes::{self, Access, PROTECTED_PREFIX, Route};
use medchat_rate_limit::{Begun, Decision, Limits, admit};
use spin_sdk::wasip3::clocks::monotonic_clock::wait_for;

use crate::store::{self, Bucket, StoreError};

/// A decision together with the limits that it was made by.
#[derive(Clone, Copy)]
pub(crate) struct Quota {
    limits: Limits,
    decision: Decision,
}

impl std::ops::Deref for Quota {
    type Target = Decision;
    fn deref(&self) -> &Decision {
        &self.decision
    }
}

/// Whether requests for `path` are counted: all of the API, but for what a load balancer asks.
pub(crate) fn applies_to(path: &str) -> bool {
    let is_probe = |route: &Route| route.access == Access::Probe;
    path.starts_with(PROTECTED_PREFIX) && !routes::find(path).is_some_and(is_probe)
}

/// Counts a request. Clients without an address share one limit. A store that does not answer lets everyone through:
/// the limit protects the service, and must not keep a patient in need from it.
///
/// The decision is exact where the store has compare-and-swap, as Spin's have. On a platform without it (Akamai
/// Functions has none) [`admit`] fails, and requests pass uncounted, with a line in the log for each.
pub(crate) async fn count(client: Option<IpAddr>, limits: Limits) -> Option<Quota> {
    let client = client.map_or_else(|| "unknown".to_owned(), key_of);
    let decided = match Bucket::open() {
        Ok(bucket) => admit(bucket, &client, limits, store::now).await,
        Err(error) => Err(error),
    };
    match decided {
        Ok(decision) => Some(Quota { limits, decision }),
        Err(error) => {
            store::note("rate limit unavailable", &error);
            None
        }
    }
}

/// An IPv6 client has at least a whole /64 of addresses (RFC 6177), so that is what shares a limit.
fn key_of(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// Puts the count on the response.
pub(crate) fn add(headers: &mut HeaderMap, quota: Option<&Quota>) {
    let Some(Quota { limits, decision }) = quota else {
        return;
    };
    for (name, value) in [
        (names::RATE_LIMIT_MINUTE, limits.per_minute),
        (names::RATE_REMAINING_MINUTE, decision.remaining_minute),
        (names::RATE_LIMIT_HOUR, limits.per_hour),
        (names::RATE_REMAINING_HOUR, decision.remaining_hour),
    ] {
        headers.insert(HeaderName::from_static(name), value.into());
    }
}

impl medchat_rate_limit::Store for Bucket {
    type Error = StoreError;
    type Swap = store::Swap;

    fn begin_swap(&self, key: &str) -> Result<Begun<Self::Swap>, Self::Error> {
        Bucket::begin_swap(self, key)
    }

    fn swap(&self, swap: Self::Swap, value: Vec<u8>) -> Result<bool, Self::Error> {
        store::swap(swap, &value)
    }

    fn write(&self, key: &str, value: &[u8]) -> Result<(), Self::Error> {
        self.set(key, value)
    }

    fn increment(&self, key: &str) -> Result<i64, Self::Error> {
        Bucket::increment(self, key)
    }

    async fn pause(&self) {
        const NANOSECONDS: u64 = 2_000_000;
        wait_for(NANOSECONDS).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_of_one_ipv6_network_share_a_limit() {
        let key = |address: &str| key_of(address.parse().unwrap());
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::2"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    }

    #[test]
    fn the_api_is_counted() {
        assert!(applies_to("/api/auth/login"));
        assert!(applies_to("/api/nothing/here"));
    }

    #[test]
    fn health_and_what_is_not_api_are_not_counted() {
        assert!(!applies_to("/api/health"));
        assert!(!applies_to("/"));
        assert!(!applies_to("/apiary"));
    }
}
