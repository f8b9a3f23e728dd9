//! What a turn needs from outside.

use std::time::Duration;

use medchat_api::chat::Source;
use medchat_bindings::policy::review::{Context, Verdict};
use medchat_bindings::policy::triage::{Assessment, Background, Locale};
use medchat_bindings::store::conversations::{Answer, Error, NewTurn, Opened, Owner, Turn};
use medchat_inference_api::ChatMessage;

/// The policy, the store, the model and the clock.
#[allow(
    async_fn_in_trait,
    reason = "components are single-threaded: no caller needs the futures to be Send"
)]
pub trait Collaborators {
    /// How urgent is what the patient says?
    fn triage(&self, text: &str, background: &Background, locale: &Locale) -> Assessment;

    /// May this answer be shown?
    fn review(&self, answer: &str, context: &Context) -> Verdict;

    /// Keeps the message. See `medchat:store`.
    async fn open_turn(&self, turn: NewTurn) -> Result<Opened, Error>;

    /// Keeps the claim on a turn. See `medchat:store`.
    async fn renew_claim(&self, id: &str, owner: &Owner, claimed_until: u64) -> Result<(), Error>;

    /// Keeps the answer. See `medchat:store`.
    async fn complete_turn(&self, id: &str, owner: &Owner, answer: &Answer) -> Result<(), Error>;

    /// Gives up the claim on a turn. See `medchat:store`.
    async fn release_turn(&self, id: &str, owner: &Owner) -> Result<(), Error>;

    /// The newest answered turns of this conversation, oldest first.
    async fn memory(&self, owner: &Owner, limit: u32) -> Result<Vec<Turn>, Error>;

    /// Asks the model.
    async fn ask(&self, messages: Vec<ChatMessage>) -> Result<ModelAnswer, ModelError>;

    /// Lets `time` pass.
    async fn pause(&self, time: Duration);

    /// Milliseconds since the Unix epoch.
    fn now(&self) -> u64;

    /// Time since some fixed moment, for measuring.
    fn elapsed(&self) -> Duration;

    /// Notes for the log that something failed which the patient is not told of. Neither part may hold a patient's words
    /// or ids.
    fn warn(&self, event: &'static str, cause: &str);
}

/// What the model said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelAnswer {
    /// Its words.
    pub text: String,
    /// Which model it was.
    pub model: String,
    /// Whether a lesser model stood in for the configured one.
    pub degraded: bool,
    /// What the answer is based on.
    pub sources: Vec<Source>,
}

/// Why the model did not answer. The reasons are for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// The inference host could not be reached, or did not answer in time.
    #[error("the inference host cannot be reached: {0}")]
    Unreachable(String),
    /// It answered that it will not or cannot; its HTTP status.
    #[error("the inference host answered with status {0}")]
    Refused(u16),
    /// What it answered is no chat completion.
    #[error("the inference host's answer cannot be read: {0}")]
    Unreadable(String),
    /// The completion has no words in it.
    #[error("the model answered without words")]
    Silent,
}
