//! What an answer may not say, by the rules in `rules/review.toml`.

mod judging;

use super::lists::Lists;
use super::{opinion, sources};
use crate::lexicon::{Lexicon, Phrase, Step, Target};
use crate::matching::{self, Match};
use crate::text::token::{self, Boundary, Token};
use crate::types::{Context, Locale, Urgency};
use std::borrow::Cow;
use std::ops::Range;

pub(super) use judging::judge;

include!(concat!(env!("OUT_DIR"), "/review_tables.rs"));

/// What happens to the words that a rule finds.
#[derive(PartialEq, Eq)]
enum Action {
    /// They are said more carefully.
    Soften,
    /// Their sentence goes.
    RemoveSentence,
    /// Nothing of the answer may be shown.
    Replace,
    /// They are what the answer should have.
    Recognise,
}

struct RuleData {
    id: &'static str,
    action: Action,
    /// Name of the text that takes the place of the first sentence removed.
    note: &'static str,
    only_when_urgent: bool,
    /// Whether a source that the answer was given excuses the sentence that names it.
    about_sources: bool,
    found: u16,
    unless: u16,
    soften: &'static [(u16, &'static str)],
}

impl RuleData {
    fn applies(&self, context: &Context) -> bool {
        !self.only_when_urgent || context.urgency <= Urgency::Urgent
    }
}

/// The rule that knows who publishes what answers are made of.
const AUTHORITY: &str = "authority";

/// An item of more words than these says enough by itself, and the reader's time grows with every word.
const SHORT_ITEM: usize = 8;

/// A text in the patient's language, or else in English, with the numbers to call filled in.
pub fn text(locale: &Locale, name: &str) -> String {
    let wanted = locale.language.split('-').next().unwrap_or_default();
    let find = |language: &str| {
        let mut texts = TEXTS.iter().filter(|(of, ..)| of.eq_ignore_ascii_case(language));
        texts.find(|(_, key, _)| *key == name).map(|(.., text)| *text)
    };
    let text = find(wanted).or_else(|| find("en")).unwrap_or_default();
    text.replace("{emergency_number}", &locale.emergency_number)
        .replace("{crisis_line}", &locale.crisis_line)
}

/// An answer as the rules see it.
struct Read<'a> {
    answer: &'a str,
    tokens: Vec<Token>,
    /// By their first words.
    matches: Vec<Match>,
    /// Sentence number of each word, from 1.
    sentences: Vec<usize>,
    sources: &'a [String],
    /// The words of each of them.
    names: Vec<Vec<Token>>,
}

impl<'a> Read<'a> {
    fn new(answer: &'a str, sources: &'a [String]) -> Self {
        let tokens = token::tokens(answer);
        let reading = LEXICON.read(&tokens);
        let matches = matching::find(&LEXICON, &tokens, &reading);
        let sentences = sentences(&tokens);
        Self {
            answer,
            tokens,
            matches,
            sentences,
            sources,
            names: sources.iter().map(|source| token::tokens(source)).collect(),
        }
    }

    /// The phrases in a sentence.
    fn matches(&self, sentence: usize) -> &[Match] {
        let words = self.words(sentence);
        let first = self.matches.partition_point(|found| found.start < words.start);
        &self.matches[first..first + self.matches[first..].partition_point(|found| found.start < words.end)]
    }

    /// Those of them that stand for `target`.
    fn of(&self, target: u16, sentence: usize) -> impl Iterator<Item = &Match> {
        let matches = self.matches(sentence).iter();
        matches.filter(move |found| found.target == Target::Finding(target))
    }

    /// Whether a phrase of the rule `id` stands in a sentence.
    fn has(&self, id: &str, sentence: usize) -> bool {
        let mut rules = RULES.iter().filter(|rule| rule.id == id);
        rules.any(|rule| self.of(rule.found, sentence).next().is_some())
    }

    /// Whether a phrase of the rule `id` stands anywhere.
    fn has_anywhere(&self, id: &str) -> bool {
        (1..=self.count()).any(|sentence| self.has(id, sentence))
    }

    /// What the reader is given of each sentence: a short item of a list comes with what leads into its list.
    fn for_reader(&self, lists: &mut Lists) -> Vec<Cow<'a, str>> {
        let mut lines = self.answer.split_inclusive('\n');
        let (mut end, mut lead_in) = (0, None);
        let all = 1..=self.count();
        let sentences = all.map(|number| {
            let sentence = opinion::sentence(self.answer, &self.tokens, &self.words(number));
            let start = self.tokens[self.words(number).start].start;
            while start >= end {
                let Some(line) = lines.next() else { break };
                end += line.len();
                lead_in = lists.pass(line).map(str::to_owned);
            }
            match &lead_in {
                Some(lead_in) if self.words(number).len() <= SHORT_ITEM => Cow::Owned(format!("{lead_in}: {sentence}")),
                _ => Cow::Borrowed(sentence),
            }
        });
        let sentences = sentences.collect();
        for line in lines {
            lists.pass(line);
        }
        sentences
    }

    /// The words of a sentence.
    fn words(&self, sentence: usize) -> Range<usize> {
        let first = self.sentences.partition_point(|number| *number < sentence);
        first..self.sentences.partition_point(|number| *number <= sentence)
    }

    /// Whether something in a sentence excuses what a rule finds in it.
    fn is_excused(&self, rule: &RuleData, sentence: usize) -> bool {
        self.of(rule.unless, sentence).next().is_some() || rule.about_sources && self.names_a_source(sentence)
    }

    /// Whether a sentence names a source that the answer was given, by its title, its number or its publisher, and no other
    /// publisher.
    fn names_a_source(&self, sentence: usize) -> bool {
        let words = self.folded(sentence);
        let is_given = |name: &String| {
            let mut sources = self.sources.iter().map(|source| Read::new(source, &[]));
            sources.any(|source| (1..=source.count()).any(|part| source.authorities(part).contains(name)))
        };
        let named = self.authorities(sentence);
        let is_named = |title: &String| sources::names_number(title, &words) || sources::names_title(title, &words);
        named.iter().all(is_given) && (!named.is_empty() || self.sources.iter().any(is_named))
    }

    /// Whether a sentence is the name of a source that the answer was given, and says nothing else.
    fn is_source(&self, sentence: usize) -> bool {
        sources::are_names(&self.names, &self.folded(sentence))
    }

    /// The folded words of a sentence.
    fn folded(&self, sentence: usize) -> Vec<&str> {
        let words = self.tokens[self.words(sentence)].iter();
        words.map(|token| token.word.as_str()).collect()
    }

    /// How many sentences there are.
    fn count(&self) -> usize {
        self.sentences.last().copied().unwrap_or_default()
    }

    /// The publishers that are named in a sentence.
    fn authorities(&self, sentence: usize) -> Vec<String> {
        let known = RULES.iter().filter(|rule| rule.id == AUTHORITY);
        let found = known.flat_map(|rule| self.of(rule.found, sentence));
        let name = |found: &Match| {
            let words = self.tokens[found.start..found.end].iter();
            words.map(|token| token.word.as_str()).collect::<Vec<_>>().join(" ")
        };
        found.map(name).collect()
    }

    /// The rules of which a phrase stands unexcused in a sentence.
    fn rules(&self, sentence: usize) -> Vec<&'static str> {
        let found = |target: u16| self.of(target, sentence).next().is_some();
        let breaks = |rule: &&RuleData| {
            let mut softened = rule.soften.iter();
            (found(rule.found) || softened.any(|(target, _)| found(*target))) && !self.is_excused(rule, sentence)
        };
        let rules = RULES.iter().filter(|rule| rule.action != Action::Recognise);
        rules.filter(breaks).map(|rule| rule.id).collect()
    }
}

/// The sentences of an answer, as the reader gets them and as words, with the rules of which a phrase stands in each: what the
/// classifier is trained on.
pub fn each_sentence(answer: &str, mut pass: impl FnMut(&str, &[Token], &Range<usize>, &[&str])) {
    let read = Read::new(answer, &[]);
    for (sentence, for_reader) in (1..).zip(read.for_reader(&mut Lists::default())) {
        pass(&for_reader, &read.tokens, &read.words(sentence), &read.rules(sentence));
    }
}

/// Sentence number of each word.
fn sentences(tokens: &[Token]) -> Vec<usize> {
    let number = |count: &mut usize, token: &Token| {
        *count += usize::from(token.before == Boundary::Sentence);
        Some(*count)
    };
    tokens.iter().scan(0, number).collect()
}
