//! The triage rules as Rust source.

use crate::data::{self, Context, Cue, Finding, FullFinding, Language, Measures, OneOf, Phrases, Presentation, Rule};
use crate::tables::Lexicon;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// The one measure that no words of the patient's give.
const IMAGE_CONFIDENCE: &str = "image-confidence";

pub fn source(rules: &Path) -> String {
    let groups: Phrases = data::read(&rules.join("words.toml"));
    let shared: Presentation = data::read(&rules.join("findings.toml"));
    let context: Context = data::read(&rules.join("context.toml"));
    let measures: Measures = data::read(&rules.join("measures.toml"));
    let presentations: Vec<Presentation> = data::files(&rules.join("triage"))
        .iter()
        .map(|path| data::read(path))
        .collect();
    let languages: Vec<(String, Language)> = data::files(&rules.join("languages"))
        .iter()
        .map(|path| {
            (
                path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
                data::read(path),
            )
        })
        .collect();

    let mut lexicon = Lexicon::new(groups);
    lexicon.spellings = data::read(&rules.join("spellings.toml"));
    let numbers = findings_numbers(&shared, &presentations);
    let mut out = String::new();
    out.push_str("pub static FINDINGS: &[FindingData] = &[\n");
    for (name, finding) in std::iter::once(&shared)
        .chain(&presentations)
        .flat_map(|file| &file.findings)
    {
        write_finding(&mut out, &mut lexicon, numbers[name], name, finding, &measures);
    }
    out.push_str("];\n");
    for (language, file) in &languages {
        for (name, phrases) in &file.findings {
            let number = numbers
                .get(name)
                .unwrap_or_else(|| panic!("{language}: no finding `{name}`"));
            for phrase in phrases {
                lexicon.add(phrase, format!("Target::Finding({number})"), language == "es");
            }
        }
    }
    write_readings(&mut out, &mut lexicon, &measures);
    let cues: Vec<&Cue> = context
        .cue
        .iter()
        .chain(languages.iter().flat_map(|(_, file)| &file.cue))
        .collect();
    write_cues(&mut out, &mut lexicon, &cues);
    write_rules(&mut out, &shared, &presentations, &numbers);
    write_advice(&mut out, &shared, &presentations, &languages);
    out.push_str(&lexicon.write("LEXICON"));
    out
}

fn findings_numbers(shared: &Presentation, presentations: &[Presentation]) -> BTreeMap<String, usize> {
    let mut numbers = BTreeMap::new();
    for (number, name) in std::iter::once(shared)
        .chain(presentations)
        .flat_map(|file| file.findings.keys())
        .enumerate()
    {
        assert!(
            numbers.insert(name.clone(), number).is_none(),
            "the finding `{name}` is there twice"
        );
    }
    numbers
}

fn write_finding(
    out: &mut String,
    lexicon: &mut Lexicon,
    number: usize,
    name: &str,
    finding: &Finding,
    measures: &Measures,
) {
    let mut full = FullFinding::default();
    let mut measured = "None".to_owned();
    match finding {
        Finding::Phrases(phrases) => full.phrases.clone_from(phrases),
        Finding::Full(given) => {
            full = FullFinding {
                phrases: given.phrases.clone(),
                ..*given
            };
        }
        Finding::Measured(given) => {
            let known = given.measure == IMAGE_CONFIDENCE
                || measures.reading.iter().any(|reading| reading.measure == given.measure);
            assert!(known, "{name}: no measure `{}`", given.measure);
            let at_least = given.at_least.unwrap_or(f32::MIN);
            let below = given.below.unwrap_or(f32::MAX);
            measured = format!("Some(({:?}, {at_least:?}, {below:?}))", given.measure);
        }
    }
    for phrase in &full.phrases {
        lexicon.add(phrase, format!("Target::Finding({number})"), true);
    }
    let FullFinding {
        background,
        even_in_questions,
        in_image,
        ..
    } = full;
    let _ = writeln!(
        out,
        "FindingData {{ name: {name:?}, background: {background}, even_in_questions: {even_in_questions}, in_image: {in_image}, \
         measured: {measured} }},"
    );
}

fn write_readings(out: &mut String, lexicon: &mut Lexicon, measures: &Measures) {
    out.push_str("pub static READINGS: &[ReadingData] = &[\n");
    for (number, reading) in measures.reading.iter().enumerate() {
        for phrase in &reading.phrases {
            lexicon.add(phrase, format!("Target::Reading({number})"), false);
        }
        let data::Reading {
            measure,
            from,
            to,
            minus,
            times,
            ..
        } = reading;
        let _ = writeln!(
            out,
            "ReadingData {{ measure: {measure:?}, from: {from:?}, to: {to:?}, minus: {minus:?}, times: {times:?} }},"
        );
    }
    out.push_str("];\n");
}

fn write_cues(out: &mut String, lexicon: &mut Lexicon, cues: &[&Cue]) {
    out.push_str("pub static CUES: &[CueData] = &[\n");
    for (number, cue) in cues.iter().enumerate() {
        for phrase in &cue.phrases {
            lexicon.add(phrase, format!("Target::Cue({number})"), false);
        }
        let Cue {
            kind,
            reach,
            through_and,
            ..
        } = cue;
        let kind = variant(kind);
        let _ = writeln!(
            out,
            "CueData {{ kind: CueKind::{kind}, reach: {reach}, through_and: {through_and} }},"
        );
    }
    out.push_str("];\n");
}

fn write_rules(
    out: &mut String,
    shared: &Presentation,
    presentations: &[Presentation],
    numbers: &BTreeMap<String, usize>,
) {
    out.push_str("pub static RULES: &[RuleData] = &[\n");
    for file in std::iter::once(shared).chain(presentations) {
        for rule in &file.rule {
            let numbers_of = |names: &[String]| -> Vec<usize> {
                let number = |name: &String| *numbers.get(name).unwrap_or_else(|| panic!("{}: no `{name}`", rule.id));
                names.iter().map(number).collect()
            };
            let all = rule.all.iter().map(|one_of| match one_of {
                OneOf::Only(name) => numbers_of(std::slice::from_ref(name)),
                OneOf::Any(names) => numbers_of(names),
            });
            let all: String = all.map(|group| format!("&{group:?}, ")).collect();
            let Rule {
                id,
                urgency,
                guideline,
                even_if_over,
                least,
                firm,
                ..
            } = rule;
            assert!(!guideline.trim().is_empty(), "{id}: no guideline");
            let (any, unless) = (numbers_of(&rule.any), numbers_of(&rule.unless));
            let _ = writeln!(
                out,
                "RuleData {{ id: {id:?}, category: {category:?}, urgency: Urgency::{urgency}, guideline: {guideline:?}, \
                 any: &{any:?}, least: {least}, all: &[{all}], unless: &{unless:?}, even_if_over: {even_if_over}, \
                 firm: {firm} }},",
                category = file.category,
                urgency = variant(urgency),
            );
        }
    }
    out.push_str("];\n");
}

fn write_advice(
    out: &mut String,
    shared: &Presentation,
    presentations: &[Presentation],
    languages: &[(String, Language)],
) {
    out.push_str("pub static ADVICE: &[AdviceData] = &[\n");
    let mut line = |language: &str, category: &str, urgency: &str, text: &str| {
        let (urgency, text) = (variant(urgency), text.trim());
        let _ = writeln!(
            out,
            "AdviceData {{ language: {language:?}, category: {category:?}, urgency: Urgency::{urgency}, text: {text:?} }},"
        );
    };
    for file in presentations.iter().chain(std::iter::once(shared)) {
        assert!(!file.title.is_empty(), "{}: no title", file.category);
        file.advice
            .iter()
            .for_each(|(urgency, text)| line("en", &file.category, urgency, text));
    }
    for (language, file) in languages {
        for (category, texts) in &file.advice {
            texts
                .iter()
                .for_each(|(urgency, text)| line(language, category, urgency, text));
        }
    }
    out.push_str("];\n");
}

/// `negation-before` as `NegationBefore`.
pub fn variant(name: &str) -> String {
    let upper = |part: &str| part[..1].to_uppercase() + &part[1..];
    name.split('-').map(upper).collect()
}
