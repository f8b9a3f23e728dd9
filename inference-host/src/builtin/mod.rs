//! The built-in responder: answers from reference text when no model can.
//!
//! It finds the one or two topics that a patient's words point at and lays out what they say. It understands
//! nothing, and says so when it has found nothing.

mod compose;
mod index;
mod library;
mod topic;
mod words;

use medchat_inference_api::{ChatMessage, Role, Source};

use index::Index;
pub use library::{KnowledgeError, Library};
pub use topic::TopicError;

/// The name under which the built-in responder signs its answers.
pub const MODEL: &str = concat!("medchat-builtin/", env!("CARGO_PKG_VERSION"));

/// The same name without the version, to ask for it by.
pub const MODEL_FAMILY: &str = "medchat-builtin";

/// What the built-in responder says to a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltinAnswer {
    /// The answer, in plain text.
    pub text: String,
    /// The public references behind it; none when no topic matched.
    pub sources: Vec<Source>,
}

/// Answers conversations from a [`Library`].
#[derive(Debug)]
pub struct Responder {
    library: Library,
    index: Index,
}

impl Responder {
    /// Indexes the library, once.
    pub fn new(library: Library) -> Self {
        let index = Index::new(library.topics());
        Self { library, index }
    }

    /// How many topics it can answer from.
    pub fn topics(&self) -> usize {
        self.library.topics().len()
    }

    /// Answers the patient's last message. When it points at no topic ("it is on the left side"), the patient's
    /// earlier messages say what it is about, the latest first.
    pub fn answer(&self, conversation: &[ChatMessage]) -> BuiltinAnswer {
        let mut said = conversation
            .iter()
            .rev()
            .filter(|message| message.role == Role::User)
            .enumerate();
        let found = said.find_map(|(age, message)| {
            let topics = self.index.search(&message.content);
            (!topics.is_empty()).then_some((age, topics))
        });
        let Some((age, positions)) = found else {
            return BuiltinAnswer {
                text: compose::without_topic(),
                sources: Vec::new(),
            };
        };
        let topics: Vec<_> = positions
            .into_iter()
            .map(|position| &self.library.topics()[position])
            .collect();
        BuiltinAnswer {
            text: compose::from_topics(&topics, age > 0),
            sources: compose::sources(&topics),
        }
    }
}

#[cfg(test)]
mod tests;
