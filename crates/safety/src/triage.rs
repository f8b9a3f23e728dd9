//! How urgent is what a patient says?

use std::ops::Range;

use crate::findings::{Noted, Sense, Text};
use crate::opinion::{self, LONG, MOST_READ, Opinion};
use crate::tables::{ADVICE, FINDINGS, RULES, RuleData};
use crate::types::{Assessment, Background, Finding, Image, Locale, Span, Urgency};

/// Category of the advice for presentations that have none of their own.
const GENERAL: &str = "general";

/// A message of at most so many words is plain: there is little in it that could mean another thing than a rule says.
const PLAIN: usize = 25;

/// Before an emergency that rules found in a long message is taken for something else, the words of so many of them are looked at by
/// themselves, so that talk around them does not outweigh them; with so many words on either side, which may say when it was. Where an
/// emergency is out of the question, only those of `firm` rules are: nearly all others are stories of the past.
const LOOKS: usize = 2;
const AROUND: usize = 8;

/// Who says that a finding is there, the one whose word counts most first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    Message,
    Image,
    Record,
}

/// Where a finding stands, in bytes of the text that it was found in, and whether it goes on.
#[derive(Clone, Copy)]
pub struct Evidence<'a> {
    source: Source,
    text: &'a str,
    start: usize,
    end: usize,
    over: bool,
}

/// The first and best evidence of every finding.
pub type Known<'a> = Vec<Option<Evidence<'a>>>;

/// Judges a message by the rules and by the classifier. Orders inside the text are only words.
pub fn triage(text: &str, background: &Background, locale: &Locale) -> Assessment {
    let text = Text::read(text);
    let said = said(&text, &(0..text.tokens.len()));
    let fired_by_message = rules(&said);
    let known = with_background(said, background);
    let mut findings: Vec<Finding> = fired(&known).map(|(rule, parts)| finding(rule, parts)).collect();
    if !text.tokens.is_empty() {
        let opinion = opinion(&text, &fired_by_message, text.tokens.len() <= MOST_READ);
        weigh(&mut findings, &text, opinion, &fired_by_message);
    }
    findings.sort_by_key(|finding| (finding.urgency, finding.span.start));
    let urgency = findings.first().map_or(Urgency::SelfCare, |finding| finding.urgency);
    let advice = advice(urgency, &findings, locale);
    Assessment {
        urgency,
        findings,
        advice,
    }
}

/// Holds the classifier's opinion against what the rules found of the message.
fn weigh(findings: &mut Vec<Finding>, text: &Text<'_>, opinion: Opinion, fired: &[(&'static RuleData, Urgency)]) {
    let urgency = opinion.urgency();
    let limit = |rule: &RuleData| match rule.firm || text.tokens.len() <= PLAIN {
        // Whoever gives orders must not talk the classifier out of what a rule found.
        _ if text.gives_orders => Urgency::Emergency,
        true => opinion.limit(),
        false => urgency,
    };
    let mut looks = if text.tokens.len() > LONG { LOOKS } else { 0 };
    for finding in findings.iter_mut() {
        let Some((rule, _)) = fired.iter().find(|(rule, _)| rule.id == finding.rule) else {
            continue;
        };
        let lowered = finding.urgency.max(limit(rule));
        let is_lost = finding.urgency == Urgency::Emergency && lowered != Urgency::Emergency;
        if is_lost && looks > 0 && (rule.firm || !opinion.rules_out_emergency()) {
            looks -= 1;
            if is_emergency_alone(text, &finding.span) {
                looks = 0;
                continue;
            }
        }
        finding.urgency = lowered;
    }
    if urgency == Urgency::SelfCare || findings.iter().any(|finding| finding.urgency <= urgency) {
        return;
    }
    let words = text.bytes(&opinion::words(text, urgency, fired));
    let category = opinion::category(text, fired);
    findings.push(Finding {
        rule: format!("classifier.{category}"),
        category: category.to_owned(),
        urgency,
        words: text.text[words.clone()].to_owned(),
        span: Span::new(words.start, words.end),
        guideline: guideline(category, urgency).to_owned(),
    });
}

/// Whether the words of a finding with a few around them are an emergency to the classifier, were they the whole message.
fn is_emergency_alone(text: &Text<'_>, span: &Span) -> bool {
    let (start, end) = (span.start as usize, span.end as usize);
    let first = text
        .tokens
        .partition_point(|token| token.end <= start)
        .saturating_sub(AROUND);
    let last = text.tokens.partition_point(|token| token.start < end) + AROUND;
    let words = first..last.min(text.tokens.len());
    if words.len() > LONG {
        return false;
    }
    let alone = Text::read(&text.text[text.bytes(&words)]);
    let fired = rules(&said(&alone, &(0..alone.tokens.len())));
    opinion(&alone, &fired, text.tokens.len() <= MOST_READ).urgency() == Urgency::Emergency
}

/// What the classifier says of a message that fired these rules.
fn opinion(text: &Text<'_>, fired: &[(&'static RuleData, Urgency)], may_read: bool) -> Opinion {
    opinion::opinion(text, may_read, |range| rules_among(fired, text, range))
}

/// The guideline of the presentation's first rule that is as urgent.
fn guideline(category: &str, urgency: Urgency) -> &'static str {
    let mut of_category = RULES.iter().filter(|rule| rule.category == category);
    let found = of_category.find(|rule| rule.urgency == urgency);
    found.map_or("NHS When to call 999; NICE CKS by presentation", |rule| rule.guideline)
}

/// What the words `range` of the message say.
pub fn said<'a>(text: &Text<'a>, range: &Range<usize>) -> Known<'a> {
    let mut known = vec![None; FINDINGS.len()];
    for noted in text.noted_in(range).filter(|noted| !FINDINGS[noted.finding].in_image) {
        note(&mut known, noted, text, Source::Message);
    }
    known
}

/// Adds what the image model saw, how sure it is, and what of the record bears on today.
fn with_background<'a>(mut known: Known<'a>, background: &'a Background) -> Known<'a> {
    if let Some(image) = &background.image {
        see(image, &mut known);
    }
    for item in &background.record {
        let text = Text::read(item);
        for noted in text.noted.iter().filter(|noted| FINDINGS[noted.finding].background) {
            note(&mut known, noted, &text, Source::Record);
        }
    }
    known
}

fn note<'a>(known: &mut Known<'a>, noted: &Noted, text: &Text<'a>, source: Source) {
    let known = &mut known[noted.finding];
    let counts = matches!(noted.sense, Sense::Present | Sense::Over);
    if counts && known.is_none_or(|known| known.over) {
        let place = text.bytes(&(noted.start..noted.end));
        *known = Some(Evidence {
            source,
            text: text.text,
            start: place.start,
            end: place.end,
            over: noted.sense == Sense::Over,
        });
    }
}

fn see<'a>(image: &'a Image, known: &mut Known<'a>) {
    let text = Text::read(&image.label);
    for noted in text.noted.iter().filter(|noted| FINDINGS[noted.finding].in_image) {
        note(known, noted, &text, Source::Image);
    }
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

/// The rules that fire, with their evidence.
fn fired<'a>(known: &Known<'a>) -> impl Iterator<Item = (&'static RuleData, Vec<Evidence<'a>>)> {
    RULES.iter().filter_map(|rule| Some((rule, evidence(rule, known)?)))
}

/// The rules that fire, with their urgency here.
pub fn rules(known: &Known<'_>) -> Vec<(&'static RuleData, Urgency)> {
    fired(known)
        .map(|(rule, parts)| (rule, urgency(rule, &parts)))
        .collect()
}

/// Of the rules `fired` by the whole message those that the words `range` fire by themselves.
pub fn rules_among(
    fired: &[(&'static RuleData, Urgency)],
    text: &Text<'_>,
    range: &Range<usize>,
) -> Vec<(&'static RuleData, Urgency)> {
    if fired.is_empty() || *range == (0..text.tokens.len()) {
        return fired.to_vec();
    }
    let known = said(text, range);
    let among = fired
        .iter()
        .filter_map(|(rule, _)| Some((*rule, urgency(rule, &evidence(rule, &known)?))));
    among.collect()
}

/// The evidence that fires a rule, where there is enough. The record alone fires none: it says nothing of today.
fn evidence<'a>(rule: &RuleData, known: &Known<'a>) -> Option<Vec<Evidence<'a>>> {
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

fn urgency(rule: &RuleData, parts: &[Evidence<'_>]) -> Urgency {
    let over = parts.iter().all(|part| part.over) && !rule.even_if_over;
    if over && rule.urgency == Urgency::Emergency {
        Urgency::Urgent
    } else {
        rule.urgency
    }
}

fn finding(rule: &RuleData, mut parts: Vec<Evidence<'_>>) -> Finding {
    parts.sort_by_key(|part| (part.source, part.start));
    let words: Vec<&str> = parts.iter().map(|part| &part.text[part.start..part.end]).collect();
    let said = || parts.iter().filter(|part| part.source == Source::Message);
    Finding {
        rule: rule.id.to_owned(),
        category: rule.category.to_owned(),
        urgency: urgency(rule, &parts),
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
