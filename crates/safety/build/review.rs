//! The review rules as Rust source.

use crate::data::{self, Phrases, Review};
use crate::tables::Lexicon;
use crate::triage::variant;
use std::fmt::Write;
use std::path::Path;

pub fn source(rules: &Path) -> String {
    let mut groups: Phrases = data::read(&rules.join("words.toml"));
    groups.extend(data::read::<Phrases>(&rules.join("review-words.toml")));
    let review: Review = data::read(&rules.join("review.toml"));
    let mut lexicon = Lexicon::new(groups);
    let mut out = String::from("static RULES: &[RuleData] = &[\n");
    let mut target = 0;
    for rule in &review.rule {
        let mut add = |phrases: &[String]| {
            phrases
                .iter()
                .for_each(|phrase| lexicon.add(phrase, format!("Target::Finding({target})"), false));
            target += 1;
            target - 1
        };
        let found = add(&rule.phrases);
        let unless = add(&rule.unless);
        let soften = rule
            .soften
            .iter()
            .map(|soften| format!("({}, {:?}), ", add(&soften.phrases), soften.instead));
        let soften: String = soften.collect();
        let data::ReviewRule {
            id,
            action,
            note,
            only_when_urgent,
            about_sources,
            ..
        } = rule;
        let action = variant(action);
        let _ = writeln!(
            out,
            "RuleData {{ id: {id:?}, action: Action::{action}, note: {note:?}, only_when_urgent: {only_when_urgent}, about_sources: {about_sources}, \
             found: {found}, unless: {unless}, soften: &[{soften}] }},"
        );
    }
    out.push_str("];\nstatic TEXTS: &[(&str, &str, &str)] = &[\n");
    for (language, texts) in &review.texts {
        for (name, text) in texts {
            let _ = writeln!(out, "({language:?}, {name:?}, {:?}),", text.trim());
        }
    }
    out.push_str("];\n");
    out.push_str(&lexicon.write("LEXICON"));
    out
}
