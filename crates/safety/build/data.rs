//! The rule files as they are written.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Names to phrases: the shape of the files with words, findings of another language and the like.
pub type Phrases = BTreeMap<String, Vec<String>>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Presentation {
    pub category: String,
    pub title: String,
    #[serde(default)]
    pub findings: BTreeMap<String, Finding>,
    #[serde(default)]
    pub rule: Vec<Rule>,
    #[serde(default)]
    pub advice: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Finding {
    Phrases(Vec<String>),
    Measured(Measured),
    Full(FullFinding),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    pub measure: String,
    #[serde(default)]
    pub at_least: Option<f32>,
    #[serde(default)]
    pub below: Option<f32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FullFinding {
    pub phrases: Vec<String>,
    #[serde(default)]
    pub background: bool,
    #[serde(default)]
    pub even_in_questions: bool,
    #[serde(default)]
    pub in_image: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub id: String,
    pub urgency: String,
    pub guideline: String,
    #[serde(default)]
    pub any: Vec<String>,
    #[serde(default = "one_of_them")]
    pub least: u8,
    #[serde(default)]
    pub all: Vec<OneOf>,
    #[serde(default)]
    pub unless: Vec<String>,
    #[serde(default)]
    pub even_if_over: bool,
    #[serde(default)]
    pub firm: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum OneOf {
    Only(String),
    Any(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cue {
    pub kind: String,
    #[serde(default)]
    pub reach: u8,
    #[serde(default)]
    pub through_and: bool,
    pub phrases: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    pub cue: Vec<Cue>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    pub measure: String,
    pub phrases: Vec<String>,
    pub from: f32,
    pub to: f32,
    #[serde(default)]
    pub minus: f32,
    #[serde(default = "one")]
    pub times: f32,
}

fn one() -> f32 {
    1.0
}

fn one_of_them() -> u8 {
    1
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measures {
    pub reading: Vec<Reading>,
}

/// Phrases of another language for findings and cues that exist.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Language {
    pub findings: Phrases,
    #[serde(default)]
    pub cue: Vec<Cue>,
    #[serde(default)]
    pub advice: BTreeMap<String, BTreeMap<String, String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    pub texts: BTreeMap<String, BTreeMap<String, String>>,
    pub rule: Vec<ReviewRule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewRule {
    pub id: String,
    pub action: String,
    #[serde(default)]
    pub note: String,
    #[serde(default)]
    pub only_when_urgent: bool,
    #[serde(default)]
    pub about_sources: bool,
    #[serde(default)]
    pub phrases: Vec<String>,
    #[serde(default)]
    pub soften: Vec<Soften>,
    #[serde(default)]
    pub unless: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Soften {
    pub phrases: Vec<String>,
    pub instead: String,
}

/// Reads one file, naming it in whatever is wrong with it.
pub fn read<T: serde::de::DeserializeOwned>(path: &Path) -> T {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The TOML files of a folder, in a fixed order so that the same sources make the same binary.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    paths.sort();
    paths
}
