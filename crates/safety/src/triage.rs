//! How urgent is what a patient says?

use crate::context::{Context, CueData, CueKind};
use crate::lexicon::{Lexicon, Phrase, Step, Target};
use crate::matching::{self, Match};
use crate::text::token::{self, Token};
use crate::types::{Assessment, Finding, Locale, Span, Urgency};

include!(concat!(env!("OUT_DIR"), "/triage_tables.rs"));

struct FindingData {
    /// Whether it counts however long ago it was: a pregnancy, a medicine, an illness.
    background: bool,
    /// Whether asking about it is a sign of danger in itself.
    even_in_questions: bool,
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

/// Where a finding stands in the text, and whether it goes on.
#[derive(Clone, Copy)]
struct Evidence {
    start: usize,
    end: usize,
    over: bool,
}

/// Judges a message by the rules. Orders inside the text are only words: nothing in it can lower what a rule says.
pub fn triage(text: &str, locale: &Locale) -> Assessment {
    let tokens = token::tokens(text);
    let evidence = evidence(&tokens);
    let mut findings: Vec<Finding> = RULES
        .iter()
        .filter_map(|rule| fired(rule, &evidence).map(|parts| finding(rule, parts, text, &tokens)))
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

/// The first and best evidence of every finding.
fn evidence(tokens: &[Token]) -> Vec<Option<Evidence>> {
    let reading = LEXICON.read(tokens);
    let matches = matching::find(&LEXICON, tokens, &reading);
    let context = Context::new(tokens, &reading, &matches, CUES);
    let mut evidence = vec![None; FINDINGS.len()];
    for found in &matches {
        match found.target {
            Target::Finding(number) => note(&mut evidence, usize::from(number), found, &context),
            Target::Reading(number) => {
                for finding in measured(&READINGS[usize::from(number)], found.value) {
                    note(&mut evidence, finding, found, &context);
                }
            }
            Target::Cue(_) => {}
        }
    }
    evidence
}

fn note(evidence: &mut [Option<Evidence>], finding: usize, found: &Match, context: &Context<'_>) {
    if evidence[finding].is_some_and(|known| !known.over) || !context.is_meant(found) {
        return;
    }
    let data = &FINDINGS[finding];
    let hidden = (context.is_past(found) && !data.background) || (context.is_general(found) && !data.even_in_questions);
    if !hidden {
        let over = !data.background && context.is_over(found);
        evidence[finding] = Some(Evidence {
            start: found.start,
            end: found.end,
            over,
        });
    }
}

/// The findings that a measured value makes.
fn measured(reading: &ReadingData, value: Option<f32>) -> impl Iterator<Item = usize> {
    let value = value.filter(|value| (reading.from..=reading.to).contains(value));
    let value = value.map(|value| (value - reading.minus) * reading.times);
    let measure = reading.measure;
    let holds = move |data: &FindingData| {
        data.measured
            .is_some_and(|(of, least, below)| of == measure && value.is_some_and(|v| v >= least && v < below))
    };
    FINDINGS
        .iter()
        .enumerate()
        .filter(move |(_, data)| holds(data))
        .map(|(number, _)| number)
}

/// The evidence that fires a rule, where there is enough.
fn fired(rule: &'static RuleData, evidence: &[Option<Evidence>]) -> Option<Vec<Evidence>> {
    let first = |numbers: &[u16]| {
        let known = numbers.iter().filter_map(|number| evidence[usize::from(*number)]);
        known.min_by_key(|part| (part.over, part.start))
    };
    if first(rule.unless).is_some() {
        return None;
    }
    if let Some(parts) = apart(rule, evidence) {
        return Some(parts);
    }
    let parts: Option<Vec<Evidence>> = rule.all.iter().map(|group| first(group)).collect();
    parts.filter(|parts| !parts.is_empty())
}

/// As many of the findings of `any` as the rule takes, none of which shares a word with another.
fn apart(rule: &RuleData, evidence: &[Option<Evidence>]) -> Option<Vec<Evidence>> {
    let mut known: Vec<Evidence> = rule
        .any
        .iter()
        .filter_map(|number| evidence[usize::from(*number)])
        .collect();
    known.sort_by_key(|part| (part.over, part.end));
    let mut parts: Vec<Evidence> = Vec::new();
    for part in known {
        if parts.len() < usize::from(rule.least)
            && parts
                .iter()
                .all(|other| part.start >= other.end || part.end <= other.start)
        {
            parts.push(part);
        }
    }
    (!parts.is_empty() && parts.len() == usize::from(rule.least)).then_some(parts)
}

fn finding(rule: &RuleData, mut parts: Vec<Evidence>, text: &str, tokens: &[Token]) -> Finding {
    parts.sort_by_key(|part| part.start);
    let over = parts.iter().all(|part| part.over) && !rule.even_if_over;
    let urgency = if over && rule.urgency == Urgency::Emergency {
        Urgency::Urgent
    } else {
        rule.urgency
    };
    let range = |part: &Evidence| tokens[part.start].start..tokens[part.end - 1].end;
    let words: Vec<&str> = parts.iter().map(|part| &text[range(part)]).collect();
    let end = parts.iter().map(|part| range(part).end).max().unwrap_or_default();
    let start = parts.first().map_or(end, |part| range(part).start);
    Finding {
        rule: rule.id.to_owned(),
        category: rule.category.to_owned(),
        urgency,
        words: words.join(" … "),
        span: Span::new(start, end),
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
