//! Which topics a patient's words point at.
//!
//! A keyword matches when all its words stand close together in one text, in any order: "knee pain" in "my right knee
//! is really hurting". Each matched word counts as much as it is rare among the topics (the inverse document
//! frequency of BM25), and once per topic however many keywords it matched. So "chest pain" weighs more than "pain",
//! and a topic with many keywords has no advantage over one with few.

use std::collections::{BTreeSet, HashMap};

use super::{
    topic::Topic,
    words::{Word, is_filler, words},
};

/// Words that may stand between those of a keyword.
const SLACK: usize = 3;

/// How far back "no" reaches: "no fever or cough".
const NEGATION_REACH: usize = 3;

/// A second topic that speaks of something else than the first must score this share of it.
const SHARE_OF_OTHER_WORDS: f32 = 0.5;

/// A second topic for the same words must be about as good an answer to them.
const SHARE_OF_SAME_WORDS: f32 = 0.9;

/// What a match of a topic's own title counts more than one of its other keywords.
const TITLE_WEIGHT: f32 = 1.25;

/// Finds topics.
#[derive(Debug)]
pub(super) struct Index {
    phrases: Vec<Phrase>,
    /// How rare a stem is among the topics.
    rarity: HashMap<String, f32>,
}

/// A keyword or title of a topic.
#[derive(Debug)]
struct Phrase {
    topic: usize,
    stems: Vec<String>,
    /// Too few of its words say something by themselves ("the runs"), so they must follow each other as they are.
    verbatim: bool,
    is_title: bool,
}

/// How well a topic matches.
#[derive(Debug)]
struct Match {
    topic: usize,
    score: f32,
    positions: BTreeSet<usize>,
}

impl Index {
    pub fn new(topics: &[Topic]) -> Self {
        let mut phrases = Vec::new();
        for (position, topic) in topics.iter().enumerate() {
            // "Nausea and vomiting" is about both.
            let titles = topic.title.split(" and ").map(|title| (title, true));
            let keywords = topic.keywords.iter().map(|keyword| (keyword.as_str(), false));
            phrases.extend(
                titles
                    .chain(keywords)
                    .filter_map(|(text, is_title)| Phrase::new(position, text, is_title)),
            );
        }
        let mut topics_with: HashMap<String, BTreeSet<usize>> = HashMap::new();
        for phrase in &phrases {
            for stem in &phrase.stems {
                topics_with.entry(stem.clone()).or_default().insert(phrase.topic);
            }
        }
        let all = topics.len() as f32;
        let rarity = topics_with
            .into_iter()
            .map(|(stem, holders)| {
                let holders = holders.len() as f32;
                (stem, (1.0 + (all - holders + 0.5) / (holders + 0.5)).ln())
            })
            .collect();
        Self { phrases, rarity }
    }

    /// Positions of the best topics for a text, the best first: none, one or two.
    pub fn search(&self, text: &str) -> Vec<usize> {
        let mut matches = self.matches(&words(text));
        matches.sort_by(|one, other| other.score.total_cmp(&one.score).then(one.topic.cmp(&other.topic)));
        let Some((best, rest)) = matches.split_first() else {
            return Vec::new();
        };
        let second = rest.iter().find(|candidate| {
            let share = candidate.score / best.score;
            let other_words = !candidate.positions.is_subset(&best.positions);
            share >= SHARE_OF_SAME_WORDS || (other_words && share >= SHARE_OF_OTHER_WORDS)
        });
        [Some(best), second]
            .into_iter()
            .flatten()
            .map(|found| found.topic)
            .collect()
    }

    fn matches(&self, text: &[Word]) -> Vec<Match> {
        let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
        for (position, word) in text.iter().enumerate() {
            places.entry(&word.stem).or_default().push(position);
        }
        let mut matches: Vec<Match> = Vec::new();
        for phrase in &self.phrases {
            let Some(positions) = phrase.find(text, &places) else {
                continue;
            };
            // Phrases are in the order of their topics, so a topic's matches come one after the other.
            if matches.last().is_none_or(|last| last.topic != phrase.topic) {
                matches.push(Match {
                    topic: phrase.topic,
                    score: 0.0,
                    positions: BTreeSet::new(),
                });
            }
            let Some(found) = matches.last_mut() else { continue };
            let weight = if phrase.is_title { TITLE_WEIGHT } else { 1.0 };
            for position in positions {
                if found.positions.insert(position) {
                    found.score += weight * self.rarity.get(&text[position].stem).copied().unwrap_or_default();
                }
            }
        }
        matches
    }
}

impl Phrase {
    fn new(topic: usize, text: &str, is_title: bool) -> Option<Self> {
        let all: Vec<String> = words(text).into_iter().map(|word| word.stem).collect();
        let mut telling: Vec<String> = all.iter().filter(|stem| !is_filler(stem)).cloned().collect();
        let verbatim = telling.len() < 2 && all.len() > telling.len();
        let stems = if verbatim {
            all
        } else {
            telling.dedup();
            telling
        };
        (!stems.is_empty()).then_some(Self {
            topic,
            stems,
            verbatim,
            is_title,
        })
    }

    /// Where the words of the phrase stand, if they stand close together in one clause and are not negated.
    fn find(&self, text: &[Word], places: &HashMap<&str, Vec<usize>>) -> Option<Vec<usize>> {
        let (first, others) = self.stems.split_first()?;
        places.get(first.as_str())?.iter().find_map(|&start| {
            let mut positions = vec![start];
            for (distance, stem) in (1..).zip(others) {
                let near = |&place: &usize| {
                    text[place].clause == text[start].clause
                        && if self.verbatim {
                            place == start + distance
                        } else {
                            place.abs_diff(start) <= self.stems.len() + SLACK && !positions.contains(&place)
                        }
                };
                let place = places
                    .get(stem.as_str())?
                    .iter()
                    .copied()
                    .filter(near)
                    .min_by_key(|place| place.abs_diff(start));
                positions.push(place?);
            }
            (!is_negated(text, positions.iter().copied().min()?)).then_some(positions)
        })
    }
}

/// Whether the patient says that this is not the case: "no fever", "I don't have a fever", "without fever".
fn is_negated(text: &[Word], position: usize) -> bool {
    let clause = text[position].clause;
    let before = text[..position]
        .iter()
        .rev()
        .take(NEGATION_REACH)
        .take_while(|word| word.clause == clause);
    let mut after = Vec::new();
    for word in before {
        match word.stem.as_str() {
            "no" | "without" => return true,
            // "I can't stand this headache" does not deny the headache.
            "not" if after.is_empty() || after.iter().any(|stem| matches!(*stem, "hav" | "had" | "got" | "any")) => {
                return true;
            }
            other => after.push(other),
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin::topic::Topic;

    fn topic(title: &str, keywords: &[&str]) -> Topic {
        Topic {
            title: title.into(),
            keywords: keywords.iter().map(|keyword| (*keyword).to_owned()).collect(),
            references: Vec::new(),
            what_it_is: String::new(),
            self_care: Vec::new(),
            when_to_see_someone: Vec::new(),
            red_flags: Vec::new(),
            questions: Vec::new(),
        }
    }

    fn search(text: &str) -> Vec<String> {
        let topics = [
            topic("Headache", &["headache", "head hurts"]),
            topic("Migraine", &["migraine", "one-sided headache", "light hurts my eyes"]),
            topic("Back pain", &["backache", "bad back"]),
            topic("Chest pain", &["tight chest", "chest hurts"]),
            topic("Knee problems", &["knee pain", "swollen knee"]),
            topic("Cough", &["cough", "dry cough"]),
            topic("Fever", &["fever", "high temperature"]),
            topic("Insomnia", &["can't sleep", "insomnia"]),
            topic("Diarrhoea", &["diarrhoea", "the runs"]),
            topic("Tiredness", &["tired", "no energy"]),
        ];
        Index::new(&topics)
            .search(text)
            .into_iter()
            .map(|position| topics[position].title.clone())
            .collect()
    }

    #[test]
    fn a_keyword_finds_its_topic() {
        assert_eq!(search("I have had a headache for two days"), ["Headache"]);
    }

    #[test]
    fn the_words_of_a_keyword_may_stand_apart_and_in_any_order() {
        assert_eq!(search("My right knee is really hurting"), ["Knee problems"]);
        assert_eq!(search("There is pain in my lower back"), ["Back pain"]);
    }

    #[test]
    fn one_word_of_a_keyword_of_two_finds_nothing() {
        assert!(search("It is on the left side of the chest of drawers").is_empty());
        assert!(search("I am in pain").is_empty());
    }

    #[test]
    fn words_of_different_sentences_do_not_make_a_keyword() {
        assert!(search("I came back. The pain is new.").is_empty());
    }

    #[test]
    fn two_complaints_find_two_topics() {
        assert_eq!(search("I have a cough, and my knee hurts").len(), 2);
    }

    #[test]
    fn the_longer_keyword_wins_over_the_shorter() {
        assert_eq!(search("a one-sided headache since noon")[0], "Migraine");
    }

    #[test]
    fn what_the_patient_denies_finds_nothing() {
        assert_eq!(search("I have a cough but no fever"), ["Cough"]);
        assert_eq!(search("I don't have a fever, just a cough"), ["Cough"]);
        assert_eq!(search("no fever or cough").len(), 0);
    }

    #[test]
    fn a_not_that_belongs_to_something_else_denies_nothing() {
        assert_eq!(search("I can't stand this headache"), ["Headache"]);
    }

    #[test]
    fn a_keyword_may_hold_a_negation() {
        assert_eq!(search("I just cannot sleep"), ["Insomnia"]);
        assert_eq!(search("I have no energy"), ["Tiredness"]);
    }

    #[test]
    fn a_keyword_of_everyday_words_must_occur_as_it_is() {
        assert_eq!(search("since yesterday I have the runs"), ["Diarrhoea"]);
        assert!(search("my son runs a lot").is_empty());
    }

    #[test]
    fn talk_of_something_else_finds_nothing() {
        assert!(search("What is the capital of France?").is_empty());
        assert!(search("").is_empty());
    }
}
