//! The turn itself.

use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
use medchat_api::chat::Metadata;
use medchat_bindings::policy::review::Context;
use medchat_bindings::policy::triage::{Assessment, Background, Locale, Urgency};
use medchat_bindings::store::conversations::{Answer, Error, InputType, NewTurn, Opened, Owner, Turn};

use medchat_inference_api::ChatMessage;

use crate::collaborators::{Collaborators, ModelAnswer, ModelError};
use crate::metadata::{self, Steps};
use crate::prompt;
use crate::question::Question;

/// What does not change from turn to turn.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the patients are.
    pub locale: Locale,
    /// How many earlier turns of the conversation the model is reminded of.
    pub memory_turns: u32,
}

/// How long a turn is claimed for by the request that answers it, in milliseconds. Short, so that a patient whose request
/// was lost with its host soon gets an answer to the next; renewed for as long as the model takes.
const CLAIM: u64 = 15_000;
/// How often the claim is renewed: with time for one renewal to fail.
const RENEW_EVERY: Duration = Duration::from_secs(5);

/// A turn that was answered, now or earlier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The turn.
    pub turn_id: String,
    /// What to tell the patient.
    pub response: String,
    /// Milliseconds since the Unix epoch.
    pub answered_at: u64,
    /// JSON of a [`Metadata`].
    pub metadata: String,
}

/// Why a turn was not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TurnError {
    /// Another request with the same idempotency key is at it.
    #[error("another request is answering this turn")]
    InProgress,
    /// The idempotency key belongs to another message.
    #[error("the idempotency key belongs to another message")]
    KeyReused,
    /// The patient cleared the conversation meanwhile.
    #[error("the conversation was cleared meanwhile")]
    Cleared,
    /// No model answered; the turn is kept. What the patient should know, who may need help.
    #[error("no model answered")]
    ModelUnavailable(String),
    /// The store did not answer; the message is not known to be kept.
    #[error("the store did not answer")]
    StoreUnavailable,
}

/// Answers `question`.
///
/// # Errors
/// See [`TurnError`]. An emergency is answered whatever fails.
pub async fn consult<C: Collaborators>(
    with: &C,
    settings: &Settings,
    question: Question,
) -> Result<Answered, TurnError> {
    let mut steps = Steps::begin(with);
    let assessment = with.triage(&question.message, &background(), &settings.locale);
    steps.end("triage");
    if assessment.urgency == Urgency::Emergency {
        return Ok(answer_emergency(with, question, &assessment, steps).await);
    }

    let owner = question.owner.clone();
    let turn = match open(with, question).await {
        Ok(Opened::Claimed(turn)) => turn,
        Ok(Opened::Answered(turn)) => return repeat(turn).ok_or(TurnError::StoreUnavailable),
        Ok(Opened::InProgress) => return Err(TurnError::InProgress),
        Ok(Opened::KeyReused) => return Err(TurnError::KeyReused),
        Err(error) => return Err(unavailable(with, "open turn", &error)),
    };
    steps.end("open");

    let answered = answer_with_model(with, settings, &owner, &turn, &assessment, steps).await;
    if answered.is_err() {
        // A cleared turn is no longer there to be released, and a store that is down will not be told either: the claim
        // runs out by itself.
        if let Err(error) = with.release_turn(&turn.id, &owner).await {
            unavailable(with, "release turn", &error);
        }
    }
    answered
}

/// What is known of the patient besides the message: nothing, as long as Medchat takes neither records nor photos.
fn background() -> Background {
    Background {
        record: Vec::new(),
        image: None,
    }
}

async fn open<C: Collaborators>(with: &C, question: Question) -> Result<Opened, Error> {
    let now = with.now();
    with.open_turn(NewTurn {
        id: question.turn_id,
        owner: question.owner,
        created_at: now,
        input_type: InputType::Text,
        message: question.message,
        idempotency_key: question.idempotency_key,
        claimed_until: now.saturating_add(CLAIM),
    })
    .await
}

/// Tells the patient to get help, and keeps the turn if that is possible: it must not be a condition.
async fn answer_emergency<C: Collaborators>(
    with: &C,
    question: Question,
    assessment: &Assessment,
    mut steps: Steps<'_, C>,
) -> Answered {
    let (mut turn_id, owner) = (question.turn_id.clone(), question.owner.clone());
    let nameless = Question {
        idempotency_key: None,
        ..question.clone()
    };
    let opened = match open(with, question).await {
        // The key is another turn's, or its request is stuck. This one is not to be lost for that: it is a turn of its own.
        Ok(Opened::KeyReused | Opened::InProgress) => open(with, nameless).await,
        opened => opened,
    };
    let claimed = match opened {
        Ok(Opened::Claimed(turn)) => {
            turn_id = turn.id;
            true
        }
        Ok(Opened::Answered(turn)) => match repeat(turn) {
            Some(answered) => return answered,
            None => false,
        },
        Ok(Opened::InProgress | Opened::KeyReused) => false,
        Err(error) => {
            unavailable(with, "open turn", &error);
            false
        }
    };
    steps.end("open");
    let metadata = metadata::of_emergency(assessment, steps.into_steps());
    let answer = to_answer(with, assessment.advice.clone(), &metadata);
    if claimed && let Err(error) = with.complete_turn(&turn_id, &owner, &answer).await {
        unavailable(with, "complete turn", &error);
    }
    answered(turn_id, answer)
}

async fn answer_with_model<C: Collaborators>(
    with: &C,
    settings: &Settings,
    owner: &Owner,
    turn: &Turn,
    assessment: &Assessment,
    mut steps: Steps<'_, C>,
) -> Result<Answered, TurnError> {
    let memory = with
        .memory(owner, settings.memory_turns)
        .await
        .map_err(|error| unavailable(with, "read memory", &error))?;
    steps.end("memory");

    let messages = prompt::messages(&settings.locale, assessment, memory, &turn.message);
    let said = ask(with, owner, turn, messages).await.map_err(|error| {
        with.warn("ask model", &error.to_string());
        TurnError::ModelUnavailable(safety_net(&settings.locale, assessment))
    })?;
    steps.end("chat");

    let context = Context {
        patient_id: owner.patient_id.clone(),
        urgency: assessment.urgency,
        sources: said
            .sources
            .iter()
            .flat_map(|source| [source.title.clone(), source.publisher.clone()])
            .collect(),
        locale: settings.locale.clone(),
    };
    let verdict = with.review(&said.text, &context);
    steps.end("review");

    let response = match assessment.urgency {
        // What triage found stands before anything that a model says.
        Urgency::Urgent if !assessment.advice.is_empty() => format!("{}\n\n{}", assessment.advice, verdict.text),
        _ => verdict.text.clone(),
    };
    let metadata = metadata::of_answer(assessment, said, &verdict, steps.into_steps());
    let answer = to_answer(with, response, &metadata);
    match with.complete_turn(&turn.id, owner, &answer).await {
        Ok(()) => Ok(answered(turn.id.clone(), answer)),
        Err(Error::NotFound) => Err(TurnError::Cleared),
        // Another request took the turn over and was faster: its answer is there for the next retry.
        Err(Error::Conflict) => Err(TurnError::InProgress),
        Err(error) => Err(unavailable(with, "complete turn", &error)),
    }
}

/// Asks the model, and keeps the claim on the turn meanwhile.
async fn ask<C: Collaborators>(
    with: &C,
    owner: &Owner,
    turn: &Turn,
    messages: Vec<ChatMessage>,
) -> Result<ModelAnswer, ModelError> {
    let mut asked = pin!(with.ask(messages));
    loop {
        let pause = pin!(with.pause(RENEW_EVERY));
        match select(asked.as_mut(), pause).await {
            Either::Left((answer, _)) => return answer,
            Either::Right(_) => {
                if let Err(error) = with
                    .renew_claim(&turn.id, owner, with.now().saturating_add(CLAIM))
                    .await
                {
                    unavailable(with, "renew claim", &error);
                }
            }
        }
    }
}

fn to_answer<C: Collaborators>(with: &C, response: String, metadata: &Metadata) -> Answer {
    let metadata = serde_json::to_string(metadata).expect("metadata has only string keys and finite numbers");
    Answer {
        response,
        metadata,
        answered_at: with.now(),
    }
}

fn answered(turn_id: String, answer: Answer) -> Answered {
    Answered {
        turn_id,
        response: answer.response,
        answered_at: answer.answered_at,
        metadata: answer.metadata,
    }
}

fn repeat(turn: Turn) -> Option<Answered> {
    turn.answer.map(|answer| answered(turn.id, answer))
}

fn unavailable<C: Collaborators>(with: &C, event: &'static str, error: &Error) -> TurnError {
    let cause = match error {
        Error::NotFound => "not found",
        Error::Conflict => "conflict",
        Error::Unavailable(reason) => reason,
    };
    with.warn(event, cause);
    TurnError::StoreUnavailable
}

/// What a patient is told who gets no answer: that nothing is lost, and where help is all the same.
fn safety_net(locale: &Locale, assessment: &Assessment) -> String {
    let mut text = String::new();
    if !assessment.advice.is_empty() {
        text.push_str(&assessment.advice);
        text.push(' ');
    }
    text.push_str("Medchat cannot answer right now; your message is kept. Please try again in a moment. ");
    text.push_str("If you feel very unwell or are getting worse, do not wait for us: call ");
    text.push_str(&locale.emergency_number);
    text.push_str(". If you might harm yourself, talk to someone now: ");
    text.push_str(&locale.crisis_line);
    text.push('.');
    text
}

#[cfg(test)]
mod tests;
