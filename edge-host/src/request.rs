//! Makes the request that a component sees of the one that came in.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::{CONNECTION, HOST};
use http::uri::{Authority, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use wasmtime_wasi_http::{Error, WasiBody};

use crate::routes::RouteMatch;

/// Why a request cannot be passed on; each is the client's doing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// HTTP/1.1 requires it.
    #[error("the request has no Host header")]
    NoHost,
    /// It is not a host, or not the one in the request's target.
    #[error("the Host header is not valid")]
    InvalidHost,
}

/// Gives the request's target the scheme and host that a client leaves out, takes away what is between the client and
/// this server only, and adds Spin's headers.
pub fn prepare<B, T>(
    request: &mut Request<B>,
    route: &RouteMatch<'_, '_, T>,
    client: SocketAddr,
) -> Result<(), RequestError> {
    let uri = absolute_uri(request.uri(), request.headers())?;
    let host = request
        .headers()
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let full_url = format!("http://{host}{path}");
    *request.uri_mut() = uri;

    let headers = request.headers_mut();
    headers.remove(CONNECTION);
    // Insertion takes the place of what a client has sent under the same name.
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        } else {
            headers.remove(name);
        }
    };
    set(HeaderName::from_static("spin-path-info"), &route.trailing_wildcard());
    set(HeaderName::from_static("spin-full-url"), &full_url);
    set(HeaderName::from_static("spin-matched-route"), &route.matched_route());
    set(HeaderName::from_static("spin-base-path"), "/");
    set(HeaderName::from_static("spin-raw-component-route"), route.raw_route());
    set(
        HeaderName::from_static("spin-component-route"),
        route.route_without_wildcard(),
    );
    set(HeaderName::from_static("spin-client-addr"), &client.to_string());
    for (name, value) in route.named_segments() {
        let name = format!("spin-path-match-{}", name.replace('_', "-").to_ascii_lowercase());
        if let Ok(name) = HeaderName::try_from(name) {
            set(name, value);
        }
    }
    Ok(())
}

fn absolute_uri(uri: &Uri, headers: &HeaderMap) -> Result<Uri, RequestError> {
    let host = match headers.get(HOST) {
        Some(host) => Some(Authority::try_from(host.as_bytes()).map_err(|_| RequestError::InvalidHost)?),
        None => None,
    };
    let authority = match (host, uri.authority()) {
        (None, None) => return Err(RequestError::NoHost),
        (Some(host), Some(authority)) if host != *authority => return Err(RequestError::InvalidHost),
        (Some(host), _) => host,
        (None, Some(authority)) => authority.clone(),
    };
    let mut parts = uri.clone().into_parts();
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(authority);
    Uri::from_parts(parts).map_err(|_| RequestError::InvalidHost)
}

/// A request's body that ends with an error when it grows beyond its limit.
pub struct LimitedBody {
    body: Incoming,
    left: u64,
    exceeded: Arc<AtomicBool>,
}

impl LimitedBody {
    /// Limits a body to a number of bytes. The flag tells whether it was too long.
    pub fn limit(body: Incoming, limit: u64) -> (WasiBody, Arc<AtomicBool>) {
        let exceeded = Arc::new(AtomicBool::new(false));
        let limited = Self {
            body,
            left: limit,
            exceeded: exceeded.clone(),
        };
        (limited.boxed_unsync(), exceeded)
    }
}

impl Body for LimitedBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            match self.left.checked_sub(data.len() as u64) {
                Some(left) => self.left = left,
                None => {
                    self.left = 0;
                    self.exceeded.store(true, Relaxed);
                    return Poll::Ready(Some(Err(Error::HttpRequestBodySize(None))));
                }
            }
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Error::from)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::Router;

    fn prepared(request: http::request::Builder) -> Result<Request<()>, RequestError> {
        let router = Router::build([("/files/:file_id/...", ())]).unwrap();
        let mut request = request.body(()).unwrap();
        let path = request.uri().path().to_owned();
        prepare(
            &mut request,
            &router.route(&path).unwrap(),
            "192.0.2.1:99".parse().unwrap(),
        )?;
        Ok(request)
    }

    #[test]
    fn spins_headers_are_added() {
        let request = prepared(Request::get("/files/7/raw?x=1").header("host", "example.com:80")).unwrap();
        let expected = [
            ("spin-path-info", "/raw"),
            ("spin-full-url", "http://example.com:80/files/7/raw?x=1"),
            ("spin-matched-route", "/files/:file_id/..."),
            ("spin-base-path", "/"),
            ("spin-raw-component-route", "/files/:file_id/..."),
            ("spin-component-route", "/files/:file_id"),
            ("spin-client-addr", "192.0.2.1:99"),
            ("spin-path-match-file-id", "7"),
        ];
        for (name, value) in expected {
            assert_eq!(request.headers()[name], value, "{name}");
        }
        assert_eq!(request.uri(), "http://example.com:80/files/7/raw?x=1");
    }

    #[test]
    fn a_client_cannot_claim_spins_headers() {
        let request = Request::get("/files/7")
            .header("host", "a")
            .header("spin-client-addr", "127.0.0.1:1")
            .header("spin-client-addr", "127.0.0.1:2")
            .header("spin-path-match-file-id", "8");
        let request = prepared(request).unwrap();
        assert_eq!(
            request.headers().get_all("spin-client-addr").iter().collect::<Vec<_>>(),
            ["192.0.2.1:99"]
        );
        assert_eq!(request.headers()["spin-path-match-file-id"], "7");
    }

    #[test]
    fn the_connection_header_is_taken_away_and_others_stay() {
        let request = Request::get("/files/7")
            .header("host", "a")
            .header("connection", "close")
            .header("accept", "*/*");
        let request = prepared(request).unwrap();
        assert!(!request.headers().contains_key("connection"));
        assert_eq!(request.headers()["accept"], "*/*");
    }

    #[test]
    fn a_request_without_a_host_is_refused() {
        assert_eq!(prepared(Request::get("/files/7")).err(), Some(RequestError::NoHost));
    }

    #[test]
    fn a_host_that_is_not_that_of_the_target_is_refused() {
        let request = Request::get("http://a/files/7").header("host", "b");
        assert_eq!(prepared(request).err(), Some(RequestError::InvalidHost));
    }
}
