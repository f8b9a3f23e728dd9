//! One line a request, as JSON on standard output.
//!
//! It holds the route rather than the path, and no query, body, token or patient id: the log may be kept where patients'
//! data may not.

use std::net::IpAddr;
use std::time::Duration;

use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};
use medchat_api::headers::PROCESS_TIME;
use medchat_api::{routes, timestamp};

use crate::exchange::Incoming;

/// The line of a request that is under way.
pub(crate) struct Line {
    request_id: String,
    method: String,
    route: &'static str,
    client: Option<IpAddr>,
}

impl Line {
    pub(crate) fn begin(request_id: &str, incoming: &Incoming, client: Option<IpAddr>) -> Self {
        Self {
            request_id: request_id.to_owned(),
            method: incoming.method.as_str().to_owned(),
            // An unknown path is the client's own words.
            route: routes::find(&incoming.path).map_or("unknown", |route| route.path),
            client,
        }
    }

    pub(crate) fn end(self, status: StatusCode, elapsed: Duration) {
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        let line = serde_json::json!({
            "time": timestamp::rfc3339(u64::try_from(now.as_millis()).unwrap_or_default()),
            "level": "info",
            "event": "request",
            "request_id": self.request_id,
            "method": self.method,
            "route": self.route,
            "status": status.as_u16(),
            "ms": milliseconds(elapsed),
            "client": self.client,
        });
        println!("{line}");
    }
}

/// To the microsecond.
fn milliseconds(elapsed: Duration) -> f64 {
    (elapsed.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}

/// Puts how long the request took, in seconds, on the response.
pub(crate) fn add_process_time(headers: &mut HeaderMap, elapsed: Duration) {
    if let Ok(value) = HeaderValue::from_str(&format!("{:.6}", elapsed.as_secs_f64())) {
        headers.insert(HeaderName::from_static(PROCESS_TIME), value);
    }
}
