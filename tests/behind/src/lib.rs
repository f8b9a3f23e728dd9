//! What stands behind the gateway when it is the gateway that is tested: it tells what it was sent, or fails.

use spin_sdk::http::{BoxBody, Error, FullBody, Request, Response, box_body};
use spin_sdk::http_service;

#[http_service]
async fn handle(request: Request) -> Result<Response<BoxBody>, Error> {
    match request.uri().path() {
        "/api/health" => Err(Error::other("a secret of the component")),
        "/api/chat/message" => Ok(Response::new(box_body(request.into_body()))),
        _ => {
            let mut names: Vec<_> = request
                .headers()
                .iter()
                .map(|(name, value)| format!("{name}: {value:?}\n"))
                .collect();
            names.sort();
            Ok(Response::new(box_body(FullBody::new(names.concat().into()))))
        }
    }
}
