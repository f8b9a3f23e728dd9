//! One log line and one set of figures for each request. Neither holds a word of a conversation.

use std::sync::Arc;

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use tokio::time::Instant;
use tracing::{Instrument, info, info_span};
use tracing_subscriber::EnvFilter;
use uuid::Uuid;

use crate::server::Service;

/// The header in which the edge names a request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longer request ids are replaced.
const LONGEST_REQUEST_ID: usize = 128;

/// Writes JSON lines to standard error, unless the program has set up its own logging already.
pub(crate) fn write_logs(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    // An error means that there is a subscriber, which is to stay.
    let _ = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .try_init();
}

/// Gives every request an id, a log line and its figures.
pub(crate) async fn observe(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let request_id = request_id(request.headers());
    // The pattern, never the path itself, which anyone may fill with anything.
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or("unmatched", MatchedPath::as_str);
    let method = request.method().clone();
    let span = info_span!("request", request_id = request_id.to_str().unwrap_or_default());

    let mut response = next.run(request).instrument(span.clone()).await;
    let took = begun.elapsed();
    let status = response.status().as_u16();
    service.metrics.request(route, status, took);
    span.in_scope(|| info!(%method, route, status, ms = took.as_millis() as u64, "request"));
    response.headers_mut().insert(REQUEST_ID, request_id);
    response
}

/// The caller's id when it is one that can stand in a log, else a new one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let is_sane = |value: &&HeaderValue| {
        let bytes = value.as_bytes();
        (1..=LONGEST_REQUEST_ID).contains(&bytes.len())
            && bytes
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
    };
    headers.get(REQUEST_ID).filter(is_sane).cloned().unwrap_or_else(|| {
        HeaderValue::from_str(&Uuid::now_v7().to_string()).expect("a UUID is made of visible characters")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_for(inbound: &str) -> HeaderValue {
        request_id(&HeaderMap::from_iter([(REQUEST_ID, inbound.parse().unwrap())]))
    }

    #[test]
    fn a_sane_request_id_is_kept() {
        assert_eq!(id_for("0197-abc_D.1"), "0197-abc_D.1");
    }

    #[test]
    fn an_id_that_could_forge_a_log_or_fill_it_is_replaced() {
        for inbound in ["", "a b", "\"}", &"x".repeat(LONGEST_REQUEST_ID + 1)] {
            assert_ne!(id_for(inbound), inbound);
        }
    }
}
