//! Asking by text.

use medchat_tests::{Patient, Reply, Setup, World, patient_id};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn the_models_words_come_back() {
    let world = World::start().await;
    world
        .ollama
        .reply_with(Reply::words(["Drink ", "plenty of ", "wäter."]));
    let patient = Patient::log_in(&world, &patient_id()).await;
    let answer = patient.ask("I have had a headache for two days").await;
    assert!(
        answer["response"]
            .as_str()
            .unwrap()
            .starts_with("Drink plenty of wäter."),
        "{answer}"
    );
    assert_eq!(answer["session_id"], patient.session_id.as_str());
    let metadata = &answer["metadata"];
    assert_eq!(metadata["model"], medchat_fake_ollama_model());
    assert_eq!(
        (&metadata["input_type"], &metadata["degraded"]),
        (&json!("text"), &json!(false))
    );
    assert_eq!(metadata["emergency_detected"], false);
}

fn medchat_fake_ollama_model() -> &'static str {
    medchat_inference_host::DEFAULT_MODEL
}

#[tokio::test]
async fn words_that_arrive_cut_in_the_middle_of_a_character_are_whole() {
    let world = World::start().await;
    world
        .ollama
        .reply_with(Reply::byte_by_byte(["Trinken Sie für zwei Tage Käse— nghỉ ngơi."]));
    let patient = Patient::log_in(&world, &patient_id()).await;
    let answer = patient.ask("my stomach feels funny").await;
    assert!(
        answer["response"]
            .as_str()
            .unwrap()
            .contains("für zwei Tage Käse— nghỉ ngơi."),
        "{answer}"
    );
}

#[tokio::test]
async fn without_ollama_the_reference_text_answers_with_its_sources() {
    let world = Setup::default().without_ollama().start().await;
    let patient = Patient::log_in(&world, &patient_id()).await;
    let answer = patient.ask("I have had a headache for two days").await;
    let (response, metadata) = (answer["response"].as_str().unwrap(), &answer["metadata"]);
    assert_eq!(metadata["degraded"], true);
    assert!(
        metadata["model"].as_str().unwrap().starts_with("medchat-builtin/"),
        "{metadata}"
    );
    assert!(!metadata["sources"].as_array().unwrap().is_empty());
    assert!(
        response.to_lowercase().contains("headache") && response.len() > 300,
        "{response}"
    );
    assert!(!response.to_lowercase().contains("you have a migraine"), "{response}");
}

#[tokio::test]
async fn an_answer_that_diagnoses_does_not_leave() {
    let world = World::start().await;
    world.ollama.reply_with(Reply::words([
        "You definitely have pneumonia. Take 500 mg of amoxicillin.",
    ]));
    let patient = Patient::log_in(&world, &patient_id()).await;
    let answer = patient.ask("I have a cough").await;
    let response = answer["response"].as_str().unwrap();
    assert!(
        !response.contains("definitely have pneumonia") && !response.contains("500 mg"),
        "{response}"
    );
    assert_ne!(answer["metadata"]["review"]["decision"], "allow");
}

#[tokio::test]
async fn an_answer_with_another_patients_id_does_not_leave() {
    let world = World::start().await;
    let other = patient_id();
    let leak = format!("Your neighbour {other} had the same.");
    world.ollama.reply_with(Reply::steps(vec![
        medchat_fake_ollama::Step::Words(leak),
        medchat_fake_ollama::Step::Done,
    ]));
    let patient = Patient::log_in(&world, &patient_id()).await;
    let answer = patient.ask("I have a cough").await;
    assert!(!answer.to_string().contains(&other), "{answer}");
}

#[tokio::test]
async fn a_message_of_the_greatest_length_is_answered_and_a_longer_one_is_not() {
    let world = World::start().await;
    let patient = Patient::log_in(&world, &patient_id()).await;
    assert_eq!(patient.send(&"ệ".repeat(4_000)).await.status(), 200);
    assert_eq!(patient.send(&"ệ".repeat(4_001)).await.status(), 422);
}

#[tokio::test]
async fn a_message_sent_in_chunks_is_answered() {
    let world = World::start().await;
    let patient = Patient::log_in(&world, &patient_id()).await;
    let chunks = [r#"{"message": "#, r#""I have a "#, r#"cold"}"#].map(|part| Ok::<_, std::io::Error>(part.to_owned()));
    let answer = patient
        .request(Method::POST, "/api/chat/message")
        .header("content-type", "application/json")
        .body(reqwest::Body::wrap_stream(futures::stream::iter(chunks)))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(patient.messages().await, ["I have a cold"]);
}

#[tokio::test]
async fn a_body_that_is_far_too_large_is_refused() {
    let world = World::start().await;
    let patient = Patient::log_in(&world, &patient_id()).await;
    let answer = patient.send(&"a".repeat(100_000)).await;
    assert_eq!(answer.status(), 413);
}

#[tokio::test]
async fn with_the_inference_host_gone_a_question_is_kept_and_the_patient_is_told_where_help_is() {
    let mut world = World::start().await;
    world.inference.kill();
    let patient = Patient::log_in(&world, &patient_id()).await;
    let answer = patient.send("I have a cold").await;
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    assert!(answer.headers().contains_key("retry-after"));
    let problem: serde_json::Value = answer.json().await.unwrap();
    assert!(problem["detail"].as_str().unwrap().contains("911"), "{problem}");
    let turns = patient.history("").await;
    assert_eq!(turns["turns"][0]["message"], "I have a cold");
    assert_eq!(turns["turns"][0]["status"], "unanswered");
    world.revive_inference().await;
    let patient = Patient::log_in(&world, &patient_id()).await;
    assert_eq!(patient.send("I have a cold").await.status(), 200);
}
