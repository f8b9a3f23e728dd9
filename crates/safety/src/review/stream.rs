//! Review of an answer while it is still being written: each sentence is released as soon as it has passed.

use super::{
    Carried, LEAST_LETTERS, add_disclaimer, citations, letters, markup, mend, missing_disclaimer, replaced, verdict,
};
use crate::types::{Context, Span, Verdict, Violation};

/// Longer than this without the end of a sentence is no sentence: it is reviewed as it stands, so that memory is bounded.
const LONGEST_SENTENCE: usize = 8 * 1024;

/// Words behind whose full stop a sentence goes on.
const ABBREVIATIONS: [&str; 10] = ["e.g", "i.e", "dr", "mr", "mrs", "ms", "st", "no", "vs", "approx"];

/// One answer under review.
#[derive(Debug)]
pub struct ReviewStream {
    context: Context,
    /// What came and is not a whole sentence yet.
    pending: String,
    /// How many bytes of it hold no end of a sentence, whatever comes.
    searched: usize,
    /// How many bytes of the answer were reviewed.
    reviewed: usize,
    /// What was released.
    shown: String,
    violations: Vec<Violation>,
    carried: Carried,
    stopped: bool,
}

impl ReviewStream {
    /// Begins with nothing written yet.
    pub fn new(context: Context) -> Self {
        Self {
            context,
            pending: String::new(),
            searched: 0,
            reviewed: 0,
            shown: String::new(),
            violations: Vec::new(),
            carried: Carried::default(),
            stopped: false,
        }
    }

    /// Takes more of the answer and gives what may be shown now, in order. After something that must not be shown at all
    /// nothing is released any more.
    pub fn push(&mut self, chunk: &str) -> Vec<String> {
        if self.stopped {
            return Vec::new();
        }
        self.pending.push_str(chunk);
        let mut released = Vec::new();
        while let Some(end) = complete(&self.pending, &mut self.searched) {
            self.searched = 0;
            let rest = self.pending.split_off(end);
            let sentence = std::mem::replace(&mut self.pending, rest);
            released.extend(self.pass(&sentence));
            if self.stopped {
                break;
            }
        }
        released
    }

    /// The verdict on the whole answer. Its text begins with what was released, unless the decision is to replace it:
    /// then it stands in the place of everything shown so far.
    pub fn finish(mut self) -> Verdict {
        let rest = std::mem::take(&mut self.pending);
        if !self.stopped && !rest.is_empty() {
            self.pass(&rest);
        }
        let mended = !self.violations.is_empty();
        if self.stopped || (mended && letters(&self.shown) < LEAST_LETTERS) {
            return replaced(self.violations, &self.context.locale);
        }
        if !self.carried.has_disclaimer {
            self.violations.push(missing_disclaimer(self.reviewed));
            add_disclaimer(&mut self.shown, &self.context.locale);
        }
        verdict(self.shown, self.violations)
    }

    fn pass(&mut self, sentence: &str) -> Option<String> {
        let part = mend(sentence, &self.context, &mut self.carried);
        let moved = |at: u32| usize::try_from(at).unwrap_or(usize::MAX).saturating_add(self.reviewed);
        let violations = part.violations.into_iter().map(|found| Violation {
            span: Span::new(moved(found.span.start), moved(found.span.end)),
            ..found
        });
        self.violations.extend(violations);
        self.reviewed += sentence.len();
        self.stopped = part.shown.is_none();
        let shown = part.shown?;
        self.shown.push_str(&shown);
        (!shown.is_empty()).then_some(shown)
    }
}

/// Where the first whole sentence ends, with the white space behind it. What was `searched` is not searched again.
fn complete(text: &str, searched: &mut usize) -> Option<usize> {
    while let Some(at) = text[*searched..].find(['.', '!', '?', '\n']) {
        let stop = *searched + at;
        let behind = text[stop..].trim_start_matches(['.', '!', '?', ')', '"', '*', '_', '\u{201D}']);
        let next = behind.trim_start_matches(char::is_whitespace);
        // Without what comes next, "3." may be 3.5 and "</" may be the end of a tag.
        if next.is_empty() {
            break;
        }
        let end = text.len() - next.len();
        let separated = next.len() < behind.len();
        if separated && !goes_on(&text[..stop]) && !open_ended(&text[..end]) {
            return Some(end);
        }
        *searched = (text.len() - behind.len()).max(stop + 1);
    }
    (text.len() > LONGEST_SENTENCE).then(|| cut(text))
}

/// Where a text that does not end is cut: behind its last white space, so that no word is judged in two parts.
fn cut(text: &str) -> usize {
    match text.trim_end_matches(|c: char| !c.is_whitespace()).len() {
        0 => text.len(),
        end => end,
    }
}

fn goes_on(sentence: &str) -> bool {
    let word = sentence
        .rsplit(|c: char| c.is_whitespace() || c == '(')
        .next()
        .unwrap_or_default();
    let listed = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    listed || ABBREVIATIONS.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// Whether a tag, a link or a list of sources is open, so that its end decides what it is: a list of sources is judged as a whole.
fn open_ended(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let tag = text.rfind('<').is_some_and(|at| {
        let inside = &text[at + 1..];
        inside.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')) && !inside.contains('>')
    });
    let element = markup::HIDDEN.iter().any(|name| {
        let opened = lower.matches(&format!("<{name}")).count();
        opened > lower.matches(&format!("</{name}")).count()
    });
    let link = text.rfind("](").is_some_and(|at| !text[at..].contains(')'));
    let sources = citations::LABELS.iter().any(|label| lower.contains(label));
    tag || element || link || sources
}
