//! Measures triage and review against cases with a known answer.
//!
//! Cases are JSON lines. A case with a `text` is one for triage; one with an `answer` is one for review. Collections in
//! another shape are read through a [`Mapping`].

mod cases;
mod figures;
mod html;
mod measure;
mod rate;
mod text;

pub use cases::{Case, Cases, Error, Mapping, ReviewCase, Set, read, urgency};
pub use figures::{CategoryFigures, Figures, Shortfall, Thresholds};
pub use html::html;
pub use measure::{Miss, MissKind, ReviewMiss, evaluate};
pub use rate::Rate;
pub use text::{figures as figures_text, misses as misses_text, name as level_name};
