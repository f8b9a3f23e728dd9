//! Every problem that a client can bring about, to the letter.

use medchat_tests::{Patient, World, patient_id};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

async fn told(request: RequestBuilder) -> Value {
    let answer = request.header("x-request-id", "r-1").send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["status"], status);
    body
}

#[tokio::test]
async fn a_bad_request_is_told_what_is_wrong_with_it() {
    let world = World::start().await;
    let patient = Patient::log_in(&world, &patient_id()).await;
    let message = || patient.request(Method::POST, "/api/chat/message");
    let json_type =
        |request: RequestBuilder, body: &'static str| request.header("content-type", "application/json").body(body);
    let login = || world.post("/api/auth/login");
    let problems = json!({
        "message_not_json": told(json_type(message(), "{")).await,
        "message_missing": told(message().json(&json!({}))).await,
        "message_of_another_type": told(message().json(&json!({"message": 5}))).await,
        "message_empty": told(message().json(&json!({"message": "  "}))).await,
        "message_too_long": told(message().json(&json!({"message": "a".repeat(4_001)}))).await,
        "message_too_large": told(message().json(&json!({"message": "a".repeat(100_000)}))).await,
        "message_not_typed": told(message().body("hello")).await,
        "patient_id_of_another_shape": told(login().json(&json!({"patient_id": "Adam"}))).await,
        "key_too_long": told(message().header("idempotency-key", "k".repeat(256)).json(&json!({"message": "a"}))).await,
        "limit_too_great": told(patient.request(Method::GET, "/api/chat/history?limit=101")).await,
        "no_token": told(world.get("/api/chat/history")).await,
        "nothing_here": told(world.get("/api/nothing")).await,
        "wrong_method": told(world.get("/api/auth/login")).await,
    });
    insta::assert_json_snapshot!(problems);
}

#[tokio::test]
async fn a_request_too_many_is_told_to_wait() {
    let world = World::start().await;
    for _ in 0..20 {
        world.get("/api/chat/history").send().await.unwrap();
    }
    insta::assert_json_snapshot!(told(world.get("/api/chat/history")).await);
}

#[tokio::test]
async fn a_question_that_no_model_answers_is_told_where_help_is() {
    let mut world = World::start().await;
    world.inference.kill();
    let patient = Patient::log_in(&world, &patient_id()).await;
    let request = patient
        .request(Method::POST, "/api/chat/message")
        .json(&json!({"message": "I have a cold"}));
    insta::assert_json_snapshot!(told(request).await);
}
