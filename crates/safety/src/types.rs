//! What goes in and comes out, as in the `medchat:policy` contract.

/// How soon a person needs care, most urgent first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// Call the emergency number now.
    Emergency,
    /// Be seen the same day.
    Urgent,
    /// Make an appointment.
    Routine,
    /// Look after it at home, knowing what to watch for.
    #[default]
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
    /// Whom to call about a poison or a wrong dose before anyone is unwell.
    pub poison_line: String,
}

impl Default for Locale {
    /// English for a country that is not known. 112 works on any mobile phone (3GPP TS 22.101).
    fn default() -> Self {
        Self {
            language: "en".into(),
            emergency_number: "112".into(),
            crisis_line: "your local crisis line".into(),
            poison_line: "your poison centre".into(),
        }
    }
}

/// What the image model saw in a photo that came with the message.
#[derive(Debug, Clone, PartialEq)]
pub struct Image {
    /// The most probable class, as the model names it.
    pub label: String,
    /// Its probability, 0 to 1.
    pub confidence: f32,
}

/// What is known besides the message. It can raise the urgency and never lowers it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Background {
    /// Conditions and medicines of the patient's record, as it words them; those that hold today.
    pub record: Vec<String>,
    /// The photo that came with the message.
    pub image: Option<Image>,
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
    /// The rule's id, such as `chest-pain.crushing`; `classifier.` and the presentation where not a rule but the classifier
    /// saw it.
    pub rule: String,
    /// The presentation that it belongs to, such as `cardiac`.
    pub category: String,
    /// How urgent it is here: less than the rule says where what was meant has passed, or where the classifier is sure that
    /// something else was meant.
    pub urgency: Urgency,
    /// The words that fired the rule; where several parts did, joined by ` … `. What the record or the image says stands
    /// behind the patient's own words.
    pub words: String,
    /// From the first of the patient's words to the last; empty where only the image fired the rule.
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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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
