//! Who may ask, and what may be asked.

use medchat_inference_api::{ChatMessage, ChatRequest, routes};
use medchat_inference_host::{Error, serve};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::harness::{HEADACHE, Host, config, error_code, ollama_and_host};

const KEY: &str = "0123456789abcdef";

async fn locked() -> Host {
    let mut config = config("none");
    config.key = Some(KEY.parse().unwrap());
    Host::start(config).await
}

fn question() -> ChatRequest {
    ChatRequest::new(vec![ChatMessage::user(HEADACHE)])
}

#[tokio::test]
async fn the_key_opens() {
    let host = locked().await;
    assert_eq!(
        host.asking(&question()).bearer_auth(KEY).send().await.unwrap().status(),
        200
    );
    assert_eq!(
        host.get(routes::MODELS).bearer_auth(KEY).send().await.unwrap().status(),
        200
    );
}

#[tokio::test]
async fn another_key_or_none_does_not() {
    let host = locked().await;
    for request in [
        host.asking(&question()),
        host.asking(&question()).bearer_auth("fedcba9876543210"),
        host.get(routes::MODELS),
        host.get(routes::MODELS).basic_auth(KEY, Some(KEY)),
    ] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 401);
        assert_eq!(response.headers()["www-authenticate"], "Bearer");
        assert_eq!(error_code(response).await, "invalid_api_key");
    }
}

#[tokio::test]
async fn probes_and_figures_need_no_key() {
    let host = locked().await;
    for path in [routes::LIVENESS, routes::READINESS, routes::METRICS] {
        assert_eq!(host.get(path).send().await.unwrap().status(), 200, "{path}");
    }
}

#[tokio::test]
async fn beyond_loopback_a_key_is_required() {
    let listener = async || TcpListener::bind(("0.0.0.0", 0)).await.unwrap();
    let open = serve(config("none"), listener().await, async {}).await;
    assert!(matches!(open, Err(Error::KeyRequired(_))), "{open:?}");
    let mut config = config("none");
    config.key = Some(KEY.parse().unwrap());
    serve(config, listener().await, async {}).await.unwrap();
}

#[tokio::test]
async fn malformed_requests_are_told_apart_and_never_quoted() {
    let host = Host::start(config("none")).await;
    for (body, status, code) in [
        ("{\"messages\": my head hurts".to_owned(), 400, "not_json"),
        (
            json!({ "messages": "my head hurts" }).to_string(),
            422,
            "not_a_chat_request",
        ),
        (
            json!({ "messages": [{ "role": "my head hurts", "content": "" }] }).to_string(),
            422,
            "not_a_chat_request",
        ),
        (json!({ "messages": [] }).to_string(), 422, "no_user_message"),
    ] {
        let request = host
            .post(routes::CHAT_COMPLETIONS)
            .header("content-type", "application/json")
            .body(body);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status);
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["error"]["code"], code);
        assert_eq!(body["error"]["type"], "invalid_request_error");
        assert!(!body.to_string().contains("head"));
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let mut config = config("none");
    config.max_body = 1024;
    let host = Host::start(config).await;
    assert_eq!(host.ask(&"a".repeat(900)).await.status(), 200);
    let response = host.ask(&"a".repeat(1024)).await;
    assert_eq!(response.status(), 413);
    assert_eq!(error_code(response).await, "body_too_large");
}

#[tokio::test]
async fn unknown_paths_and_methods_get_errors_in_the_same_shape() {
    let host = Host::start(config("none")).await;
    let response = host.get("/v1/nothing").send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), error_code(response).await.as_str()),
        (404, "unknown_route")
    );
    let response = host.get(routes::CHAT_COMPLETIONS).send().await.unwrap();
    assert_eq!(response.headers()["allow"], "POST");
    assert_eq!(
        (response.status().as_u16(), error_code(response).await.as_str()),
        (405, "method_not_allowed")
    );
}

#[tokio::test]
async fn the_request_id_comes_back() {
    let host = Host::start(config("none")).await;
    let response = host
        .get(routes::LIVENESS)
        .header("x-request-id", "request-1")
        .send()
        .await
        .unwrap();
    assert_eq!(response.headers()["x-request-id"], "request-1");
    let response = host.get(routes::LIVENESS).send().await.unwrap();
    assert!(response.headers().contains_key("x-request-id"));
}

#[tokio::test]
async fn figures_hold_no_word_of_a_conversation() {
    let (_ollama, host) = ollama_and_host(|_| {}).await;
    host.answer("zebrafish pain").await;
    host.get("/zebrafish").send().await.unwrap();
    let figures = host.metrics().await;
    assert!(!figures.contains("zebrafish"));
    assert_eq!(
        host.metric("requests_total{route=\"/v1/chat/completions\",status=\"200\"}")
            .await,
        1.0
    );
    assert_eq!(
        host.metric("requests_total{route=\"unmatched\",status=\"404\"}").await,
        1.0
    );
    assert_eq!(
        host.metric("generations_total{backend=\"ollama\",outcome=\"complete\"}")
            .await,
        1.0
    );
    assert_eq!(host.metric("first_token_seconds_count").await, 1.0);
}
