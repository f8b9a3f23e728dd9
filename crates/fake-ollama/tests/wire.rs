//! The fake is worth only as much as it resembles Ollama, so its wire format is tested too.

#![allow(clippy::unwrap_used)]

use futures::StreamExt;
use medchat_fake_ollama::{FakeOllama, Hold, MODEL, Reply, Wait};
use reqwest::{Client, Response};
use serde_json::{Value, json};

async fn ask(ollama: &FakeOllama, model: &str, stream: bool) -> Response {
    let body = json!({ "model": model, "stream": stream, "messages": [{ "role": "user", "content": "hello" }] });
    Client::new()
        .post(format!("{}/api/chat", ollama.url()))
        .json(&body)
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn a_chat_is_streamed_as_one_json_object_a_line() {
    let ollama = FakeOllama::start().await;
    ollama.reply_with(Reply::words(["Drink ", "water."]));
    let answer = ask(&ollama, MODEL, true).await;
    assert_eq!(answer.headers()["content-type"], "application/x-ndjson");
    let text = answer.text().await.unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[1]["message"]["content"], "water.");
    assert_eq!((&lines[0]["done"], &lines[2]["done"]), (&json!(false), &json!(true)));
    assert_eq!(
        (&lines[2]["done_reason"], &lines[2]["eval_count"]),
        (&json!("stop"), &json!(2))
    );
    assert_eq!(ollama.cancellations(), 0);
}

#[tokio::test]
async fn a_chat_that_is_not_streamed_comes_as_one_object() {
    let ollama = FakeOllama::start().await;
    ollama.reply_with(Reply::words(["Drink ", "water."]));
    let answer: Value = ask(&ollama, MODEL, false).await.json().await.unwrap();
    assert_eq!(answer["message"]["content"], "Drink water.");
}

#[tokio::test]
async fn an_unknown_model_is_not_found() {
    let ollama = FakeOllama::start().await;
    let answer = ask(&ollama, "llama9", true).await;
    assert_eq!(answer.status(), 404);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(
        body,
        json!({ "error": "model \"llama9\" not found, try pulling it first" })
    );
}

#[tokio::test]
async fn bytes_arrive_one_at_a_time() {
    let ollama = FakeOllama::start().await;
    ollama.reply_with(Reply::byte_by_byte(["ä"]));
    let answer = ask(&ollama, MODEL, true).await;
    let chunks: Vec<_> = answer.bytes_stream().map(Result::unwrap).collect().await;
    assert!(chunks.iter().all(|chunk| chunk.len() == 1));
    assert!(String::from_utf8(chunks.concat()).unwrap().contains('ä'));
}

#[tokio::test]
async fn headers_are_withheld_until_the_test_lets_go() {
    let ollama = FakeOllama::start().await;
    let load = Hold::new();
    ollama.reply_with(Reply::words(["Ready."]).after(Wait::Until(load.clone())));
    let mut asking = Box::pin(ask(&ollama, MODEL, true));
    tokio::select! {
        _ = &mut asking => panic!("answered while the model loads"),
        () = ollama.chats_reached(1) => load.release(),
    }
    assert_eq!(asking.await.status(), 200);
}

#[tokio::test]
async fn a_client_that_leaves_is_noticed() {
    let ollama = FakeOllama::start().await;
    ollama.reply_with(Reply::words_then_hang(["Drink "]));
    let mut answer = ask(&ollama, MODEL, true).await;
    answer.chunk().await.unwrap();
    assert_eq!(ollama.cancellations(), 0);
    drop(answer);
    ollama.cancellations_reached(1).await;
}

#[tokio::test]
async fn a_cut_connection_is_an_error_to_the_client() {
    let ollama = FakeOllama::start().await;
    ollama.reply_with(Reply::words_then_cut(["Drink "]));
    assert!(ask(&ollama, MODEL, true).await.text().await.is_err());
}
