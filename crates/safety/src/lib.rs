//! Triage of what a patient says and review of what a model answers.
//!
//! Both are pure functions of their arguments. The rules are data, one file per presentation under `rules/`; the build
//! script makes constant tables of them, so nothing is parsed and next to nothing is built when an instance starts. Beside
//! the rules stands a small classifier, whose weights under `model/` are trained by `crates/training`.

mod classifier;
mod context;
mod findings;
mod lexicon;
mod lexicon_hash;
mod matching;
mod opinion;
mod review;
mod tables;
mod text;
pub mod training;
mod triage;
mod types;

pub use review::{ReviewStream, review};
pub use triage::triage;
pub use types::{Assessment, Background, Context, Decision, Finding, Image, Locale, Span, Urgency, Verdict, Violation};
