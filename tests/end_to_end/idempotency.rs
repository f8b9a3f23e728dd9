//! Asking again.

use medchat_tests::{Hold, Patient, Reply, Wait, World, patient_id};
use reqwest::{Method, Response};
use serde_json::{Value, json};

async fn send(patient: &Patient<'_>, key: &str, message: &str) -> Response {
    let request = patient
        .request(Method::POST, "/api/chat/message")
        .header("idempotency-key", key);
    request.json(&json!({"message": message})).send().await.unwrap()
}

#[tokio::test]
async fn a_request_that_is_repeated_gets_the_same_answer_and_asks_the_model_once() {
    let world = World::start().await;
    let patient = Patient::log_in(&world, &patient_id()).await;
    let first: Value = send(&patient, "k-1", "I have a cold").await.json().await.unwrap();
    let second: Value = send(&patient, "k-1", "I have a cold").await.json().await.unwrap();
    assert_eq!(first, second);
    assert_eq!(world.ollama.chats(), 1);
    assert_eq!(patient.messages().await.len(), 1);
}

#[tokio::test]
async fn requests_without_a_key_are_answered_each() {
    let world = World::start().await;
    let patient = Patient::log_in(&world, &patient_id()).await;
    patient.ask("I have a cold").await;
    patient.ask("I have a cold").await;
    assert_eq!(world.ollama.chats(), 2);
}

#[tokio::test]
async fn a_request_whose_twin_is_being_answered_is_told_to_wait() {
    let world = World::start().await;
    let patient = Patient::log_in(&world, &patient_id()).await;
    let hold = Hold::new();
    world
        .ollama
        .reply_with(Reply::words(["Rest."]).after(Wait::Until(hold.clone())));
    let (first, twin) = futures::join!(send(&patient, "k-1", "I have a cold"), async {
        world.ollama.chats_reached(1).await;
        let twin = send(&patient, "k-1", "I have a cold").await;
        hold.release();
        twin
    });
    assert_eq!((first.status().as_u16(), twin.status().as_u16()), (200, 409));
    assert!(twin.headers().contains_key("retry-after"));
    assert_eq!(world.ollama.chats(), 1);
}

#[tokio::test]
async fn a_request_that_failed_is_answered_when_it_is_repeated_and_stays_one_turn() {
    let mut world = World::start().await;
    let patient_name = patient_id();
    world.inference.kill();
    let token = {
        let patient = Patient::log_in(&world, &patient_name).await;
        assert_eq!(send(&patient, "k-1", "I have a cold").await.status(), 503);
        patient.token
    };
    world.revive_inference().await;
    let again = |path: &'static str, method| world.request(method, path).bearer_auth(&token);
    let answer = again("/api/chat/message", Method::POST)
        .header("idempotency-key", "k-1")
        .json(&json!({"message": "I have a cold"}))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let history: Value = again("/api/chat/history", Method::GET)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let turns = history["turns"].as_array().unwrap();
    assert_eq!((turns.len(), &turns[0]["status"]), (1, &json!("answered")));
}

#[tokio::test]
async fn a_key_that_is_used_for_another_message_is_refused() {
    let world = World::start().await;
    let patient = Patient::log_in(&world, &patient_id()).await;
    assert_eq!(send(&patient, "k-1", "I have a cold").await.status(), 200);
    assert_eq!(send(&patient, "k-1", "I have a cough").await.status(), 422);
}

#[tokio::test]
async fn another_patients_key_is_another_key() {
    let world = World::start().await;
    let (adam, eve) = (
        Patient::log_in(&world, &patient_id()).await,
        Patient::log_in(&world, &patient_id()).await,
    );
    assert_eq!(send(&adam, "k-1", "I have a cold").await.status(), 200);
    assert_eq!(send(&eve, "k-1", "I have a cough").await.status(), 200);
    assert_eq!(eve.messages().await, ["I have a cough"]);
}

#[tokio::test]
async fn a_key_that_is_no_key_is_refused() {
    let world = World::start().await;
    let patient = Patient::log_in(&world, &patient_id()).await;
    assert_eq!(send(&patient, &"k".repeat(256), "I have a cold").await.status(), 400);
}
