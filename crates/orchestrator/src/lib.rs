//! One consultation turn, from the patient's message to a reviewed answer.
//!
//! The order is the safety case: an emergency is recognised before any model is asked, a message is kept before anything
//! is done with it, and no answer leaves before it was reviewed. Whatever the turn needs from outside comes through
//! [`Collaborators`], so that every path is tested without a host.

mod collaborators;
mod consult;
mod locale;
mod metadata;
mod prompt;
mod question;

pub use collaborators::{Collaborators, ModelAnswer, ModelError};
pub use consult::{Answered, Settings, TurnError, consult};
pub use locale::locale;
pub use question::Question;
