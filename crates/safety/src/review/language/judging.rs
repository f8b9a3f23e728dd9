//! What happens to an answer: every rule is held against each sentence, and the classifier against both.

use super::{Action, RULES, Read, RuleData, text};
use crate::findings::{Noted, Sense, Text};
use crate::matching::Match;
use crate::review::edits::Edit;
use crate::review::opinion::{self, DISCLAIMER, HEADS, Opinion};
use crate::review::{Carried, identity};
use crate::types::Context;

/// The rule that knows what sends somebody to care.
const SENDS_TO_CARE: &str = "sends-to-care";
/// The rule about what nobody but its makers may know of the program.
const LEAK: &str = "leak";

/// By how much the classifier's score is over its threshold where it is nearly never wrong. It must be so far to find false
/// reassurance where nothing is urgent, since comfort about trifles is welcome.
const SURELY: f32 = 1.25;
/// The same for where it is seldom wrong.
const LIKELY: f32 = 0.4;
/// The rules that a sentence with the patient's own id does not break on the classifier's word alone.
const ABOUT_RECORDS: [&str; 3] = ["other-patient", LEAK, "invented-citation"];
/// The note that sends somebody to be seen.
const TO_BE_SEEN: &str = "see";

/// What the rules say of an answer.
pub struct Judged {
    pub edits: Vec<(&'static str, Edit)>,
    pub must_replace: bool,
}

/// Holds every rule against the answer, and the classifier against both.
pub fn judge(answer: &str, context: &Context, carried: &mut Carried) -> Judged {
    let read = Read::new(answer, &context.sources);
    // Who has a phrase need not be asked.
    let is_asked = |id: &str| id != DISCLAIMER || !(carried.has_disclaimer || read.has_anywhere(DISCLAIMER));
    let asked = HEADS.map(is_asked);
    let for_reader = read.for_reader(&mut carried.lists);
    let mut judging = Judging {
        read,
        context,
        carried,
        edits: Vec::new(),
        must_replace: false,
    };
    for (sentence, for_reader) in (1..).zip(&for_reader) {
        judging.judge(sentence, for_reader, asked);
    }
    Judged {
        edits: judging.edits,
        must_replace: judging.must_replace,
    }
}

/// An answer under the rules, sentence by sentence: a stream has no more than one.
struct Judging<'a> {
    read: Read<'a>,
    context: &'a Context,
    carried: &'a mut Carried,
    edits: Vec<(&'static str, Edit)>,
    must_replace: bool,
}

/// A sentence under the rules.
struct Sentence {
    number: usize,
    opinion: Opinion,
    is_removed: bool,
}

impl Judging<'_> {
    fn judge(&mut self, number: usize, for_reader: &str, mut asked: [bool; HEADS.len()]) {
        let words = self.read.words(number);
        // The number of an item, and the name of a source, say nothing.
        let is_number = self.read.tokens[words.clone()]
            .iter()
            .all(|token| token.number.is_some());
        if is_number || self.read.is_source(number) {
            asked = [false; HEADS.len()];
        }
        let rules = self.read.rules(number);
        let known = &mut self.carried.read;
        let read = || {
            *known
                .entry(for_reader.to_owned())
                .or_insert_with(|| opinion::odds(for_reader))
        };
        let opinion = Opinion::of(self.read.answer, &self.read.tokens, &words, &rules, asked, read);
        let mut sentence = Sentence {
            number,
            opinion,
            is_removed: false,
        };
        let found = self.edits.len();
        for rule in RULES.iter().filter(|rule| rule.applies(self.context)) {
            self.by_phrases(rule, &mut sentence);
        }
        // Where a phrase was found, the sentence is mended.
        if self.edits.len() == found {
            self.by_opinion(&mut sentence);
        }
        let disclaims = opinion.disclaims() || self.read.has(DISCLAIMER, number);
        self.carried.has_disclaimer |= disclaims && !sentence.is_removed;
    }

    /// Does what a rule says about its phrases.
    fn by_phrases(&mut self, rule: &'static RuleData, sentence: &mut Sentence) {
        for (target, instead) in rule.soften {
            for found in self.counting(rule, *target, sentence) {
                let edit = Edit::soften(&found, instead, self.read.answer, &self.read.tokens);
                let mut edits = self.edits.iter();
                if !edits.any(|(id, other)| *id == rule.id && other.overlaps(&edit)) {
                    self.edits.push((rule.id, edit));
                }
            }
        }
        if rule.action == Action::Recognise {
            return;
        }
        let found = self.counting(rule, rule.found, sentence);
        if rule.action == Action::Replace {
            self.must_replace |= !found.is_empty();
            let places = found
                .iter()
                .map(|found| (rule.id, Edit::whole(found, &self.read.tokens)));
            self.edits.extend(places);
        } else if !found.is_empty() {
            self.remove(rule, sentence);
        }
    }

    /// The phrases of a rule in a sentence that mean what they seem to.
    fn counting(&self, rule: &RuleData, target: u16, sentence: &Sentence) -> Vec<Match> {
        let found: Vec<Match> = self.read.of(target, sentence.number).copied().collect();
        let is_excused = || {
            sentence.opinion.excuses(rule.id)
                || self.sends_to_care(rule, sentence) && !sentence.opinion.breaks(rule.id)
                || self.read.is_excused(rule, sentence.number)
        };
        if found.is_empty() || is_excused() {
            Vec::new()
        } else {
            found
        }
    }

    /// Takes a sentence out in which the classifier alone finds that a rule is broken.
    fn by_opinion(&mut self, sentence: &mut Sentence) {
        let rule_of = |id: &str| RULES.iter().find(|rule| rule.id == id);
        let broken = sentence.opinion.broken(|id| self.needed(rule_of(id)?, sentence));
        if let Some(rule) = broken.and_then(rule_of) {
            self.must_replace |= rule.action == Action::Replace;
            self.remove(rule, sentence);
        }
    }

    /// By how much the classifier's score must be over its threshold to break a rule without a phrase, if that is ever enough.
    fn needed(&self, rule: &RuleData, sentence: &Sentence) -> Option<f32> {
        let said = opinion::sentence(self.read.answer, &self.read.tokens, &self.read.words(sentence.number));
        // To tell what it was given to read gives nothing away.
        let is_about_sources = rule.about_sources || rule.id == LEAK;
        let names_a_source = || is_about_sources && self.read.names_a_source(sentence.number);
        let is_own = || ABOUT_RECORDS.contains(&rule.id) && identity::names_patient(said, &self.context.patient_id);
        // Comfort in general is welcome where nothing is urgent; what is said of a complaint is not general.
        let is_comfort = || {
            let complains = |noted: &Noted| noted.sense != Sense::Denied;
            !rule.applies(self.context) && !Text::read(said).noted.iter().any(complains)
        };
        if names_a_source() || is_own() || is_comfort() {
            return None;
        }
        // For a leak the whole answer is lost.
        let must_be_sure = rule.id == LEAK || !rule.applies(self.context);
        Some(match (must_be_sure, self.sends_to_care(rule, sentence)) {
            (true, _) => SURELY,
            (false, true) => LIKELY,
            (false, false) => 0.0,
        })
    }

    /// Whether a sentence that is said to play danger down tells where to go: to take that out is worse than to leave in what
    /// plays it down a little.
    fn sends_to_care(&self, rule: &RuleData, sentence: &Sentence) -> bool {
        rule.only_when_urgent && self.read.has(SENDS_TO_CARE, sentence.number)
    }

    /// Takes a sentence out. The first one that a rule takes out leaves the rule's note.
    fn remove(&mut self, rule: &'static RuleData, sentence: &mut Sentence) {
        let noted = &mut self.carried.noted;
        let note = if sentence.is_removed || rule.note.is_empty() || noted.contains(&rule.id) {
            String::new()
        } else {
            noted.push(rule.id);
            let name = if rule.applies(self.context) {
                rule.note
            } else {
                TO_BE_SEEN
            };
            text(&self.context.locale, name)
        };
        sentence.is_removed = true;
        let words = self.read.words(sentence.number);
        let edit = Edit::take_out(&words, note, self.read.answer, &self.read.tokens);
        self.edits.push((rule.id, edit));
    }
}
