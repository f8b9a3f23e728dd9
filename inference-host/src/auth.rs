//! The bearer key between the edge and the inference host.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, header::AUTHORIZATION},
    middleware::Next,
    response::Response,
};
use subtle::ConstantTimeEq;

use crate::{config::Key, failure::Failure, server::Service};

/// Lets a request pass that shows the key, or any when the host has none.
pub(crate) async fn require_key(
    State(service): State<Arc<Service>>,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    match &service.key {
        Some(key) if !shows(request.headers(), key) => Err(Failure::Unauthorized),
        _ => Ok(next.run(request).await),
    }
}

/// Compares in a time that does not depend on where the two differ.
fn shows(headers: &HeaderMap, key: &Key) -> bool {
    let shown = headers.get(AUTHORIZATION).map(|value| value.as_bytes());
    let Some((scheme, shown)) = shown.and_then(|value| value.split_at_checked("Bearer ".len())) else {
        return false;
    };
    scheme.eq_ignore_ascii_case(b"Bearer ") && shown.ct_eq(key.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0123456789abcdef";

    fn passes(authorization: &str) -> bool {
        let headers = HeaderMap::from_iter([(AUTHORIZATION, authorization.parse().unwrap())]);
        shows(&headers, &KEY.parse().unwrap())
    }

    #[test]
    fn the_key_passes_whatever_the_case_of_the_scheme() {
        assert!(passes("Bearer 0123456789abcdef") && passes("bearer 0123456789abcdef"));
    }

    #[test]
    fn anything_else_does_not() {
        for authorization in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer 0123456789abcdeg",
            "Bearer 0123456789abcdef0",
            KEY,
        ] {
            assert!(!passes(authorization), "{authorization:?}");
        }
        assert!(!passes("Basic  0123456789abcdef"));
        assert!(!shows(&HeaderMap::new(), &KEY.parse().unwrap()));
    }
}
