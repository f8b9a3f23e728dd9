//! What an answer may not say, by the rules in `rules/review.toml`.

use super::Carried;
use super::edits::Edit;
use super::lists::Lists;
use super::opinion::{self, HEADS, Opinion};
use crate::lexicon::{Lexicon, Phrase, Step, Target};
use crate::matching::{self, Match};
use crate::text::token::{self, Boundary, Token};
use crate::types::{Context, Locale, Urgency};
use std::borrow::Cow;
use std::ops::Range;

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

/// The rule that knows what says that an answer is no diagnosis.
const DISCLAIMER: &str = "disclaimer";
/// The rule that knows what sends somebody to care.
const SENDS_TO_CARE: &str = "sends-to-care";
/// The rule that knows who publishes what answers are made of.
const AUTHORITY: &str = "authority";

/// What the rules say of an answer.
pub struct Judged {
    pub edits: Vec<(&'static str, Edit)>,
    pub must_replace: bool,
    pub has_disclaimer: bool,
}

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
    matches: Vec<Match>,
    /// Sentence number of each word, from 1.
    sentences: Vec<usize>,
}

impl<'a> Read<'a> {
    fn new(answer: &'a str) -> Self {
        let tokens = token::tokens(answer);
        let reading = LEXICON.read(&tokens);
        let matches = matching::find(&LEXICON, &tokens, &reading);
        let sentences = sentences(&tokens);
        Self {
            answer,
            tokens,
            matches,
            sentences,
        }
    }

    fn of(&self, target: u16) -> impl Iterator<Item = &Match> {
        let matches = self.matches.iter();
        matches.filter(move |found| found.target == Target::Finding(target))
    }

    /// Whether a phrase of the rule `id` stands in a sentence.
    fn has(&self, id: &str, sentence: usize) -> bool {
        let rules = RULES.iter().filter(|rule| rule.id == id);
        rules
            .flat_map(|rule| self.of(rule.found))
            .any(|found| self.sentences[found.start] == sentence)
    }

    /// What the reader is given of each sentence: an item of a list comes with what leads into its list.
    fn as_read(&self, lists: &mut Lists) -> Vec<Cow<'a, str>> {
        let mut lines = self.answer.split_inclusive('\n');
        let (mut end, mut lead_in) = (0, None);
        let all = 1..=self.sentences.last().copied().unwrap_or_default();
        let sentences = all.map(|number| {
            let sentence = opinion::sentence(self.answer, &self.tokens, &self.words(number));
            let start = self.tokens[self.words(number).start].start;
            while start >= end {
                let Some(line) = lines.next() else { break };
                end += line.len();
                lead_in = lists.pass(line).map(str::to_owned);
            }
            match &lead_in {
                Some(lead_in) => Cow::Owned(format!("{lead_in}: {sentence}")),
                None => Cow::Borrowed(sentence),
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

    /// Whether something in the same sentence excuses what a rule found.
    fn is_excused(&self, rule: &RuleData, found: &Match, context: &Context) -> bool {
        let sentence = self.sentences[found.start];
        self.of(rule.unless)
            .any(|excuse| self.sentences[excuse.start] == sentence)
            || rule.about_sources && self.names_a_source(sentence, context)
    }

    /// Whether a sentence names a source that the answer was given, by its title, its number or its publisher, and no other
    /// publisher.
    fn names_a_source(&self, sentence: usize, context: &Context) -> bool {
        let words = self.words(sentence);
        let has = |word: &str| self.tokens[words.clone()].iter().any(|token| token.word == word);
        let named = self.authorities(&words);
        let mut given: Vec<String> = Vec::new();
        for source in &context.sources {
            let source = Read::new(source);
            let is_number =
                |word: &str| word.contains(|c: char| c.is_ascii_digit()) && word.contains(char::is_alphabetic);
            let all = source.tokens.iter().all(|token| has(&token.word));
            if all && !source.tokens.is_empty()
                || source
                    .tokens
                    .iter()
                    .any(|token| is_number(&token.word) && has(&token.word))
            {
                return true;
            }
            given.extend(source.authorities(&(0..source.tokens.len())));
        }
        !named.is_empty() && named.iter().all(|name| given.contains(name))
    }

    /// The publishers that are named among the words `range`.
    fn authorities(&self, range: &Range<usize>) -> Vec<String> {
        let known = RULES.iter().filter(|rule| rule.id == AUTHORITY);
        let found = known.flat_map(|rule| self.of(rule.found));
        let found = found.filter(|found| range.contains(&found.start) && found.end <= range.end);
        let name = |found: &Match| {
            let words = self.tokens[found.start..found.end].iter();
            words.map(|token| token.word.as_str()).collect::<Vec<_>>().join(" ")
        };
        found.map(name).collect()
    }

    /// The rules of which a phrase stands unexcused in a sentence.
    fn rules(&self, sentence: usize, context: &Context) -> Vec<&'static str> {
        let found = |target: u16, rule: &RuleData| {
            let mut of = self.of(target).filter(|found| self.sentences[found.start] == sentence);
            of.any(|found| !self.is_excused(rule, found, context))
        };
        let breaks =
            |rule: &&RuleData| found(rule.found, rule) || rule.soften.iter().any(|(target, _)| found(*target, rule));
        let rules = RULES.iter().filter(|rule| rule.action != Action::Recognise);
        rules.filter(breaks).map(|rule| rule.id).collect()
    }
}

/// The sentences of an answer, as the reader gets them and as words, with the rules of which a phrase stands in each: what the
/// classifier is trained on.
pub fn each_sentence(answer: &str, mut pass: impl FnMut(&str, &[Token], &Range<usize>, &[&str])) {
    let read = Read::new(answer);
    let context = Context::default();
    for (sentence, as_read) in (1..).zip(read.as_read(&mut Lists::default())) {
        let rules = read.rules(sentence, &context);
        pass(&as_read, &read.tokens, &read.words(sentence), &rules);
    }
}

/// Holds every rule against the answer, and the classifier against both.
pub(super) fn judge(answer: &str, context: &Context, carried: &mut Carried) -> Judged {
    let read = Read::new(answer);
    let broken: Vec<Vec<&'static str>> = (1..=read.sentences.last().copied().unwrap_or_default())
        .map(|sentence| read.rules(sentence, context))
        .collect();
    let asked = HEADS.map(|id| RULES.iter().any(|rule| rule.id == id && rule.applies(context)));
    let as_read = read.as_read(&mut carried.lists);
    let noted = &mut carried.noted;
    let opinions = broken.iter().zip(&as_read).enumerate();
    let opinions = opinions.map(|(at, (rules, as_read))| {
        let words = read.words(at + 1);
        // The number of an item says nothing.
        let has_letters = read.tokens[words.clone()].iter().any(|token| token.number.is_none());
        let asked = asked.map(|asked| asked && has_letters);
        Opinion::of(answer, as_read, &read.tokens, &words, rules, asked)
    });
    let opinions: Vec<Opinion> = opinions.collect();
    let mut judged = Judged {
        edits: Vec::new(),
        must_replace: false,
        has_disclaimer: false,
    };
    for rule in RULES.iter().filter(|rule| rule.applies(context)) {
        let counts = |found: &&Match| {
            let sentence = read.sentences[found.start];
            let opinion = opinions[sentence - 1];
            let sends_to_care = rule.only_when_urgent && read.has(SENDS_TO_CARE, sentence);
            let is_excused = opinion.excuses(rule.id) || sends_to_care && !opinion.breaks(rule.id);
            !is_excused && !read.is_excused(rule, found, context)
        };
        for (target, instead) in rule.soften {
            for found in read.of(*target).filter(counts) {
                let edit = soften(found, instead, answer, &read.tokens);
                let known = judged
                    .edits
                    .iter()
                    .any(|(id, other)| *id == rule.id && other.overlaps(&edit));
                if !known {
                    judged.edits.push((rule.id, edit));
                }
            }
        }
        let found: Vec<&Match> = read.of(rule.found).filter(counts).collect();
        match rule.action {
            Action::Recognise => judged.has_disclaimer |= rule.id == DISCLAIMER && !found.is_empty(),
            Action::Replace => {
                judged.must_replace |= !found.is_empty();
                let places = found.into_iter().map(|found| (rule.id, whole(found, &read.tokens)));
                judged.edits.extend(places);
            }
            Action::Soften | Action::RemoveSentence => {
                let mut sentences: Vec<usize> = found.iter().map(|found| read.sentences[found.start]).collect();
                sentences.dedup();
                for sentence in sentences {
                    judged
                        .edits
                        .push((rule.id, remove(rule, sentence, &read, context, noted)));
                }
            }
        }
        for (at, opinion) in opinions.iter().enumerate() {
            // Where a rule found something, the sentence is mended already.
            if !broken[at].is_empty() || !opinion.breaks(rule.id) {
                continue;
            }
            if rule.about_sources && read.names_a_source(at + 1, context) {
                continue;
            }
            // To take out where to go would be worse than to leave in what plays it down.
            if rule.only_when_urgent && read.has(SENDS_TO_CARE, at + 1) {
                continue;
            }
            judged.must_replace |= rule.action == Action::Replace;
            judged
                .edits
                .push((rule.id, remove(rule, at + 1, &read, context, noted)));
        }
    }
    judged
}

/// Takes a sentence out. The first one that a rule takes out leaves the rule's note.
fn remove(
    rule: &'static RuleData,
    sentence: usize,
    read: &Read<'_>,
    context: &Context,
    noted: &mut Vec<&'static str>,
) -> Edit {
    let note = if noted.contains(&rule.id) || rule.note.is_empty() {
        String::new()
    } else {
        text(&context.locale, rule.note)
    };
    noted.push(rule.id);
    take_out(&read.words(sentence), note, read.answer, &read.tokens)
}

fn whole(found: &Match, tokens: &[Token]) -> Edit {
    Edit {
        start: tokens[found.start].start,
        end: tokens[found.end - 1].end,
        instead: String::new(),
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

fn soften(found: &Match, instead: &str, answer: &str, tokens: &[Token]) -> Edit {
    let (start, end) = (tokens[found.start].start, tokens[found.mark - 1].end);
    let capital = answer[start..].starts_with(char::is_uppercase);
    let mut letters = instead.chars();
    let first = letters.next().into_iter();
    let first: String = if capital {
        first.flat_map(char::to_uppercase).collect()
    } else {
        first.collect()
    };
    Edit {
        start,
        end,
        instead: first + letters.as_str(),
    }
}

/// Takes words out, with the bullet where they are the whole of a list item.
fn take_out(words: &Range<usize>, note: String, answer: &str, tokens: &[Token]) -> Edit {
    let mut start = tokens[words.start].start;
    let last = words.end - 1;
    let line = answer[..start].rfind('\n').map_or(0, |at| at + 1);
    if note.is_empty() && !answer[line..start].contains(char::is_alphabetic) {
        start = line;
    }
    let tail = &answer[tokens[last].end..];
    let closing = tail.len()
        - tail
            .trim_start_matches(['.', '!', '?', ')', '"', '*', '_', '\'', '\u{201D}', '%'])
            .len();
    let mut end = tokens[last].end + closing;
    if note.is_empty() {
        end += answer[end..].len() - answer[end..].trim_start_matches(' ').len();
    }
    Edit {
        start,
        end,
        instead: note,
    }
}
