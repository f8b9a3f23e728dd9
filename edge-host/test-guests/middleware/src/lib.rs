//! A middleware that exercises every capability and passes the request on.
#![allow(missing_docs, unsafe_code, reason = "generated code")]

use spin_sdk::http::{BoxBody, FullBody, HeaderName, HeaderValue, Response, box_body, next};
use spin_sdk::http_service;
use spin_sdk::wasip3::http::types::ErrorCode;

#[path = "../../probe.rs"]
mod probe;

/// What is between two neighbours only, and may not be in a request that a component makes.
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
];

/// Exercises the capability in the `x-probe` header, as `capability argument`, or else lets the request pass.
#[http_service]
async fn handle(mut request: spin_sdk::http::Request) -> Result<Response<BoxBody>, ErrorCode> {
    if let Some(probe) = request.headers().get("x-probe").and_then(|probe| probe.to_str().ok()) {
        let (capability, argument) = probe.split_once(' ').unwrap_or((probe, ""));
        let outcome = probe::run(capability, argument).await;
        return Ok(Response::new(box_body(FullBody::new(outcome.into()))));
    }
    for name in HOP_BY_HOP {
        request.headers_mut().remove(name);
    }
    request.headers_mut().append(
        HeaderName::from_static("x-passed"),
        HeaderValue::from_static("middleware"),
    );
    let mut response = next(request).await?.map(box_body);
    response.headers_mut().append(
        HeaderName::from_static("x-passed"),
        HeaderValue::from_static("middleware"),
    );
    Ok(response)
}
