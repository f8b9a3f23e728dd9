//! One topic of the reference text: TOML front matter between `+++` lines, then five sections.

use serde::Deserialize;
use thiserror::Error;

/// One topic of the reference text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// What it is about, such as "Sore throat".
    pub title: String,
    /// What patients call it, in lower case.
    pub keywords: Vec<String>,
    /// The public references it rests on.
    pub references: Vec<Reference>,
    /// What it is, as running text.
    pub what_it_is: String,
    /// What patients can do themselves.
    pub self_care: Vec<String>,
    /// When to see a doctor, nurse or pharmacist.
    pub when_to_see_someone: Vec<String>,
    /// Signs that need help at once.
    pub red_flags: Vec<String>,
    /// What to ask the patient.
    pub questions: Vec<String>,
}

/// A public reference of a topic.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// Title of the publication.
    pub name: String,
    /// Who publishes it.
    pub publisher: String,
    /// Where it can be read.
    pub url: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontMatter {
    title: String,
    keywords: Vec<String>,
    sources: Vec<Reference>,
}

/// Why a file is no topic.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum TopicError {
    /// The file does not begin with front matter.
    #[error("the file must begin with TOML front matter between two lines of +++")]
    NoFrontMatter,
    /// The front matter is no TOML or lacks a field.
    #[error("the front matter is wrong: {0}")]
    FrontMatter(String),
    /// A field of the front matter is empty.
    #[error("`{0}` in the front matter must not be empty")]
    EmptyField(&'static str),
    /// A keyword is written with capitals, so that it looks unlike what it is compared with.
    #[error("the keyword {0:?} must be in lower case")]
    KeywordCase(String),
    /// Text stands before the first section.
    #[error("line {0}: text before the first section")]
    TextBeforeSections(usize),
    /// A heading that no topic has.
    #[error("line {line}: unknown section {name:?}")]
    UnknownSection {
        /// Where it is.
        line: usize,
        /// What it is called.
        name: String,
    },
    /// A section that occurs twice.
    #[error("the section {0:?} occurs twice")]
    DuplicateSection(&'static str),
    /// A section that is not there or has no content.
    #[error("the section {0:?} is missing or empty")]
    MissingSection(&'static str),
    /// A line outside of any item in a section that is a list.
    #[error("line {line}: the section {section:?} must be a list of items that begin with \"- \"")]
    NotAList {
        /// Where it is.
        line: usize,
        /// The section.
        section: &'static str,
    },
    /// A topic asks the patient two questions, so it needs as many.
    #[error("the section \"Questions to ask\" needs two questions at least")]
    TooFewQuestions,
}

const WHAT_IT_IS: &str = "What it is";
const SELF_CARE: &str = "Self-care";
const WHEN_TO_SEE_SOMEONE: &str = "When to see someone";
const RED_FLAGS: &str = "Red flags";
const QUESTIONS: &str = "Questions to ask";
const SECTIONS: [&str; 5] = [WHAT_IT_IS, SELF_CARE, WHEN_TO_SEE_SOMEONE, RED_FLAGS, QUESTIONS];

/// A section's lines with their numbers in the file.
type Lines<'a> = Vec<(usize, &'a str)>;

impl Topic {
    /// Reads a topic from the text of its file.
    ///
    /// # Errors
    ///
    /// [`TopicError`] says what is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Self, TopicError> {
        let (front_matter, body) = split_front_matter(text)?;
        let FrontMatter {
            title,
            keywords,
            sources,
        } = toml::from_str(front_matter).map_err(|error| TopicError::FrontMatter(error.message().to_owned()))?;
        if title.trim().is_empty() {
            return Err(TopicError::EmptyField("title"));
        }
        if keywords.is_empty() || keywords.iter().any(|keyword| keyword.trim().is_empty()) {
            return Err(TopicError::EmptyField("keywords"));
        }
        if let Some(keyword) = keywords.iter().find(|keyword| keyword.to_lowercase() != **keyword) {
            return Err(TopicError::KeywordCase(keyword.clone()));
        }
        if sources.is_empty()
            || sources
                .iter()
                .any(|source| source.name.is_empty() || source.publisher.is_empty())
        {
            return Err(TopicError::EmptyField("sources"));
        }

        let first_line = front_matter.lines().count() + 3;
        let sections = split_sections(body, first_line)?;
        let [what_it_is, self_care, when_to_see_someone, red_flags, questions] = sections;
        let questions = list(QUESTIONS, &questions)?;
        if questions.len() < 2 {
            return Err(TopicError::TooFewQuestions);
        }
        Ok(Self {
            title,
            keywords,
            references: sources,
            what_it_is: paragraph(&what_it_is)?,
            self_care: list(SELF_CARE, &self_care)?,
            when_to_see_someone: list(WHEN_TO_SEE_SOMEONE, &when_to_see_someone)?,
            red_flags: list(RED_FLAGS, &red_flags)?,
            questions,
        })
    }
}

fn split_front_matter(text: &str) -> Result<(&str, &str), TopicError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let rest = text.strip_prefix("+++\n").ok_or(TopicError::NoFrontMatter)?;
    rest.split_once("\n+++\n").ok_or(TopicError::NoFrontMatter)
}

fn split_sections(body: &str, first_line: usize) -> Result<[Lines<'_>; 5], TopicError> {
    let mut sections: [Option<Lines<'_>>; 5] = Default::default();
    let mut current: Option<usize> = None;
    for (number, line) in (first_line..).zip(body.lines()) {
        if let Some(heading) = line.strip_prefix('#') {
            let name = heading.strip_prefix("# ").unwrap_or(heading).trim();
            let position =
                SECTIONS
                    .iter()
                    .position(|section| *section == name)
                    .ok_or_else(|| TopicError::UnknownSection {
                        line: number,
                        name: name.to_owned(),
                    })?;
            if sections[position].replace(Vec::new()).is_some() {
                return Err(TopicError::DuplicateSection(SECTIONS[position]));
            }
            current = Some(position);
        } else if !line.trim().is_empty() {
            let lines = current.and_then(|position| sections[position].as_mut());
            lines
                .ok_or(TopicError::TextBeforeSections(number))?
                .push((number, line));
        }
    }
    for (section, name) in sections.iter().zip(SECTIONS) {
        if section.as_ref().is_none_or(Vec::is_empty) {
            return Err(TopicError::MissingSection(name));
        }
    }
    Ok(sections.map(Option::unwrap_or_default))
}

fn paragraph(lines: &Lines<'_>) -> Result<String, TopicError> {
    if lines.is_empty() {
        return Err(TopicError::MissingSection(WHAT_IT_IS));
    }
    Ok(lines.iter().map(|(_, line)| line.trim()).collect::<Vec<_>>().join(" "))
}

/// Items begin with "- "; a line that does not carries the item above on.
fn list(section: &'static str, lines: &Lines<'_>) -> Result<Vec<String>, TopicError> {
    let mut items: Vec<String> = Vec::new();
    for (number, line) in lines {
        if let Some(item) = line.strip_prefix("- ") {
            items.push(item.trim().to_owned());
        } else if let (Some(item), true) = (items.last_mut(), line.starts_with(' ')) {
            item.push(' ');
            item.push_str(line.trim());
        } else {
            return Err(TopicError::NotAList { line: *number, section });
        }
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADACHE: &str = include_str!("../../tests/fixtures/knowledge/headache.md");

    #[test]
    fn a_topic_is_read_with_all_its_parts() {
        let topic = Topic::parse(HEADACHE).unwrap();
        assert_eq!(topic.title, "Headache");
        assert!(topic.keywords.contains(&"head hurts".to_owned()));
        assert_eq!(topic.references[0].publisher, "NHS");
        assert!(topic.what_it_is.ends_with("and most of them pass."));
        assert_eq!(topic.self_care.len(), 3);
        assert_eq!(
            topic.self_care[2],
            "Rest in a quiet, dark room, and put the screen away for a while."
        );
    }

    #[test]
    fn a_file_without_front_matter_is_refused() {
        assert_eq!(Topic::parse("## What it is\nPain.\n"), Err(TopicError::NoFrontMatter));
    }

    #[test]
    fn a_field_that_no_topic_has_is_refused() {
        let text = HEADACHE.replace("title =", "titel =");
        assert!(matches!(Topic::parse(&text), Err(TopicError::FrontMatter(_))));
    }

    #[test]
    fn a_topic_without_sources_is_refused() {
        let start = HEADACHE.find("[[sources]]").unwrap();
        let end = HEADACHE.rfind("+++").unwrap();
        let text = format!("{}sources = []\n{}", &HEADACHE[..start], &HEADACHE[end..]);
        assert_eq!(Topic::parse(&text), Err(TopicError::EmptyField("sources")));
    }

    #[test]
    fn a_keyword_with_capitals_is_refused() {
        let text = HEADACHE.replace("\"head hurts\"", "\"Head hurts\"");
        assert_eq!(Topic::parse(&text), Err(TopicError::KeywordCase("Head hurts".into())));
    }

    #[test]
    fn a_missing_section_is_named() {
        let start = HEADACHE.find("## Red flags").unwrap();
        let end = HEADACHE.find("## Questions").unwrap();
        let text = format!("{}{}", &HEADACHE[..start], &HEADACHE[end..]);
        assert_eq!(Topic::parse(&text), Err(TopicError::MissingSection("Red flags")));
    }

    #[test]
    fn an_unknown_section_is_named_with_its_line() {
        let text = HEADACHE.replace("## Red flags", "## Red flag");
        let line = text.lines().position(|line| line == "## Red flag").unwrap() + 1;
        assert_eq!(
            Topic::parse(&text),
            Err(TopicError::UnknownSection {
                line,
                name: "Red flag".into()
            })
        );
    }

    #[test]
    fn a_section_that_should_be_a_list_must_be_one() {
        let text = HEADACHE.replace("- Drink", "Drink");
        assert!(matches!(
            Topic::parse(&text),
            Err(TopicError::NotAList {
                section: "Self-care",
                ..
            })
        ));
    }

    #[test]
    fn a_section_may_not_occur_twice() {
        let text = format!("{HEADACHE}\n## Red flags\n- Again.\n");
        assert_eq!(Topic::parse(&text), Err(TopicError::DuplicateSection("Red flags")));
    }
}
