//! What goes in and comes out, as in the `medchat:policy` contract.

/// How soon a person needs care, most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// Call the emergency number now.
    Emergency,
    /// Be seen the same day.
    Urgent,
    /// Make an appointment.
    Routine,
    /// Look after it at home, knowing what to watch for.
    SelfCare,
}

/// Where the patient is, as far as advice depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locale {
    /// BCP 47 language tag of the advice, such as `en`.
    pub language: String,
    /// The number that brings an ambulance, such as `112`.
    pub emergency_number: String,
    /// Whom to call in thoughts of suicide or self-harm: a number, with its name where there is one.
    pub crisis_line: String,
}

/// A stretch of a text in UTF-8 bytes, end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        let narrow = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
        Self {
            start: narrow(start),
            end: narrow(end),
        }
    }
}

/// One rule that fired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's id, such as `chest-pain.crushing`.
    pub rule: String,
    /// The presentation that it belongs to, such as `cardiac`.
    pub category: String,
    /// How urgent the rule is, here.
    pub urgency: Urgency,
    /// The patient's words that fired the rule; where several parts did, joined by ` … `.
    pub words: String,
    /// From the first of those words to the last.
    pub span: Span,
    /// The public guideline that the rule follows.
    pub guideline: String,
}

/// What triage says of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// The most urgent finding's urgency; `SelfCare` where nothing was found.
    pub urgency: Urgency,
    /// Most urgent first.
    pub findings: Vec<Finding>,
    /// What to do now, for the patient to read; empty where nothing was found.
    pub advice: String,
}

/// What the reviewer needs to know of the turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The patient who asked: any other patient id in the answer is a leak.
    pub patient_id: String,
    /// What triage said of the message.
    pub urgency: Urgency,
    /// Names of the sources that the answer was given; a citation of anything else is invented.
    pub sources: Vec<String>,
    /// Language and numbers of the texts that review adds.
    pub locale: Locale,
}

/// What to do with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    /// Show the answer as it is.
    Allow,
    /// Show the verdict's text, which keeps the answer and mends it.
    Amend,
    /// Show the verdict's text instead; nothing of the answer may be shown.
    Replace,
}

/// One review rule that the answer broke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The rule's id, such as `definitive-diagnosis`.
    pub rule: String,
    /// Where in the answer; an empty span at the end for something missing.
    pub span: Span,
}

/// What review says of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Whether and how the answer may be shown.
    pub decision: Decision,
    /// What to show: the answer itself for `Allow`.
    pub text: String,
    /// What was found.
    pub violations: Vec<Violation>,
}
