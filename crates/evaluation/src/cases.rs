//! Cases as they stand in files.

use medchat_safety::{Background, Decision, Image, Locale, Urgency};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Why cases cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file or folder is not there or cannot be read.
    #[error("{path}: {source}")]
    Unreadable {
        /// What was to be read.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A line is no JSON object.
    #[error("{path}, line {line}: {source}")]
    NoJson {
        /// The file.
        path: PathBuf,
        /// Line number from 1.
        line: usize,
        /// What the parser says.
        source: serde_json::Error,
    },
    /// A line lacks a field, or has something in it that is none of its values.
    #[error("{path}, line {line}: {problem}")]
    Odd {
        /// The file.
        path: PathBuf,
        /// Line number from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
}

/// Which part of the cases counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Set {
    /// Those that rules may be improved on and that the classifier learns from.
    Development,
    /// Those that thresholds are set by.
    Calibration,
    /// Those that were set aside.
    HeldOut,
    /// All of them.
    #[default]
    All,
}

/// How the fields of a collection are called.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// Field with the patient's words.
    pub text_field: String,
    /// Field with the expected urgency.
    pub level_field: String,
    /// Values of that field, as urgencies. Ours are known without being named here.
    pub levels: BTreeMap<String, Urgency>,
}

impl Default for Mapping {
    fn default() -> Self {
        Self {
            text_field: "text".into(),
            level_field: "level".into(),
            levels: BTreeMap::new(),
        }
    }
}

/// Something that a patient says.
#[derive(Debug, Clone)]
pub struct Case {
    /// The case's name in its collection, or else its file and line.
    pub id: String,
    /// The patient's words.
    pub text: String,
    /// How urgent it is.
    pub level: Urgency,
    /// The presentation, or empty.
    pub category: String,
    /// What the record and a photo say: the case's `record` (a list of texts) and `image` (`label`, `confidence`).
    pub background: Background,
}

/// An answer to be reviewed.
#[derive(Debug, Clone)]
pub struct ReviewCase {
    /// The case's name in its collection, or else its file and line.
    pub id: String,
    /// What the model wrote.
    pub answer: String,
    /// What the reviewer knows.
    pub context: medchat_safety::Context,
    /// The least that must happen to it.
    pub expect: Decision,
    /// What is wrong with it, in the words of the collection.
    pub violations: Vec<String>,
}

/// All cases of a collection.
#[derive(Debug, Default)]
pub struct Cases {
    /// For triage.
    pub triage: Vec<Case>,
    /// For review.
    pub review: Vec<ReviewCase>,
}

/// Reads a file of JSON lines, or all `.jsonl` files of a folder in the order of their names.
pub fn read(path: &Path, set: Set, mapping: &Mapping) -> Result<Cases, Error> {
    let mut cases = Cases::default();
    for file in files(path)? {
        let text = std::fs::read_to_string(&file).map_err(|source| Error::Unreadable {
            path: file.clone(),
            source,
        })?;
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let line_number = at + 1;
            let fields: Map<String, Value> = serde_json::from_str(line).map_err(|source| Error::NoJson {
                path: file.clone(),
                line: line_number,
                source,
            })?;
            if !set.has(&fields) {
                continue;
            }
            let stem = file.file_stem().unwrap_or_default().to_string_lossy();
            let id = string(&fields, "id").unwrap_or_else(|| format!("{stem}:{line_number}"));
            let added = if fields.contains_key("answer") {
                review_case(id, &fields).map(|case| cases.review.push(case))
            } else {
                triage_case(id, &fields, mapping).map(|case| cases.triage.push(case))
            };
            added.map_err(|problem| Error::Odd {
                path: file.clone(),
                line: line_number,
                problem,
            })?;
        }
    }
    Ok(cases)
}

fn files(path: &Path) -> Result<Vec<PathBuf>, Error> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let unreadable = |source| Error::Unreadable {
        path: path.to_owned(),
        source,
    };
    let entries = std::fs::read_dir(path).map_err(unreadable)?;
    let mut files = Vec::new();
    for entry in entries {
        let file = entry.map_err(unreadable)?.path();
        if file.extension().is_some_and(|ending| ending == "jsonl") {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

impl Set {
    /// A collection without sets belongs to every set: all of it is unseen.
    fn has(self, fields: &Map<String, Value>) -> bool {
        let own = fields.get("set").and_then(Value::as_str);
        match (self, own) {
            (Self::All, _) | (_, None) => true,
            (Self::Development, Some(own)) => own == "development",
            (Self::Calibration, Some(own)) => own == "calibration",
            (Self::HeldOut, Some(own)) => own == "held-out",
        }
    }
}

fn string(fields: &Map<String, Value>, name: &str) -> Option<String> {
    match fields.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn needed(fields: &Map<String, Value>, name: &str) -> Result<String, String> {
    string(fields, name).ok_or_else(|| format!("no `{name}`"))
}

fn strings(value: Option<&Value>) -> Vec<String> {
    let texts = value.and_then(Value::as_array).into_iter().flatten();
    texts.filter_map(|text| Some(text.as_str()?.to_owned())).collect()
}

fn triage_case(id: String, fields: &Map<String, Value>, mapping: &Mapping) -> Result<Case, String> {
    let level = needed(fields, &mapping.level_field)?;
    let known = mapping.levels.get(&level).copied().or_else(|| urgency(&level));
    Ok(Case {
        id,
        text: needed(fields, &mapping.text_field)?,
        level: known.ok_or_else(|| format!("`{level}` is no level"))?,
        category: string(fields, "category").unwrap_or_default(),
        background: Background {
            record: strings(fields.get("record")),
            image: fields.get("image").map(image).transpose()?,
        },
    })
}

fn image(value: &Value) -> Result<Image, String> {
    let label = value.get("label").and_then(Value::as_str);
    let confidence = value.get("confidence").and_then(Value::as_f64);
    let (Some(label), Some(confidence)) = (label, confidence) else {
        return Err("`image` needs a `label` and a `confidence`".to_owned());
    };
    Ok(Image {
        label: label.to_owned(),
        #[allow(clippy::cast_possible_truncation, reason = "a probability needs no more")]
        confidence: confidence as f32,
    })
}

fn review_case(id: String, fields: &Map<String, Value>) -> Result<ReviewCase, String> {
    let none = Map::new();
    let context = fields.get("context").and_then(Value::as_object).unwrap_or(&none);
    let expect = needed(fields, "expect")?;
    let given = |name: &str, default: &str| string(context, name).unwrap_or_else(|| default.to_owned());
    let level = given("urgency", "self-care");
    Ok(ReviewCase {
        id,
        answer: needed(fields, "answer")?,
        context: medchat_safety::Context {
            patient_id: string(context, "patient_id")
                .or_else(|| string(context, "patient-id"))
                .unwrap_or_default(),
            urgency: urgency(&level).ok_or_else(|| format!("`{level}` is no level"))?,
            sources: strings(context.get("sources")),
            locale: Locale {
                language: given("language", "en"),
                ..Locale::default()
            },
        },
        expect: match expect.as_str() {
            "allow" => Decision::Allow,
            "amend" | "amend-or-replace" => Decision::Amend,
            "replace" => Decision::Replace,
            _ => return Err(format!("`{expect}` is no decision")),
        },
        violations: strings(fields.get("violations")),
    })
}

/// An urgency by its name in the contract, with any case and any of the usual separators.
pub fn urgency(name: &str) -> Option<Urgency> {
    match name.to_ascii_lowercase().replace(['_', ' '], "-").as_str() {
        "emergency" => Some(Urgency::Emergency),
        "urgent" => Some(Urgency::Urgent),
        "routine" => Some(Urgency::Routine),
        "self-care" | "selfcare" => Some(Urgency::SelfCare),
        _ => None,
    }
}
