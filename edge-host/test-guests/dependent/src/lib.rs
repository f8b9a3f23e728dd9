//! A component that has its dependency exercise every capability.
#![allow(missing_docs, unsafe_code, reason = "generated code")]

use spin_sdk::http::Request;
use spin_sdk::http_service;

mod bindings {
    use spin_sdk::wit_bindgen;

    wit_bindgen::generate!({
        path: "../wit",
        world: "test:probe/consumer",
        runtime_path: "spin_sdk::wit_bindgen::rt",
    });
}

#[http_service]
async fn handle(request: Request) -> String {
    let capability = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
    let argument = request.uri().query().unwrap_or_default().to_owned();
    bindings::test::probe::probe::run(capability, argument).await
}
