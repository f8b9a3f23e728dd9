//! History and memory.

use medchat_tests::{Patient, Reply, World, patient_id};
use reqwest::Method;
use serde_json::{Value, json};

/// What the model was last told, without the rules.
fn told(world: &World) -> Vec<(String, String)> {
    let chat = world.ollama.last_chat().unwrap();
    let text = |message: &Value, name: &str| message[name].as_str().unwrap().to_owned();
    let messages = chat["messages"].as_array().unwrap();
    messages
        .iter()
        .skip(1)
        .map(|message| (text(message, "role"), text(message, "content")))
        .collect()
}

#[tokio::test]
async fn the_history_has_what_was_said_newest_last() {
    let world = World::start().await;
    let patient = Patient::log_in(&world, &patient_id()).await;
    let answer = patient.ask("my nose runs").await;
    patient.ask("my throat is dry").await;
    let history = patient.history("").await;
    assert_eq!(patient.messages().await, ["my nose runs", "my throat is dry"]);
    let first = &history["turns"][0];
    assert_eq!(
        (&first["turn_id"], &first["response"]),
        (&answer["turn_id"], &answer["response"])
    );
    assert_eq!(first["metadata"], answer["metadata"]);
    assert_eq!(
        (&history["next"], &history["session_id"]),
        (&Value::Null, &json!(patient.session_id))
    );
}

#[tokio::test]
async fn a_new_sessions_history_is_empty() {
    let world = World::start().await;
    let patient = Patient::log_in(&world, &patient_id()).await;
    assert_eq!(patient.history("").await["turns"], json!([]));
}

#[tokio::test]
async fn the_history_is_read_page_by_page_without_a_gap_or_a_repetition() {
    let world = World::start().await;
    let patient = Patient::log_in(&world, &patient_id()).await;
    for number in 1..=5 {
        patient.ask(&format!("question {number}")).await;
    }
    let (mut pages, mut query) = (Vec::new(), "?limit=2".to_owned());
    loop {
        let page = patient.history(&query).await;
        let turns = page["turns"].as_array().unwrap().iter();
        pages.push(
            turns
                .map(|turn| turn["message"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>(),
        );
        let Some(next) = page["next"].as_str() else { break };
        query = format!("?limit=2&before={next}");
    }
    assert_eq!(
        pages,
        [
            vec!["question 4", "question 5"],
            vec!["question 2", "question 3"],
            vec!["question 1"]
        ]
    );
}

#[tokio::test]
async fn a_page_of_no_or_too_many_turns_is_refused() {
    let world = World::start().await;
    let patient = Patient::log_in(&world, &patient_id()).await;
    for query in [
        "?limit=0",
        "?limit=101",
        "?limit=-1",
        "?limit=ten",
        "?before=x'; DROP TABLE turns; --",
    ] {
        let answer = patient
            .request(Method::GET, &format!("/api/chat/history{query}"))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 400, "{query}");
    }
    assert_eq!(patient.history("?limit=100").await["turns"], json!([]));
}

#[tokio::test]
async fn the_model_is_reminded_of_this_conversation() {
    let world = World::start().await;
    let patient = Patient::log_in(&world, &patient_id()).await;
    world.ollama.reply_with(Reply::words(["Since when?"]));
    let answer = patient.ask("my nose runs").await;
    patient.ask("since Monday").await;
    let said = answer["response"].as_str().unwrap().to_owned();
    let pair = |role: &str, words: &str| (role.to_owned(), words.to_owned());
    assert_eq!(
        told(&world),
        [
            pair("user", "my nose runs"),
            pair("assistant", &said),
            pair("user", "since Monday")
        ]
    );
}

#[tokio::test]
async fn a_cleared_conversation_is_neither_shown_nor_remembered() {
    let world = World::start().await;
    let patient = Patient::log_in(&world, &patient_id()).await;
    patient.ask("my nose runs").await;
    patient.ask("since Monday").await;
    let cleared = patient
        .request(Method::DELETE, "/api/chat/history")
        .send()
        .await
        .unwrap();
    assert_eq!(cleared.json::<Value>().await.unwrap(), json!({"deleted": 2}));
    assert!(patient.messages().await.is_empty());
    patient.ask("my ear hurts").await;
    assert_eq!(told(&world).len(), 1);
}

#[tokio::test]
async fn clearing_a_conversation_leaves_the_patients_other_one() {
    let world = World::start().await;
    let id = patient_id();
    let (first, second) = (Patient::log_in(&world, &id).await, Patient::log_in(&world, &id).await);
    first.ask("my nose runs").await;
    second.ask("my ear hurts").await;
    first.request(Method::DELETE, "/api/chat/history").send().await.unwrap();
    assert_eq!(second.messages().await, ["my ear hurts"]);
}
