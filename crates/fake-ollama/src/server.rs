//! Ollama's HTTP surface, as far as Medchat uses it.

use std::{io, sync::Arc};

use axum::{
    Json, Router,
    body::Body,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bytes::Bytes;
use futures::stream;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinSet};

use crate::{
    reply::{Reply, Step},
    stage::{Attendance, Stage},
};

/// Accepts connections until the task is dropped, and drops them with it.
pub(crate) async fn serve(listener: TcpListener, stage: Arc<Stage>) {
    let router = Router::new()
        .route("/", get(async || "Ollama is running"))
        .route("/api/version", get(async || Json(json!({ "version": "0.12.6" }))))
        .route("/api/tags", get(tags))
        .route("/api/show", post(show))
        .route("/api/chat", post(chat))
        .with_state(stage);
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        // Without it the small writes of a stream would wait for each other.
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone());
        connections.spawn(async move {
            // A connection that breaks is what many tests are about.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn tags(State(stage): State<Arc<Stage>>) -> Json<Value> {
    stage.note(|seen| seen.tag_lists += 1);
    let wait = stage.script().tags.clone();
    wait.pass().await;
    let models: Vec<Value> = stage.script().models.iter().map(|name| description(name)).collect();
    Json(json!({ "models": models }))
}

async fn show(State(stage): State<Arc<Stage>>, Json(request): Json<Value>) -> Response {
    let model = request["model"].as_str().unwrap_or_default();
    if !stage.script().has(model) {
        return error(StatusCode::NOT_FOUND, &format!("model '{model}' not found"));
    }
    let details = description(model)["details"].take();
    Json(json!({ "details": details, "capabilities": ["completion", "vision"], "model_info": {} })).into_response()
}

async fn chat(State(stage): State<Arc<Stage>>, body: Bytes) -> Response {
    let Ok(request) = serde_json::from_slice::<Value>(&body) else {
        return error(StatusCode::BAD_REQUEST, "invalid character in request body");
    };
    let model = request["model"].as_str().unwrap_or_default().to_owned();
    if model.is_empty() {
        return error(StatusCode::BAD_REQUEST, "model is required");
    }
    let streamed = request["stream"].as_bool().unwrap_or(true);
    let mut attendance = Attendance::new(Arc::clone(&stage));
    let reply = stage.next_reply(&model);
    stage.script().chats.push(request);
    stage.note(|seen| seen.chats += 1);
    reply.before_headers.pass().await;

    let status = StatusCode::from_u16(reply.status).expect("a script gives a valid status");
    if !status.is_success() {
        attendance.end();
        return (
            status,
            [(CONTENT_TYPE, "application/json; charset=utf-8")],
            body_of(&reply),
        )
            .into_response();
    }
    if !streamed {
        attendance.end();
        return Json(whole(&model, &reply)).into_response();
    }
    let lines = lines(model, reply, attendance);
    ([(CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(lines)).into_response()
}

/// The body of a streamed reply. Every step becomes a chunk and a write of its own.
fn lines(model: String, reply: Reply, attendance: Attendance) -> impl stream::Stream<Item = io::Result<Bytes>> {
    let steps = reply.steps.into_iter().enumerate();
    stream::unfold(
        (model, steps, attendance),
        async |(model, mut steps, mut attendance)| {
            // Lets hyper write the chunk before, so that two of them do not share a write.
            tokio::task::yield_now().await;
            loop {
                let Some((position, step)) = steps.next() else {
                    attendance.end();
                    return None;
                };
                let chunk = match step {
                    Step::Pause(wait) => {
                        wait.pass().await;
                        continue;
                    }
                    Step::Words(words) => Ok(line_of_words(&model, &words)),
                    Step::Done => Ok(last_line(&model, position)),
                    Step::Raw(bytes) => Ok(bytes),
                    Step::Cut => {
                        attendance.end();
                        Err(io::Error::from(io::ErrorKind::ConnectionReset))
                    }
                };
                // A client that has read the last line may leave without waiting for the end of the body.
                if steps.len() == 0 {
                    attendance.end();
                }
                return Some((chunk, (model, steps, attendance)));
            }
        },
    )
}

/// One line with words of the answer.
pub(crate) fn line_of_words(model: &str, words: &str) -> Bytes {
    let line = json!({
        "model": model,
        "created_at": CREATED_AT,
        "message": { "role": "assistant", "content": words },
        "done": false,
    });
    format!("{line}\n").into()
}

/// The line that ends an answer; durations are in nanoseconds.
pub(crate) fn last_line(model: &str, tokens: usize) -> Bytes {
    format!("{}\n", with_counts(model, "", tokens)).into()
}

fn with_counts(model: &str, words: &str, tokens: usize) -> Value {
    json!({
        "model": model,
        "created_at": CREATED_AT,
        "message": { "role": "assistant", "content": words },
        "done": true,
        "done_reason": "stop",
        "total_duration": 4_883_583_458_u64,
        "load_duration": 1_334_875_u64,
        "prompt_eval_count": 26,
        "prompt_eval_duration": 342_546_000_u64,
        "eval_count": tokens,
        "eval_duration": 4_535_599_000_u64,
    })
}

/// The same reply when the request says `"stream": false`.
fn whole(model: &str, reply: &Reply) -> Value {
    let pieces: Vec<&str> = reply
        .steps
        .iter()
        .filter_map(|step| {
            if let Step::Words(words) = step {
                Some(words.as_str())
            } else {
                None
            }
        })
        .collect();
    with_counts(model, &pieces.concat(), pieces.len())
}

fn body_of(reply: &Reply) -> Vec<u8> {
    reply
        .steps
        .iter()
        .filter_map(|step| {
            if let Step::Raw(bytes) = step {
                Some(bytes.as_ref())
            } else {
                None
            }
        })
        .collect::<Vec<_>>()
        .concat()
}

fn description(name: &str) -> Value {
    json!({
        "name": name,
        "model": name,
        "modified_at": CREATED_AT,
        "size": 3_338_801_804_u64,
        "digest": "a2af6cc3eb7fa8be8504abaf9b04e88f17a119ec3f04a3addf55f92841195f5a",
        "details": {
            "parent_model": "", "format": "gguf", "family": "gemma3", "families": ["gemma3"],
            "parameter_size": "4.3B", "quantization_level": "Q4_K_M",
        },
    })
}

fn error(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "error": message }))).into_response()
}

const CREATED_AT: &str = "2025-11-20T09:41:22.123456789Z";
