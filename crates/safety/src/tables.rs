//! The rules of triage as the build script writes them from `rules/`.

use crate::context::{CueData, CueKind};
use crate::lexicon::{Lexicon, Phrase, Step, Target};
use crate::types::Urgency;

include!(concat!(env!("OUT_DIR"), "/triage_tables.rs"));

/// Something that a text may say: a sign, a circumstance, a measured value.
pub struct FindingData {
    /// Its name in the rule files, which stays when others come and go.
    pub name: &'static str,
    /// Whether it counts however long ago it was: a pregnancy, a medicine, an illness.
    pub background: bool,
    /// Whether asking about it is a sign of danger in itself.
    pub even_in_questions: bool,
    /// Whether it is something that the image model says, not the patient.
    pub in_image: bool,
    /// Name of a measure, least value, and the value that it must stay below.
    pub measured: Option<(&'static str, f32, f32)>,
}

/// How a number that stands with some words is to be read.
pub struct ReadingData {
    /// What it measures.
    pub measure: &'static str,
    /// The least number that makes sense.
    pub from: f32,
    /// The greatest.
    pub to: f32,
    /// What is taken off it for the measure's own unit.
    pub minus: f32,
    /// What it is multiplied by then.
    pub times: f32,
}

/// What evidence makes how urgent a case.
pub struct RuleData {
    /// Its name.
    pub id: &'static str,
    /// The presentation it belongs to.
    pub category: &'static str,
    /// How urgent it is.
    pub urgency: Urgency,
    /// The public guideline that it follows.
    pub guideline: &'static str,
    /// Findings that suffice.
    pub any: &'static [u16],
    /// How many of `any` it takes, in different words of the text.
    pub least: u8,
    /// One finding of each of these suffices as well.
    pub all: &'static [&'static [u16]],
    /// Findings that excuse it.
    pub unless: &'static [u16],
    /// Whether it holds after the signs have passed.
    pub even_if_over: bool,
    /// Whether only a sure classifier may lower its urgency: for rules that are nearly always right, or must be.
    pub firm: bool,
}

/// What a patient is told to do.
pub struct AdviceData {
    /// BCP 47 language.
    pub language: &'static str,
    /// The presentation.
    pub category: &'static str,
    /// How urgent it is.
    pub urgency: Urgency,
    /// The text, with places for the numbers to call.
    pub text: &'static str,
}

impl FindingData {
    /// Whether `value` of `measure` makes this finding.
    pub fn holds(&self, measure: &str, value: f32) -> bool {
        self.measured
            .is_some_and(|(of, least, below)| of == measure && value >= least && value < below)
    }
}

/// The findings that a measured value makes.
pub fn measured(reading: &ReadingData, value: Option<f32>) -> impl Iterator<Item = usize> {
    let value = value.filter(|value| (reading.from..=reading.to).contains(value));
    let value = value.map(|value| (value - reading.minus) * reading.times);
    let holds = move |data: &FindingData| value.is_some_and(|value| data.holds(reading.measure, value));
    FINDINGS
        .iter()
        .enumerate()
        .filter(move |(_, data)| holds(data))
        .map(|(number, _)| number)
}
