//! What comes back when all is well, and what when there is no Ollama.

use medchat_fake_ollama::{FakeOllama, MODEL, Reply};
use medchat_inference_api::{ChatChunk, ChatMessage, ChatRequest, FinishReason, ModelList, Role, routes};
use serde_json::json;

use crate::harness::{DeadPort, HEADACHE, Host, chunk, config, error_code, events, ollama_and_host};

#[tokio::test]
async fn the_words_of_the_model_come_back() {
    let (ollama, host) = ollama_and_host(|_| {}).await;
    ollama.reply_with(Reply::words(["Drink ", "enough ", "water."]));
    let answer = host.answer(HEADACHE).await;
    assert_eq!(answer.text(), Some("Drink enough water."));
    assert_eq!(answer.model, MODEL);
    assert_eq!(answer.choices[0].finish_reason, Some(FinishReason::Stop));
    assert_eq!(
        (
            answer.usage.prompt_tokens,
            answer.usage.completion_tokens,
            answer.usage.total_tokens
        ),
        (26, 3, 29)
    );
    assert!(!answer.is_degraded() && answer.sources().is_empty());
}

#[tokio::test]
async fn ollama_is_asked_in_its_own_words() {
    let (ollama, host) = ollama_and_host(|_| {}).await;
    host.answer(HEADACHE).await;
    assert_eq!(
        ollama.last_chat().unwrap(),
        json!({
            "model": MODEL,
            "messages": [{ "role": "user", "content": HEADACHE }],
            "stream": true,
            "keep_alive": "10m",
            "options": { "num_ctx": 8192, "temperature": 0.3, "num_predict": 1024 },
        })
    );
}

#[tokio::test]
async fn a_request_may_ask_for_fewer_tokens_but_not_for_more() {
    let (ollama, host) = ollama_and_host(|_| {}).await;
    let request = ChatRequest::new(vec![ChatMessage::user(HEADACHE)]);
    for (asked, granted) in [(7, 7), (1_000_000, 1024)] {
        host.asking(&ChatRequest {
            max_tokens: Some(asked),
            ..request.clone()
        })
        .send()
        .await
        .unwrap();
        assert_eq!(ollama.last_chat().unwrap()["options"]["num_predict"], granted);
    }
}

#[tokio::test]
async fn characters_that_arrive_in_parts_stay_whole() {
    let (ollama, host) = ollama_and_host(|_| {}).await;
    ollama.reply_with(Reply::byte_by_byte(["Größe 37,5 °C ", "头痛 ", "🤧"]));
    assert_eq!(host.answer(HEADACHE).await.text(), Some("Größe 37,5 °C 头痛 🤧"));
}

#[tokio::test]
async fn a_stream_is_one_chunk_an_event_and_ends_with_the_mark() {
    let (ollama, host) = ollama_and_host(|_| {}).await;
    ollama.reply_with(Reply::words(["Drink ", "water."]));
    let response = host.stream(HEADACHE).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let events = events(response).await;
    let (mark, chunks) = events.split_last().unwrap();
    assert_eq!(mark, routes::STREAM_END);
    let chunks: Vec<ChatChunk> = chunks.iter().map(|event| chunk(event)).collect();
    let words: Vec<_> = chunks
        .iter()
        .map(|chunk| chunk.choices[0].delta.content.as_deref())
        .collect();
    assert_eq!(words, [Some("Drink "), Some("water."), None]);
    let roles: Vec<_> = chunks.iter().map(|chunk| chunk.choices[0].delta.role).collect();
    assert_eq!(roles, [Some(Role::Assistant), None, None]);
    let reasons: Vec<_> = chunks.iter().map(|chunk| chunk.choices[0].finish_reason).collect();
    assert_eq!(reasons, [None, None, Some(FinishReason::Stop)]);
    assert!(
        chunks
            .iter()
            .all(|chunk| chunk.id == chunks[0].id && chunk.object == ChatChunk::OBJECT)
    );
    assert_eq!(chunks[2].usage.unwrap().completion_tokens, 2);
    assert!(!chunks[2].medchat.as_ref().unwrap().degraded);
}

#[tokio::test]
async fn without_an_ollama_the_reference_text_answers() {
    let nobody = DeadPort::hold();
    let host = Host::start(config(&nobody.url())).await;
    let answer = host.answer(HEADACHE).await;
    assert!(answer.text().unwrap().contains("Drink water"));
    assert!(answer.is_degraded());
    assert!(answer.model.starts_with("medchat-builtin/"), "{}", answer.model);
    assert_eq!(answer.sources()[0].publisher, "NHS");
}

#[tokio::test]
async fn without_the_model_the_reference_text_answers() {
    let (ollama, host) = ollama_and_host(|_| {}).await;
    ollama.set_models(["llama3:latest"]);
    assert!(host.answer(HEADACHE).await.is_degraded());
}

#[tokio::test]
async fn with_ollama_disabled_the_reference_text_answers() {
    let host = Host::start(config("none")).await;
    assert!(host.answer(HEADACHE).await.is_degraded());
}

#[tokio::test]
async fn reference_text_is_streamed_too() {
    let host = Host::start(config("none")).await;
    let events = events(host.stream(HEADACHE).await).await;
    assert_eq!(events.last().unwrap(), routes::STREAM_END);
    let last = chunk(&events[events.len() - 2]).medchat.unwrap();
    assert!(last.degraded && !last.sources.is_empty());
}

#[tokio::test]
async fn a_model_that_is_pulled_later_answers_from_then_on() {
    let (ollama, host) = ollama_and_host(|_| {}).await;
    ollama.set_models([]);
    assert!(host.answer(HEADACHE).await.is_degraded());
    ollama.set_models([MODEL]);
    assert!(!host.answer(HEADACHE).await.is_degraded());
}

#[tokio::test]
async fn an_ollama_that_comes_later_answers_from_then_on() {
    let nobody = DeadPort::hold();
    let host = Host::start(config(&nobody.url())).await;
    assert!(host.answer(HEADACHE).await.is_degraded());
    let _ollama = FakeOllama::start_on(nobody.revive());
    assert!(!host.answer(HEADACHE).await.is_degraded());
}

#[tokio::test]
async fn the_model_and_the_built_in_responder_are_listed() {
    let (_ollama, host) = ollama_and_host(|_| {}).await;
    let list: ModelList = host.get(routes::MODELS).send().await.unwrap().json().await.unwrap();
    let owners: Vec<_> = list
        .data
        .iter()
        .map(|model| (model.id.as_str(), model.owned_by.as_str()))
        .collect();
    assert_eq!(owners[0], (MODEL, "ollama"));
    assert!(owners[1].0.starts_with("medchat-builtin/") && owners[1].1 == "medchat");
}

#[tokio::test]
async fn a_listed_model_answers_when_it_is_asked_for() {
    let (_ollama, host) = ollama_and_host(|_| {}).await;
    let list: ModelList = host.get(routes::MODELS).send().await.unwrap().json().await.unwrap();
    for model in list.data {
        let request = ChatRequest {
            model: Some(model.id.clone()),
            ..ChatRequest::new(vec![ChatMessage::user(HEADACHE)])
        };
        let answer: medchat_inference_api::ChatResponse =
            host.asking(&request).send().await.unwrap().json().await.unwrap();
        assert_eq!(answer.model, model.id);
    }
}

#[tokio::test]
async fn a_model_that_is_not_listed_is_not_found() {
    let (ollama, host) = ollama_and_host(|_| {}).await;
    let request = ChatRequest {
        model: Some("llama9".into()),
        ..ChatRequest::new(vec![ChatMessage::user(HEADACHE)])
    };
    let response = host.asking(&request).send().await.unwrap();
    assert_eq!(response.status(), 404);
    assert_eq!(error_code(response).await, "model_not_found");
    assert_eq!(ollama.chats(), 0);
}
