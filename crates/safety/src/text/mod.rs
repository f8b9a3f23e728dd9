//! From what a person typed to words that rules can be held against.

pub mod fold;
pub mod token;
