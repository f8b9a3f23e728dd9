//! What an answer may not say, by the rules in `rules/review.toml`.

use super::edits::Edit;
use super::lists::Lists;
use super::opinion::{self, HEADS, Opinion};
use super::{Carried, citations, identity};
use crate::findings;
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

/// By how much the classifier's score must be over its threshold where a rule about urgent turns is broken in another one: a lump
/// may be called harmless in a chat about something else, and comfort about trifles is welcome.
const NOT_URGENT: f32 = 1.5;
/// What the classifier alone is not believed of a sentence that names the patient by the own id.
const ABOUT_RECORDS: [&str; 3] = ["other-patient", "leak", "invented-citation"];
/// The note that sends to be seen.
const SEEN: &str = "see";

/// What the rules say of an answer.
#[derive(Default)]
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
        let range = self.words(sentence);
        let words: Vec<&str> = self.tokens[range.clone()]
            .iter()
            .map(|token| token.word.as_str())
            .collect();
        if context
            .sources
            .iter()
            .any(|source| citations::names_number(source, &words))
        {
            return true;
        }
        let given = context.sources.iter().flat_map(|source| {
            let source = Read::new(source);
            source.authorities(&(0..source.tokens.len()))
        });
        let given: Vec<String> = given.collect();
        let named = self.authorities(&range);
        named.iter().all(|name| given.contains(name))
            && (!named.is_empty()
                || context
                    .sources
                    .iter()
                    .any(|source| citations::names_title(source, &words)))
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
    let asked = HEADS.map(|id| {
        let mut rules = RULES.iter().filter(|rule| rule.id == id);
        rules
            .next()
            .map(|rule| if rule.applies(context) { 0.0 } else { NOT_URGENT })
    });
    let as_read = read.as_read(&mut carried.lists);
    let opinions = (1..).zip(&as_read).map(|(sentence, as_read)| {
        let words = read.words(sentence);
        let rules = read.rules(sentence, context);
        // The number of an item says nothing.
        let has_letters = read.tokens[words.clone()].iter().any(|token| token.number.is_none());
        let asked = asked.map(|asked| asked.filter(|_| has_letters));
        Opinion::of(answer, as_read, &read.tokens, &words, &rules, asked)
    });
    let mut judging = Judging {
        opinions: opinions.collect(),
        read,
        context,
        noted: &mut carried.noted,
        mended: Vec::new(),
        judged: Judged::default(),
    };
    RULES
        .iter()
        .filter(|rule| rule.applies(context))
        .for_each(|rule| judging.by_phrases(rule));
    // Where a phrase was found, the sentence is mended already.
    let mended = std::mem::take(&mut judging.mended);
    RULES.iter().for_each(|rule| judging.by_opinions(rule, &mended));
    judging.judged
}

/// An answer under the rules.
struct Judging<'a> {
    read: Read<'a>,
    context: &'a Context,
    /// Of each sentence.
    opinions: Vec<Opinion>,
    noted: &'a mut Vec<&'static str>,
    /// The sentences in which something was found.
    mended: Vec<usize>,
    judged: Judged,
}

impl Judging<'_> {
    /// Does what a rule says about its phrases.
    fn by_phrases(&mut self, rule: &'static RuleData) {
        for (target, instead) in rule.soften {
            for found in self.counting(rule, *target) {
                let edit = Edit::soften(&found, instead, self.read.answer, &self.read.tokens);
                let mut edits = self.judged.edits.iter();
                if !edits.any(|(id, other)| *id == rule.id && other.overlaps(&edit)) {
                    self.judged.edits.push((rule.id, edit));
                    self.mended.push(self.read.sentences[found.start]);
                }
            }
        }
        let found = self.counting(rule, rule.found);
        match rule.action {
            Action::Recognise => self.judged.has_disclaimer |= rule.id == DISCLAIMER && !found.is_empty(),
            Action::Replace => {
                self.judged.must_replace |= !found.is_empty();
                let places = found
                    .iter()
                    .map(|found| (rule.id, Edit::whole(found, &self.read.tokens)));
                self.judged.edits.extend(places);
            }
            Action::Soften | Action::RemoveSentence => {
                let mut sentences: Vec<usize> = found.iter().map(|found| self.read.sentences[found.start]).collect();
                sentences.dedup();
                for sentence in sentences {
                    self.remove(rule, sentence);
                }
            }
        }
    }

    /// The phrases of a rule that mean what they seem to.
    fn counting(&self, rule: &RuleData, target: u16) -> Vec<Match> {
        let counts = |found: &&Match| {
            let sentence = self.read.sentences[found.start];
            let opinion = self.opinions[sentence - 1];
            let sends_to_care = rule.only_when_urgent && self.read.has(SENDS_TO_CARE, sentence);
            let is_excused = opinion.excuses(rule.id) || sends_to_care && !opinion.breaks(rule.id);
            !is_excused && !self.read.is_excused(rule, found, self.context)
        };
        self.read.of(target).filter(counts).cloned().collect()
    }

    /// Takes out the sentences in which the classifier alone finds that a rule is broken, but for those that are `mended`.
    fn by_opinions(&mut self, rule: &'static RuleData, mended: &[usize]) {
        for sentence in 1..=self.opinions.len() {
            if mended.contains(&sentence) || !self.opinions[sentence - 1].breaks(rule.id) {
                continue;
            }
            if rule.about_sources && self.read.names_a_source(sentence, self.context) {
                continue;
            }
            // The own id stands beside what is the patient's own.
            let words = self.read.words(sentence);
            let said = opinion::sentence(self.read.answer, &self.read.tokens, &words);
            if ABOUT_RECORDS.contains(&rule.id) && identity::names_patient(said, &self.context.patient_id) {
                continue;
            }
            // Comfort in general is welcome where nothing is urgent; what is said of a complaint is not general.
            if !rule.applies(self.context) && findings::Text::read(said).noted.is_empty() {
                continue;
            }
            // To take out where to go would be worse than to leave in what plays it down.
            if rule.only_when_urgent && self.read.has(SENDS_TO_CARE, sentence) {
                continue;
            }
            self.judged.must_replace |= rule.action == Action::Replace;
            self.remove(rule, sentence);
        }
    }

    /// Takes a sentence out. The first one that a rule takes out leaves the rule's note.
    fn remove(&mut self, rule: &'static RuleData, sentence: usize) {
        let note = if self.noted.contains(&rule.id) || rule.note.is_empty() {
            String::new()
        } else if rule.applies(self.context) {
            text(&self.context.locale, rule.note)
        } else {
            text(&self.context.locale, SEEN)
        };
        self.noted.push(rule.id);
        self.mended.push(sentence);
        let edit = Edit::take_out(&self.read.words(sentence), note, self.read.answer, &self.read.tokens);
        self.judged.edits.push((rule.id, edit));
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
