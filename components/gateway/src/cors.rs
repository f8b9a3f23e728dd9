//! Which pages' scripts may call the API: the CORS protocol of the [Fetch standard](https://fetch.spec.whatwg.org/#http-cors-protocol).

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD,
    HeaderValue, ORIGIN, VARY,
};
use http::{HeaderMap, Method, StatusCode};
use medchat_api::routes;

use crate::exchange::{Incoming, Outgoing};

const ALLOWED_HEADERS: HeaderValue =
    HeaderValue::from_static("authorization, content-type, idempotency-key, x-request-id");
const EXPOSED_HEADERS: HeaderValue = HeaderValue::from_static(
    "retry-after, x-process-time, x-ratelimit-limit-hour, x-ratelimit-limit-minute, x-ratelimit-remaining-hour, \
     x-ratelimit-remaining-minute, x-request-id",
);
/// Seconds for which a browser need not ask again.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// The request's origin, if it is on the list.
pub(crate) fn allowed_origin(headers: &HeaderMap, list: &[HeaderValue]) -> Option<HeaderValue> {
    headers.get(ORIGIN).filter(|origin| list.contains(origin)).cloned()
}

/// Whether a browser asks for permission rather than for an answer.
pub(crate) fn is_preflight(incoming: &Incoming) -> bool {
    incoming.method == Method::OPTIONS
        && incoming.headers.contains_key(ORIGIN)
        && incoming.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// The answer to a preflight. To an origin that is not on the list it grants nothing, which the browser enforces.
pub(crate) fn preflight(incoming: &Incoming, allowed: bool) -> Outgoing {
    let mut answer = medchat_component_http::empty(StatusCode::NO_CONTENT);
    let methods = routes::find(&incoming.path).and_then(|route| HeaderValue::from_str(&route.allow()).ok());
    if let (true, Some(methods)) = (allowed, methods) {
        let headers = answer.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS);
        headers.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    }
    Outgoing::Own(answer)
}

/// Puts the permission on the response.
pub(crate) fn add(headers: &mut HeaderMap, allowed_origin: Option<&HeaderValue>) {
    // Said to every origin, or a cache could hand one origin's answer to another.
    headers.append(VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = allowed_origin {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED_HEADERS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(value: &'static str) -> HeaderMap {
        [(ORIGIN, HeaderValue::from_static(value))].into_iter().collect()
    }

    const LIST: [HeaderValue; 1] = [HeaderValue::from_static("https://app.example.org")];

    #[test]
    fn a_listed_origin_is_allowed() {
        assert_eq!(
            allowed_origin(&origin("https://app.example.org"), &LIST),
            Some(LIST[0].clone())
        );
    }

    #[test]
    fn an_origin_that_only_resembles_a_listed_one_is_not_allowed() {
        for value in [
            "https://app.example.org.evil.com",
            "http://app.example.org",
            "https://app.example.org:8443",
            "null",
        ] {
            assert_eq!(allowed_origin(&origin(value), &LIST), None, "{value}");
        }
    }

    #[test]
    fn an_origin_that_is_not_allowed_is_granted_nothing() {
        let mut headers = HeaderMap::new();
        add(&mut headers, None);
        assert_eq!(headers.len(), 1, "{headers:?}");
        assert_eq!(headers[VARY], "origin");
    }
}
