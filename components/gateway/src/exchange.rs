//! The request that came in and the response that goes out.
//!
//! Bodies are passed on by handle: not a byte of them enters this component, so that chunked, streamed and huge ones cost
//! the same as none.

use http::header::{
    AUTHORIZATION, CONNECTION, HOST, HeaderName, HeaderValue, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION,
    TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, Method, StatusCode};
use medchat_api::error::ApiError;
use medchat_api::headers;
use medchat_component_http::{Answer, Identity};
use spin_sdk::http::IntoResponse;
use spin_sdk::wasip3::http::types::{ErrorCode, Fields, Request, Response, Trailers};
use spin_sdk::wasip3::wit_bindgen::{FutureReader, StreamReader};
use spin_sdk::wasip3::wit_future;

use crate::errors;

/// A guest may not set these on a request: they concern one connection (RFC 9110, section 7.6.1), and a host refuses a
/// request that carries them. `authorization` ends here too: what is behind the gateway has no use for the token.
const NOT_FORWARDED: [HeaderName; 11] = [
    AUTHORIZATION,
    CONNECTION,
    HOST,
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TRANSFER_ENCODING,
    UPGRADE,
    HeaderName::from_static("http2-settings"),
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    HeaderName::from_static("te"),
];

/// A request as it came in.
pub(crate) struct Incoming {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    request: Request,
}

impl Incoming {
    /// Reads all of `request` but its body.
    pub(crate) fn read(request: Request) -> Result<Self, ErrorCode> {
        let method = request
            .get_method()
            .try_into()
            .map_err(|_| ErrorCode::HttpRequestMethodInvalid)?;
        let target = request.get_path_with_query().unwrap_or_default();
        let path = target.split('?').next().unwrap_or_default().to_owned();
        let headers = request.get_headers().try_into()?;
        Ok(Self {
            method,
            path,
            headers,
            request,
        })
    }

    /// Hands the request to the component behind the gateway.
    pub(crate) async fn forward(self, request_id: &str, identity: Option<&Identity>) -> Result<Outgoing, ApiError> {
        let request = self
            .rebuild(request_id, identity)
            .map_err(|cause| errors::note(request_id, &cause))?;
        next(request).await.map_err(|cause| errors::note(request_id, &cause))
    }

    fn rebuild(self, request_id: &str, identity: Option<&Identity>) -> Result<Request, ErrorCode> {
        let Self {
            request,
            headers: mut map,
            ..
        } = self;
        for name in &NOT_FORWARDED {
            map.remove(name);
        }
        // Whatever a client says of who it is, only the gateway knows.
        let forged: Vec<HeaderName> = map
            .keys()
            .filter(|name| name.as_str().starts_with(headers::TRUSTED_PREFIX))
            .cloned()
            .collect();
        for name in forged {
            map.remove(name);
        }
        insert(&mut map, headers::REQUEST_ID, request_id)?;
        if let Some(identity) = identity {
            insert(&mut map, headers::PATIENT_ID, &identity.patient_id)?;
            insert(&mut map, headers::SESSION_ID, &identity.session_id)?;
        }
        let fields: Fields = map.try_into().map_err(|_| ErrorCode::InternalError(None))?;

        let (method, scheme) = (request.get_method(), request.get_scheme());
        let (authority, target) = (request.get_authority(), request.get_path_with_query());
        let options = request.get_options();
        let (_, consumed) = wit_future::new(|| Ok(()));
        let (body, trailers) = Request::consume_body(request, consumed);
        let (request, _sent) = Request::new(fields, Some(body), trailers, options);
        let copied = request.set_method(&method).is_ok()
            && request.set_scheme(scheme.as_ref()).is_ok()
            && request.set_authority(authority.as_deref()).is_ok()
            && request.set_path_with_query(target.as_deref()).is_ok();
        if copied {
            Ok(request)
        } else {
            Err(ErrorCode::HttpRequestUriInvalid)
        }
    }
}

async fn next(request: Request) -> Result<Outgoing, ErrorCode> {
    // The SDK has read the status and the headers; the body is still the host's.
    let (parts, mut body) = spin_sdk::http::next(request).await?.into_parts();
    let response = body.take_unstarted().ok_or(ErrorCode::InternalError(None))?;
    let (_, consumed) = wit_future::new(|| Ok(()));
    let (body, trailers) = Response::consume_body(response, consumed);
    Ok(Outgoing::Passed(Passed {
        status: parts.status,
        headers: parts.headers,
        body,
        trailers,
    }))
}

fn insert(map: &mut HeaderMap, name: &'static str, value: &str) -> Result<(), ErrorCode> {
    let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| ErrorCode::InternalError(None))?;
    map.insert(HeaderName::from_static(name), value);
    Ok(())
}

/// A response before it goes out.
pub(crate) enum Outgoing {
    /// The gateway's own.
    Own(Answer),
    /// That of the component behind it.
    Passed(Passed),
}

/// A response of the component behind the gateway, taken apart.
pub(crate) struct Passed {
    status: StatusCode,
    headers: HeaderMap,
    body: StreamReader<u8>,
    trailers: FutureReader<Result<Option<Trailers>, ErrorCode>>,
}

impl Outgoing {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Own(answer) => answer.status(),
            Self::Passed(passed) => passed.status,
        }
    }

    pub(crate) fn headers_mut(&mut self) -> &mut HeaderMap {
        match self {
            Self::Own(answer) => answer.headers_mut(),
            Self::Passed(passed) => &mut passed.headers,
        }
    }

    pub(crate) fn into_response(self) -> Result<Response, ErrorCode> {
        match self {
            Self::Own(answer) => answer.into_response(),
            Self::Passed(passed) => {
                let fields: Fields = passed.headers.try_into().map_err(|_| ErrorCode::InternalError(None))?;
                let (response, _sent) = Response::new(fields, Some(passed.body), passed.trailers);
                let status = response.set_status_code(passed.status.as_u16());
                status.map(|()| response).map_err(|()| ErrorCode::HttpProtocolError)
            }
        }
    }
}
