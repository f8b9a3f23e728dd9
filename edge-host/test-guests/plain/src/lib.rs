//! A component that exercises every capability the edge host offers.
#![allow(missing_docs, unsafe_code, reason = "generated code")]

use std::time::Duration;

use spin_sdk::http::body::IncomingBodyExt;
use spin_sdk::http::{BoxBody, FullBody, Request, Response, body, box_body};
use spin_sdk::http_service;

#[path = "../../probe.rs"]
mod probe;

#[http_service]
async fn handle(request: Request) -> Response<BoxBody> {
    let path = request.uri().path().trim_start_matches('/').to_owned();
    let argument = request.uri().query().unwrap_or_default().to_owned();
    match path
        .split_once('/')
        .map_or((path.as_str(), ""), |(first, rest)| (first, rest))
    {
        ("probe", capability) => text(probe::run(capability, &argument).await),
        ("headers", _) => text(headers(&request)),
        ("echo", _) => Response::new(box_body(request.into_body())),
        ("length", _) => match request.into_body().bytes().await {
            Ok(body) => text(body.len().to_string()),
            Err(error) => text(format!("{error:?}")),
        },
        ("stream", _) => streamed(),
        ("print", _) => {
            println!("printed {argument}");
            eprintln!("complained {argument}");
            text("printed".to_owned())
        }
        ("sleep", _) => {
            spin_sdk::time::sleep(Duration::from_millis(argument.parse().unwrap_or(0))).await;
            text("slept".to_owned())
        }
        ("spin", _) => loop {
            std::hint::spin_loop();
        },
        ("trap", _) => panic!("a secret of the component"),
        _ => text("ok".to_owned()),
    }
}

fn text(text: String) -> Response<BoxBody> {
    Response::new(box_body(FullBody::new(text.into())))
}

/// One line for each header, sorted.
fn headers(request: &Request) -> String {
    let line = |(name, value): (&spin_sdk::http::HeaderName, &spin_sdk::http::HeaderValue)| {
        format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes()))
    };
    let mut lines = request.headers().iter().map(line).collect::<Vec<_>>();
    lines.sort();
    lines.concat()
}

fn streamed() -> Response<BoxBody> {
    let (mut sender, body) = body::stream::<String>();
    spin_sdk::wasip3::spawn(async move {
        for number in 0..3 {
            spin_sdk::time::sleep(Duration::from_millis(1)).await;
            if sender.try_send(format!("part {number}\n")).is_err() {
                return;
            }
        }
    });
    Response::new(box_body(body))
}
