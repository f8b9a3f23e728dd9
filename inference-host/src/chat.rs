//! `POST /v1/chat/completions`.

use std::{
    convert::Infallible,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{
    Json,
    extract::{Request, State},
    response::{
        IntoResponse, Response,
        sse::{Event, Sse},
    },
};
use futures::{Stream, stream};
use medchat_inference_api::{
    ChatChunk, ChatMessage, ChatResponse, Choice, ChunkChoice, Delta, FinishReason, MedchatExtension, Role, Usage,
    routes::STREAM_END,
};
use serde::Serialize;
use tracing::warn;
use uuid::Uuid;

use crate::{
    engine::{Answer, Pieces},
    failure::Failure,
    intake,
    ollama::{OllamaError, Piece},
    server::Service,
};

/// Answers in one body, or as server-sent events when the request asks for a stream.
pub(crate) async fn complete(State(service): State<Arc<Service>>, request: Request) -> Result<Response, Failure> {
    let request = intake::read(request, service.limits).await?;
    let answer = service.engine.answer(&request).await?;
    if request.stream {
        return Ok(Sse::new(events(answer)).into_response());
    }
    let whole = match Whole::collect(answer).await {
        Ok(whole) => whole,
        // The client has seen nothing of the broken answer.
        Err(error) => Whole::collect(service.engine.after_break(&request, error)?).await?,
    };
    Ok(Json(whole.into_response_body()).into_response())
}

/// What all parts of one answer share.
#[derive(Debug, Clone)]
struct Heading {
    id: String,
    created: u64,
    model: String,
}

impl Heading {
    fn new(model: String) -> Self {
        let created = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        Self {
            id: format!("chatcmpl-{}", Uuid::new_v4().simple()),
            created,
            model,
        }
    }

    fn chunk(&self, delta: Delta, finish_reason: Option<FinishReason>) -> ChatChunk {
        ChatChunk {
            id: self.id.clone(),
            object: ChatChunk::OBJECT.to_owned(),
            created: self.created,
            model: self.model.clone(),
            choices: vec![ChunkChoice {
                index: 0,
                delta,
                finish_reason,
            }],
            usage: None,
            medchat: None,
        }
    }
}

/// An answer of which every word is there.
struct Whole {
    model: String,
    extension: MedchatExtension,
    text: String,
    finish_reason: FinishReason,
    usage: Usage,
}

impl Whole {
    async fn collect(answer: Answer) -> Result<Self, OllamaError> {
        let Answer {
            model,
            extension,
            mut pieces,
        } = answer;
        let mut text = String::new();
        loop {
            match pieces.next().await? {
                Piece::Words(words) => text.push_str(&words),
                Piece::End(finish_reason, usage) => {
                    return Ok(Self {
                        model,
                        extension,
                        text,
                        finish_reason,
                        usage,
                    });
                }
            }
        }
    }

    fn into_response_body(self) -> ChatResponse {
        let Heading { id, created, model } = Heading::new(self.model);
        let message = ChatMessage::assistant(self.text);
        ChatResponse {
            id,
            object: ChatResponse::OBJECT.to_owned(),
            created,
            model,
            choices: vec![Choice {
                index: 0,
                message,
                finish_reason: Some(self.finish_reason),
            }],
            usage: self.usage,
            medchat: Some(self.extension),
        }
    }
}

/// The events of a streamed answer. One that breaks off ends with an error event, and without the mark of the end.
fn events(answer: Answer) -> impl Stream<Item = Result<Event, Infallible>> {
    let Answer {
        model,
        extension,
        pieces,
    } = answer;
    let streamed = Streamed {
        heading: Heading::new(model),
        extension,
        pieces,
        phase: Phase::FirstWords,
    };
    stream::unfold(streamed, async |streamed| {
        streamed.next().await.map(|(event, rest)| (Ok(event), rest))
    })
}

/// What is still to be streamed.
struct Streamed {
    heading: Heading,
    extension: MedchatExtension,
    pieces: Pieces,
    phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    FirstWords,
    MoreWords,
    Mark,
    Over,
}

impl Streamed {
    async fn next(mut self) -> Option<(Event, Self)> {
        match self.phase {
            Phase::FirstWords | Phase::MoreWords => {}
            Phase::Mark => {
                self.phase = Phase::Over;
                return Some((Event::default().data(STREAM_END), self));
            }
            Phase::Over => return None,
        }
        let event = match self.pieces.next().await {
            Ok(Piece::Words(words)) => {
                let role = (self.phase == Phase::FirstWords).then_some(Role::Assistant);
                self.phase = Phase::MoreWords;
                json_event(&self.heading.chunk(
                    Delta {
                        role,
                        content: Some(words),
                    },
                    None,
                ))
            }
            Ok(Piece::End(finish_reason, usage)) => {
                self.phase = Phase::Mark;
                let chunk = ChatChunk {
                    usage: Some(usage),
                    medchat: Some(std::mem::take(&mut self.extension)),
                    ..self.heading.chunk(Delta::default(), Some(finish_reason))
                };
                json_event(&chunk)
            }
            Err(error) => {
                warn!(%error, "the answer broke off");
                self.phase = Phase::Over;
                json_event(&Failure::from(error).body())
            }
        };
        Some((event, self))
    }
}

fn json_event(data: &impl Serialize) -> Event {
    Event::default().json_data(data).expect("wire types are plain data")
}
