//! What cannot wait for a model.

use medchat_tests::{Patient, Setup, World, patient_id};

#[tokio::test]
async fn an_emergency_is_answered_with_the_number_to_call_and_no_model_is_asked() {
    let world = World::start().await;
    let patient = Patient::log_in(&world, &patient_id()).await;
    let answer = patient.ask("crushing chest pain and I can't breathe").await;
    assert_eq!(answer["metadata"]["emergency_detected"], true);
    assert!(answer["response"].as_str().unwrap().contains("911"), "{answer}");
    assert_eq!(world.ollama.chats(), 0);
}

#[tokio::test]
async fn an_emergency_is_answered_with_the_inference_host_gone() {
    let mut world = World::start().await;
    world.inference.kill();
    let patient = Patient::log_in(&world, &patient_id()).await;
    let answer = patient.ask("crushing chest pain and I can't breathe").await;
    assert_eq!(answer["metadata"]["emergency_detected"], true);
}

#[tokio::test]
async fn an_emergency_is_in_the_history() {
    let world = World::start().await;
    let patient = Patient::log_in(&world, &patient_id()).await;
    patient.ask("I took a whole bottle of paracetamol").await;
    let history = patient.history("").await;
    assert_eq!(history["turns"][0]["status"], "answered");
    assert_eq!(history["turns"][0]["metadata"]["emergency_detected"], true);
}

#[tokio::test]
async fn thoughts_of_suicide_are_answered_with_the_crisis_line() {
    let world = World::start().await;
    let patient = Patient::log_in(&world, &patient_id()).await;
    let answer = patient.ask("I want to kill myself").await;
    assert!(answer["response"].as_str().unwrap().contains("988"), "{answer}");
}

#[tokio::test]
async fn what_is_denied_is_no_emergency() {
    let world = World::start().await;
    let patient = Patient::log_in(&world, &patient_id()).await;
    let answer = patient
        .ask("I have a cold, no chest pain and no trouble breathing")
        .await;
    assert_eq!(answer["metadata"]["emergency_detected"], false);
    assert_eq!(world.ollama.chats(), 1);
}

#[tokio::test]
async fn the_number_to_call_is_the_countrys() {
    if World::is_outside() {
        return;
    }
    let world = Setup::default().variable("locale", "en-GB").start().await;
    let patient = Patient::log_in(&world, &patient_id()).await;
    let answer = patient.ask("crushing chest pain and I can't breathe").await;
    assert!(answer["response"].as_str().unwrap().contains("999"), "{answer}");
}

#[tokio::test]
async fn the_number_to_call_can_be_the_hospitals_own() {
    if World::is_outside() {
        return;
    }
    let world = Setup::default().variable("emergency_number", "2222").start().await;
    let patient = Patient::log_in(&world, &patient_id()).await;
    let answer = patient.ask("crushing chest pain and I can't breathe").await;
    assert!(answer["response"].as_str().unwrap().contains("2222"), "{answer}");
}
