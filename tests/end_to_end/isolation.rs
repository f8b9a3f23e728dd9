//! Patients never meet.

use medchat_tests::{Patient, World, patient_id};
use serde_json::Value;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn patients_who_ask_at_once_see_only_their_own_words() {
    const PATIENTS: usize = 8;
    const QUESTIONS: usize = 4;
    let world = World::start().await;
    let mut patients = Vec::new();
    for _ in 0..PATIENTS {
        patients.push(Patient::log_in(&world, &patient_id()).await);
    }
    let all = patients.iter().enumerate().map(|(number, patient)| async move {
        for question in 0..QUESTIONS {
            // Each from an address of its own: the limit is not what is tested here.
            let answer = patient
                .request(reqwest::Method::POST, "/api/chat/message")
                .header("x-forwarded-for", format!("192.0.2.{number}"))
                .json(&serde_json::json!({"message": format!("patient {number} asks question {question}")}))
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), 200);
        }
        patient.messages().await
    });
    for (number, messages) in futures::future::join_all(all).await.into_iter().enumerate() {
        let own: Vec<_> = (0..QUESTIONS)
            .map(|question| format!("patient {number} asks question {question}"))
            .collect();
        assert_eq!(messages, own);
    }
    for chat in world.ollama.all_chats() {
        let messages = chat["messages"].as_array().unwrap();
        let asked: Vec<_> = messages.iter().filter(|message| message["role"] == "user").collect();
        let who = |message: &Value| {
            message["content"]
                .as_str()
                .unwrap()
                .split(" asks")
                .next()
                .unwrap()
                .to_owned()
        };
        assert!(asked.iter().all(|message| who(message) == who(asked[0])), "{chat}");
    }
}

#[tokio::test]
async fn a_patients_second_session_does_not_show_the_first() {
    let world = World::start().await;
    let id = patient_id();
    Patient::log_in(&world, &id).await.ask("my nose runs").await;
    let second = Patient::log_in(&world, &id).await;
    assert!(second.messages().await.is_empty());
    second.ask("my ear hurts").await;
    let chat = world.ollama.last_chat().unwrap();
    assert!(!chat.to_string().contains("my nose runs"), "{chat}");
}

#[tokio::test]
async fn another_patients_turn_id_is_no_way_into_their_history() {
    let world = World::start().await;
    let (adam, eve) = (
        Patient::log_in(&world, &patient_id()).await,
        Patient::log_in(&world, &patient_id()).await,
    );
    let turn = adam.ask("my nose runs").await["turn_id"].as_str().unwrap().to_owned();
    adam.ask("since Monday").await;
    assert_eq!(
        eve.history(&format!("?before={turn}")).await["turns"],
        serde_json::json!([])
    );
}
