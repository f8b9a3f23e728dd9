//! The rule files themselves: what the build cannot see.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its cases has to fail")]

use medchat_safety::{Background, Image, Locale, triage};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use toml::{Table, Value};

fn read(path: &Path) -> Table {
    toml::from_str(&std::fs::read_to_string(path).unwrap())
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn presentations() -> Vec<(PathBuf, Table)> {
    let entries = std::fs::read_dir("rules/triage").unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.map(|path| (path.clone(), read(&path))).collect()
}

fn rules() -> Vec<Table> {
    let rules = presentations()
        .into_iter()
        .flat_map(|(_, mut file)| match file.remove("rule") {
            Some(Value::Array(rules)) => rules,
            other => panic!("no rules: {other:?}"),
        });
    rules.map(|rule| rule.as_table().unwrap().clone()).collect()
}

/// The findings that a rule names anywhere.
fn named(value: &Value) -> Vec<String> {
    match value {
        Value::String(name) => vec![name.clone()],
        Value::Array(values) => values.iter().flat_map(named).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn every_rule_names_a_public_guideline() {
    for rule in rules() {
        let guideline = rule.get("guideline").and_then(Value::as_str).unwrap_or_default();
        assert!(guideline.len() > 5, "{:?} names no guideline", rule["id"]);
    }
}

#[test]
fn every_finding_that_a_rule_needs_is_in_the_vocabulary() {
    let mut known: BTreeSet<String> = read(Path::new("rules/findings.toml"))["findings"]
        .as_table()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    for (_, file) in presentations() {
        known.extend(file["findings"].as_table().unwrap().keys().cloned());
    }
    for rule in rules() {
        let needed = ["any", "all", "unless"]
            .iter()
            .filter_map(|key| rule.get(*key))
            .flat_map(named);
        let unknown: Vec<String> = needed.filter(|name| !known.contains(name)).collect();
        assert!(unknown.is_empty(), "{:?} needs {unknown:?}", rule["id"]);
    }
}

#[test]
fn every_rule_needs_some_evidence() {
    for rule in rules() {
        assert!(
            rule.contains_key("any") || rule.contains_key("all"),
            "{:?} can never fire",
            rule["id"]
        );
    }
}

#[test]
fn rule_ids_are_unique() {
    let mut seen = BTreeSet::new();
    for rule in rules() {
        assert!(
            seen.insert(rule["id"].as_str().unwrap().to_owned()),
            "{:?} is there twice",
            rule["id"]
        );
    }
}

#[test]
fn every_presentation_with_an_emergency_has_advice_for_it_that_says_whom_to_call() {
    for (path, file) in presentations() {
        let emergency = file["rule"]
            .as_array()
            .unwrap()
            .iter()
            .any(|rule| rule["urgency"].as_str() == Some("emergency"));
        let advice = file
            .get("advice")
            .and_then(|advice| advice.get("emergency"))
            .and_then(Value::as_str);
        if emergency {
            assert!(
                advice.is_some_and(|text| text.contains("{emergency_number}")),
                "{}",
                path.display()
            );
        }
    }
}

/// Messages that fire a rule and messages that do not.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleCases {
    fires: Vec<String>,
    silent: Vec<String>,
}

fn rule_cases() -> BTreeMap<String, RuleCases> {
    let entries = std::fs::read_dir("tests/cases/rules").unwrap();
    let files = entries.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
    files
        .flat_map(|text| toml::from_str::<BTreeMap<String, RuleCases>>(&text).unwrap())
        .collect()
}

/// A case may begin with what is known besides the message: `[photo 0.92 melanoma]` or `[record warfarin 3 mg]`.
fn background(case: &str) -> (Background, &str) {
    let mut background = Background::default();
    let Some((known, text)) = case.strip_prefix('[').and_then(|case| case.split_once(']')) else {
        return (background, case);
    };
    match known.split_once(' ').unwrap() {
        ("record", item) => background.record.push(item.to_owned()),
        ("photo", seen) => {
            let (confidence, label) = seen.split_once(' ').unwrap();
            background.image = Some(Image {
                label: label.to_owned(),
                confidence: confidence.parse().unwrap(),
            });
        }
        _ => panic!("{known:?} is neither a record nor a photo"),
    }
    (background, text)
}

fn fires(rule: &str, case: &str) -> bool {
    let (background, text) = background(case);
    triage(text, &background, &Locale::default())
        .findings
        .iter()
        .any(|finding| finding.rule == rule)
}

#[test]
fn every_rule_has_three_cases_that_fire_it_and_three_that_do_not() {
    let cases = rule_cases();
    for rule in rules() {
        let id = rule["id"].as_str().unwrap();
        let of = cases.get(id).unwrap_or_else(|| panic!("{id} has no cases"));
        assert!(of.fires.len() >= 3 && of.silent.len() >= 3, "{id} has too few cases");
    }
}

#[test]
fn every_rule_fires_where_its_cases_say_and_nowhere_else() {
    let mut wrong = Vec::new();
    for (rule, of) in rule_cases() {
        let missed = of.fires.iter().filter(|text| !fires(&rule, text));
        wrong.extend(missed.map(|text| format!("{rule} is silent for {text:?}")));
        let false_alarms = of.silent.iter().filter(|text| fires(&rule, text));
        wrong.extend(false_alarms.map(|text| format!("{rule} fires for {text:?}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_case_is_kept_for_a_rule_that_is_gone() {
    let known: BTreeSet<String> = rules()
        .iter()
        .map(|rule| rule["id"].as_str().unwrap().to_owned())
        .collect();
    let gone: Vec<String> = rule_cases()
        .into_keys()
        .filter(|rule| !known.contains(rule) && !rule.starts_with("general."))
        .collect();
    assert!(gone.is_empty(), "{gone:?}");
}
