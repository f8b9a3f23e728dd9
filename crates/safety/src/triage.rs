//! How urgent is what a patient says?

use crate::context::{Context, CueData, CueKind};
use crate::lexicon::{Lexicon, Phrase, Step, Target};
use crate::matching::{self, Match};
use crate::text::token;
use crate::types::{Assessment, Background, Finding, Image, Locale, Span, Urgency};

include!(concat!(env!("OUT_DIR"), "/triage_tables.rs"));

struct FindingData {
    /// Whether it counts however long ago it was: a pregnancy, a medicine, an illness.
    background: bool,
    /// Whether asking about it is a sign of danger in itself.
    even_in_questions: bool,
    /// Whether it is something that the image model says, not the patient.
    in_image: bool,
    /// Name of a measure, least value, and the value that it must stay below.
    measured: Option<(&'static str, f32, f32)>,
}

struct ReadingData {
    measure: &'static str,
    from: f32,
    to: f32,
    minus: f32,
    times: f32,
}

struct RuleData {
    id: &'static str,
    category: &'static str,
    urgency: Urgency,
    guideline: &'static str,
    any: &'static [u16],
    /// How many of `any` it takes, in different words of the text.
    least: u8,
    all: &'static [&'static [u16]],
    unless: &'static [u16],
    even_if_over: bool,
}

struct AdviceData {
    language: &'static str,
    category: &'static str,
    urgency: Urgency,
    text: &'static str,
}

/// Category of the advice for presentations that have none of their own.
const GENERAL: &str = "general";

/// Who says that a finding is there, the one whose word counts most first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Message,
    Image,
    Record,
}

/// Where a finding stands, in bytes of the text that it was found in, and whether it goes on.
#[derive(Clone, Copy)]
struct Evidence<'a> {
    source: Source,
    text: &'a str,
    start: usize,
    end: usize,
    over: bool,
}

/// The first and best evidence of every finding.
type Known<'a> = Vec<Option<Evidence<'a>>>;

/// Judges a message by the rules. Orders inside the text are only words: nothing in it can lower what a rule says.
pub fn triage(text: &str, background: &Background, locale: &Locale) -> Assessment {
    let mut known: Known<'_> = vec![None; FINDINGS.len()];
    read(text, Source::Message, &mut known);
    if let Some(image) = &background.image {
        see(image, &mut known);
    }
    for item in &background.record {
        read(item, Source::Record, &mut known);
    }
    let mut findings: Vec<Finding> = RULES
        .iter()
        .filter_map(|rule| fired(rule, &known).map(|parts| finding(rule, parts)))
        .collect();
    findings.sort_by_key(|finding| (finding.urgency, finding.span.start));
    let urgency = findings.first().map_or(Urgency::SelfCare, |finding| finding.urgency);
    let advice = advice(urgency, &findings, locale);
    Assessment {
        urgency,
        findings,
        advice,
    }
}

/// Notes every finding in `text`.
fn read<'a>(text: &'a str, source: Source, known: &mut Known<'a>) {
    let tokens = token::tokens(text);
    let reading = LEXICON.read(&tokens);
    let matches = matching::find(&LEXICON, &tokens, &reading);
    let context = Context::new(&tokens, &reading, &matches, CUES);
    let mut note = |number: usize, found: &Match| {
        let data = &FINDINGS[number];
        let counts = match source {
            Source::Message => !data.in_image,
            Source::Image => data.in_image,
            Source::Record => data.background,
        };
        let better = known[number].is_none_or(|known| known.over);
        if !counts || !better || !context.is_meant(found) {
            return;
        }
        let hidden =
            (context.is_past(found) && !data.background) || (context.is_general(found) && !data.even_in_questions);
        if !hidden {
            known[number] = Some(Evidence {
                source,
                text,
                start: tokens[found.start].start,
                end: tokens[found.end - 1].end,
                over: !data.background && context.is_over(found),
            });
        }
    };
    for found in &matches {
        match found.target {
            Target::Finding(number) => note(usize::from(number), found),
            Target::Reading(number) => {
                for finding in measured(&READINGS[usize::from(number)], found.value) {
                    note(finding, found);
                }
            }
            Target::Cue(_) => {}
        }
    }
}

/// Notes what the image model saw, and how sure it is.
fn see<'a>(image: &'a Image, known: &mut Known<'a>) {
    read(&image.label, Source::Image, known);
    // A confidence that is no number gives no confidence.
    let confidence = if image.confidence.is_nan() {
        0.0
    } else {
        image.confidence
    };
    for (data, known) in FINDINGS.iter().zip(known) {
        if data.holds("image-confidence", confidence) {
            *known = Some(Evidence {
                source: Source::Image,
                text: &image.label,
                start: 0,
                end: image.label.len(),
                over: false,
            });
        }
    }
}

impl FindingData {
    /// Whether `value` of `measure` makes this finding.
    fn holds(&self, measure: &str, value: f32) -> bool {
        self.measured
            .is_some_and(|(of, least, below)| of == measure && value >= least && value < below)
    }
}

/// The findings that a measured value makes.
fn measured(reading: &ReadingData, value: Option<f32>) -> impl Iterator<Item = usize> {
    let value = value.filter(|value| (reading.from..=reading.to).contains(value));
    let value = value.map(|value| (value - reading.minus) * reading.times);
    let holds = move |data: &FindingData| value.is_some_and(|value| data.holds(reading.measure, value));
    FINDINGS
        .iter()
        .enumerate()
        .filter(move |(_, data)| holds(data))
        .map(|(number, _)| number)
}

/// The evidence that fires a rule, where there is enough. The record alone fires none: it says nothing of today.
fn fired<'a>(rule: &RuleData, known: &Known<'a>) -> Option<Vec<Evidence<'a>>> {
    let first = |numbers: &[u16]| {
        let known = numbers.iter().filter_map(|number| known[usize::from(*number)]);
        known.min_by_key(|part| (part.over, part.source, part.start))
    };
    if first(rule.unless).is_some_and(|part| part.source != Source::Record) {
        return None;
    }
    let parts = apart(rule, known).or_else(|| rule.all.iter().map(|group| first(group)).collect());
    parts.filter(|parts| parts.iter().any(|part| part.source != Source::Record))
}

/// As many of the findings of `any` as the rule takes, none of which shares a word with another.
fn apart<'a>(rule: &RuleData, known: &Known<'a>) -> Option<Vec<Evidence<'a>>> {
    let mut known: Vec<Evidence<'a>> = rule
        .any
        .iter()
        .filter_map(|number| known[usize::from(*number)])
        .collect();
    known.sort_by_key(|part| (part.over, part.source, part.end));
    let mut parts: Vec<Evidence<'a>> = Vec::new();
    for part in known {
        let shares =
            |other: &Evidence<'_>| part.source == other.source && part.start < other.end && part.end > other.start;
        if parts.len() < usize::from(rule.least) && !parts.iter().any(shares) {
            parts.push(part);
        }
    }
    (!parts.is_empty() && parts.len() == usize::from(rule.least)).then_some(parts)
}

fn finding(rule: &RuleData, mut parts: Vec<Evidence<'_>>) -> Finding {
    parts.sort_by_key(|part| (part.source, part.start));
    let over = parts.iter().all(|part| part.over) && !rule.even_if_over;
    let urgency = if over && rule.urgency == Urgency::Emergency {
        Urgency::Urgent
    } else {
        rule.urgency
    };
    let words: Vec<&str> = parts.iter().map(|part| &part.text[part.start..part.end]).collect();
    let said = || parts.iter().filter(|part| part.source == Source::Message);
    Finding {
        rule: rule.id.to_owned(),
        category: rule.category.to_owned(),
        urgency,
        words: words.join(" … "),
        span: Span::new(
            said().map(|part| part.start).min().unwrap_or_default(),
            said().map(|part| part.end).max().unwrap_or_default(),
        ),
        guideline: rule.guideline.to_owned(),
    }
}

/// The advice of the most urgent presentations, two at most, so that "overdose" does not silence "self-harm".
fn advice(urgency: Urgency, findings: &[Finding], locale: &Locale) -> String {
    let mut texts: Vec<&str> = Vec::new();
    for finding in findings.iter().filter(|finding| finding.urgency == urgency) {
        let text = advice_for(&finding.category, urgency, &locale.language);
        if !text.is_empty() && !texts.contains(&text) && texts.len() < 2 {
            texts.push(text);
        }
    }
    let advice = texts.join("\n\n");
    advice
        .replace("{emergency_number}", &locale.emergency_number)
        .replace("{crisis_line}", &locale.crisis_line)
        .replace("{poison_line}", &locale.poison_line)
}

/// In the patient's language before in the presentation's own words: advice must be understood.
fn advice_for(category: &str, urgency: Urgency, language: &str) -> &'static str {
    let language = language.split('-').next().unwrap_or_default();
    let text = |language: &str, category: &str| {
        let advice = ADVICE.iter().filter(|advice| advice.urgency == urgency);
        let mut advice = advice.filter(|advice| advice.language.eq_ignore_ascii_case(language));
        advice
            .find(|advice| advice.category == category)
            .map(|advice| advice.text)
    };
    let found = text(language, category).or_else(|| text(language, GENERAL));
    found
        .or_else(|| text("en", category))
        .or_else(|| text("en", GENERAL))
        .unwrap_or_default()
}
