//! Bodies of `/api/chat`.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Body of `POST /api/chat/message`.
#[derive(Debug, Serialize, Deserialize)]
pub struct MessageRequest {
    /// What the patient says: 1 to [`MESSAGE_CHARACTERS`](crate::limits::MESSAGE_CHARACTERS) characters.
    pub message: String,
}

/// How the patient asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InputType {
    /// Typed words.
    Text,
    /// A recording.
    Speech,
    /// A photo.
    Image,
    /// More than one of these.
    Multimodal,
}

/// Answer to a message.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChatResponse {
    /// What Medchat says.
    pub response: String,
    /// The conversation.
    pub session_id: String,
    /// The turn in it.
    pub turn_id: String,
    /// When it was answered, RFC 3339.
    pub timestamp: String,
    /// How the answer came about. Raw JSON of a [`Metadata`], so that a repeated answer is the same to the letter.
    pub metadata: Box<RawValue>,
}

/// How an answer came about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metadata {
    /// How the patient asked.
    pub input_type: InputType,
    /// What took part: `triage`, `chat`, `review`...
    pub tools_used: Vec<String>,
    /// Whether triage saw an emergency; then no model was asked.
    pub emergency_detected: bool,
    /// What the image model saw, where a photo was sent.
    pub image_analysis: Option<ImageAnalysis>,
    /// What was heard, where a recording was sent.
    pub transcript: Option<String>,
    /// What the answer is based on.
    pub sources: Vec<Source>,
    /// The model that answered; none where none was asked.
    pub model: Option<String>,
    /// How long each step took.
    pub steps: Vec<Step>,
    /// Whether the answer came from less than the whole system.
    pub degraded: bool,
    /// What triage found.
    pub triage: Triage,
    /// What review did to the model's answer.
    pub review: Review,
}

/// What the image model saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageAnalysis {
    /// The most probable class.
    pub class_name: String,
    /// Its probability, 0 to 1.
    pub confidence: f64,
    /// Every class with its probability.
    pub all_probabilities: Vec<(String, f64)>,
    /// The model's name and version.
    pub model: String,
}

/// Something that an answer is based on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The page's or document's title.
    pub title: String,
    /// Who publishes it.
    pub publisher: String,
    /// Where to read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// One step of a turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The step's name.
    pub name: String,
    /// Milliseconds it took.
    pub ms: f64,
}

/// What triage found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Triage {
    /// `emergency`, `urgent`, `routine` or `self-care`.
    pub urgency: String,
    /// The rules that fired.
    pub findings: Vec<Finding>,
}

/// A triage rule that fired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule's id.
    pub rule: String,
    /// The presentation it belongs to.
    pub category: String,
    /// Where in the message, in UTF-8 bytes: start and end.
    pub span: (u32, u32),
}

/// What review did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// `allow`, `amend`, `replace`, or `none` where there was nothing to review.
    pub decision: String,
    /// The rules that the model's answer broke.
    pub violations: Vec<Violation>,
}

/// A review rule that the model's answer broke.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// The rule's id.
    pub rule: String,
    /// Where in the model's own answer, in UTF-8 bytes: start and end. Empty for something missing.
    pub span: (u32, u32),
}

/// Whether a turn was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TurnStatus {
    /// It was.
    Answered,
    /// It was not, or not yet; the message is kept.
    Unanswered,
}

/// One turn of the history.
#[derive(Debug, Serialize, Deserialize)]
pub struct HistoryTurn {
    /// The turn.
    pub turn_id: String,
    /// When the message arrived, RFC 3339.
    pub timestamp: String,
    /// How the patient asked.
    pub input_type: InputType,
    /// What the patient said.
    pub message: String,
    /// Whether it was answered.
    pub status: TurnStatus,
    /// What Medchat said.
    pub response: Option<String>,
    /// How the answer came about: a [`Metadata`].
    pub metadata: Option<Box<RawValue>>,
}

/// Answer of `GET /api/chat/history`.
#[derive(Debug, Serialize, Deserialize)]
pub struct History {
    /// The conversation.
    pub session_id: String,
    /// Its turns, newest last.
    pub turns: Vec<HistoryTurn>,
    /// Pass it as `before` for the page of older turns; null where there is none.
    pub next: Option<String>,
}

/// Answer of `DELETE /api/chat/history`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cleared {
    /// How many turns were deleted.
    pub deleted: u64,
}
