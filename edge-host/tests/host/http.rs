//! What clients see, and what components see of them.

use bytes::Bytes;
use futures::StreamExt;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use hyper::{Method, Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use medchat_edge_host::LogStream;

use crate::fixture::{Application, Running};

fn is_problem(response: &hyper::Response<Bytes>, status: StatusCode) {
    assert_eq!(response.status(), status);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let problem: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(problem["type"], "about:blank");
    assert_eq!(problem["title"], status.canonical_reason().unwrap());
    assert_eq!(problem["status"], status.as_u16());
    assert!(problem["detail"].is_string());
}

fn two_routes() -> Application {
    Application::new(
        r#"
        [[trigger.http]]
        route = "/bare/:name/..."
        component = "plain"
        [[trigger.http]]
        route = "/passed/..."
        component = "plain"
        dependencies.middleware = [{ component = "middleware" }, { component = "middleware" }]
        [component.plain]
        source = "$plain.wasm"
        [component.middleware]
        source = "$middleware.wasm"
        "#,
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_is_answered_for_on_its_route_only() {
    let running = two_routes().start().await;
    assert_eq!(running.text("/bare/x").await, "ok");
    let response = running.get("/elsewhere").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert!(response.body().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_with_and_without_middleware_is_two() {
    let running = two_routes().start().await;
    assert!(running.get("/bare/x").await.headers().get("x-passed").is_none());
    assert_eq!(
        running
            .get("/passed/x")
            .await
            .headers()
            .get_all("x-passed")
            .iter()
            .count(),
        2
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_sees_spins_headers_and_not_those_a_client_claims() {
    let running = Application::new(
        "[[trigger.http]]\nroute = \"/headers/:name/...\"\ncomponent = \"plain\"\n[component.plain]\nsource = \"$plain.wasm\"",
    )
    .start()
    .await;
    let request = running
        .request(Method::GET, "/headers/Ada/rest?x=1")
        .header("spin-client-addr", "203.0.113.9:1");
    let response = running.send(request.body(Full::default()).unwrap()).await;
    let text = String::from_utf8(response.body().to_vec()).unwrap();
    let address = running.host.local_addr();
    for line in [
        format!("host: {address}"),
        "spin-base-path: /".to_owned(),
        "spin-component-route: /headers/:name".to_owned(),
        format!("spin-full-url: http://{address}/headers/Ada/rest?x=1"),
        "spin-matched-route: /headers/:name/...".to_owned(),
        "spin-path-info: /rest".to_owned(),
        "spin-path-match-name: Ada".to_owned(),
        "spin-raw-component-route: /headers/:name/...".to_owned(),
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
    assert!(text.contains("spin-client-addr: 127.0.0.1:"), "{text}");
    assert!(!text.contains("203.0.113.9"), "{text}");
}

async fn echoed(running: &Running, body: Bytes) -> hyper::Response<Bytes> {
    running
        .send(running.request(Method::POST, "/echo").body(Full::new(body)).unwrap())
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_goes_through_a_middleware_unchanged() {
    let running = Application::behind_middleware("", "false").start().await;
    let body = Bytes::from(
        (0..1_000_000u32)
            .map(|number| number.to_le_bytes()[0])
            .collect::<Vec<_>>(),
    );
    assert_eq!(*echoed(&running, body.clone()).await.body(), body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_may_be_streamed() {
    let running = Application::plain("").start().await;
    assert_eq!(running.text("/stream").await, "part 0\npart 1\npart 2\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_up_to_the_limit_is_taken_and_a_longer_one_refused() {
    let running = Application::plain("")
        .limits(|limits| limits.body_bytes = 1000)
        .start()
        .await;
    assert_eq!(
        echoed(&running, Bytes::from(vec![b'x'; 1000])).await.status(),
        StatusCode::OK
    );
    is_problem(
        &echoed(&running, Bytes::from(vec![b'x'; 1001])).await,
        StatusCode::PAYLOAD_TOO_LARGE,
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_tell_its_length_is_limited_all_the_same() {
    let running = Application::plain("")
        .limits(|limits| limits.body_bytes = 1000)
        .start()
        .await;
    let parts = futures::stream::iter(0..3).map(|_| Ok::<_, std::io::Error>(Frame::data(Bytes::from(vec![b'x'; 500]))));
    let client = Client::builder(TokioExecutor::new()).build_http();
    let request = running
        .request(Method::POST, "/length")
        .body(StreamBody::new(parts))
        .unwrap();
    let response = client.request(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trap_is_a_problem_that_tells_nothing_of_the_inside() {
    let running = Application::plain("").start().await;
    let response = running.get("/trap").await;
    is_problem(&response, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!String::from_utf8_lossy(response.body()).contains("secret"));
    assert_eq!(running.text("/").await, "ok", "the next request has a new instance");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_that_takes_too_long_is_given_up() {
    let limit =
        |limits: &mut medchat_edge_host::Limits| limits.reuse.request_timeout = std::time::Duration::from_millis(100);
    let running = Application::plain("").limits(limit).start().await;
    is_problem(&running.get("/sleep?60000").await, StatusCode::GATEWAY_TIMEOUT);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_that_never_stops_computing_does_not_stop_others() {
    let limit =
        |limits: &mut medchat_edge_host::Limits| limits.reuse.request_timeout = std::time::Duration::from_secs(1);
    let running = Application::plain("").limits(limit).start().await;
    let spinning = futures::future::join_all((0..4).map(|_| running.get("/spin")));
    let (spun, answered) = tokio::join!(spinning, running.text("/"));
    assert_eq!(answered, "ok");
    spun.iter()
        .for_each(|response| is_problem(response, StatusCode::GATEWAY_TIMEOUT));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_may_speak_http2() {
    let running = Application::plain("").start().await;
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
    let request: Request<Full<Bytes>> = running.request(Method::GET, "/headers").body(Full::default()).unwrap();
    let response = client.request(request).await.unwrap();
    assert_eq!(response.version(), hyper::Version::HTTP_2);
    let text = response.into_body().collect().await.unwrap().to_bytes();
    assert!(String::from_utf8_lossy(&text).contains("spin-full-url: http://"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_component_prints_is_kept_by_component_and_stream() {
    let running = Application::plain("").start().await;
    running.text("/print?words").await;
    let lines = running.application.lines.lock().unwrap().clone();
    let line = |stream, text: &str| ("plain".to_owned(), stream, text.to_owned());
    assert!(lines.contains(&line(LogStream::Stdout, "printed words")), "{lines:?}");
    assert!(
        lines.contains(&line(LogStream::Stderr, "complained words")),
        "{lines:?}"
    );
    let logs = running.application.options.state_directory.join("logs");
    assert_eq!(
        std::fs::read_to_string(logs.join("plain_stdout.txt")).unwrap(),
        "printed words\n"
    );
}
