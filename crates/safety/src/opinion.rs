//! How urgent the classifier finds a message.

use std::ops::Range;

use crate::classifier::features::{self, Group, Item};
use crate::classifier::weights::{LookedUp, Weights};
use crate::classifier::{Sum, reader, strongest};
use crate::findings::Text;
use crate::tables::RuleData;
use crate::types::Urgency;

/// Is it an emergency, is it at least urgent, should somebody see it?
const HEADS: [Urgency; 3] = [Urgency::Emergency, Urgency::Urgent, Urgency::Routine];

static WEIGHTS: Weights<3> = Weights::new(include_bytes!("../model/triage.weights"));

/// The presentations that the classifier tells apart, in the order of its heads: those whose advice would be wrong for any
/// other. The rest is `general`.
pub const CATEGORIES: [&str; 14] = [
    "abdomen",
    "anaphylaxis",
    "bleeding",
    "breathing",
    "cardiac",
    "children",
    "diabetes",
    "head-injury",
    "poisoning",
    "pregnancy",
    "self-harm",
    "sepsis",
    "stroke",
    "general",
];

static CATEGORY_WEIGHTS: Weights<14> = Weights::new(include_bytes!("../model/categories.weights"));

/// A message of more words than this is also read in parts, so that a few words are not lost in many.
pub const LONG: usize = 80;
/// How many words a part has.
const PART: usize = 64;
/// How far each part begins behind the one before.
const STEP: usize = 48;

/// The reader is asked of a message of at most so many words: of a longer one it would see too little, and none is to wait long.
pub const MOST_READ: usize = 200;

/// So far under its threshold an emergency is out of the question, whatever some words of the message say by themselves.
const OUT_OF_QUESTION: f32 = 1.5;

/// What the classifier says: of each question by how much the score is over its threshold, and whether the answer is surely no.
#[derive(Debug, Clone, Copy)]
pub struct Opinion([(f32, bool); 3]);

impl Opinion {
    /// How urgent it is.
    pub fn urgency(&self) -> Urgency {
        let found = HEADS.iter().zip(self.0).find(|(_, (over, _))| *over > 0.0);
        found.map_or(Urgency::SelfCare, |(urgency, _)| *urgency)
    }

    /// Whether it is nothing like an emergency.
    pub fn rules_out_emergency(&self) -> bool {
        self.0[0].0 < -OUT_OF_QUESTION
    }

    /// The most urgent that it may be: less only where the classifier is sure.
    pub fn limit(&self) -> Urgency {
        let possible = HEADS.iter().zip(self.0).find(|(_, (_, surely_not))| !surely_not);
        possible.map_or(Urgency::SelfCare, |(urgency, _)| *urgency)
    }
}

/// Judges a message, with the reader if it `may_read`. `fired` gives the rules that fire for a range of its words.
pub fn opinion<'r>(
    text: &Text<'_>,
    may_read: bool,
    fired: impl Fn(&Range<usize>) -> Vec<(&'r RuleData, Urgency)>,
) -> Opinion {
    let all = 0..text.tokens.len();
    let items = features::sequence(text.text, &text.tokens, &all);
    let looked_up = LookedUpWords::new(&items, all.len());
    let of = |range: &Range<usize>| {
        let mut sum = Sum::new(&WEIGHTS);
        looked_up
            .among(range)
            .iter()
            .for_each(|feature| sum.add_looked_up(feature));
        features::of_findings(text, range, &fired(range), &mut |group, feature, _| {
            sum.add(group, feature)
        });
        sum.scores()
    };
    let linear = of(&all);
    let ask = may_read && (is_in_doubt(linear) || contradicts(linear, &fired(&all)));
    let read = ask.then(|| odds(reader::levels(text.text)));
    let mut of_parts = [f32::MIN; 3];
    // The reader has seen the whole of it.
    if read.is_none() {
        for part in parts(all.len()) {
            let of_part = of(&part);
            of_parts = std::array::from_fn(|head| of_parts[head].max(of_part[head]));
        }
    }
    Opinion(std::array::from_fn(|head| {
        let of = WEIGHTS.head(head);
        let (over, surely_not) = of.judge(linear[head], read.map(|read| read[head]));
        let of_parts = of_parts[head] - of.part_threshold;
        (over.max(of_parts), surely_not && of_parts <= 0.0)
    }))
}

/// Whether the linear classifier is in doubt of what matters: whether to go now, or today.
fn is_in_doubt(scores: [f32; 3]) -> bool {
    (0..2).any(|head| WEIGHTS.head(head).is_in_doubt(scores[head]))
}

/// Whether the linear classifier is sure that a message is less urgent than a rule says: one of them is wrong.
fn contradicts(scores: [f32; 3], rules: &[(&RuleData, Urgency)]) -> bool {
    (0..2).any(|head| {
        let is_said = rules.iter().any(|(_, urgency)| *urgency <= HEADS[head]);
        is_said && scores[head] < WEIGHTS.head(head).sure[0]
    })
}

/// The parts in which a message of so many words is read besides; none where it is short.
pub fn parts(words: usize) -> impl Iterator<Item = Range<usize>> {
    let last = if words > LONG { words - PART + STEP } else { 0 };
    (0..last)
        .step_by(STEP)
        .map(move |start| start..(start + PART).min(words))
}

/// The features of words and letters, looked up once for all parts of a message.
struct LookedUpWords {
    features: Vec<LookedUp<3>>,
    /// How many of them belong to the words before each one.
    before: Vec<usize>,
}

impl LookedUpWords {
    fn new(items: &[Item<'_>], words: usize) -> Self {
        let mut features = Vec::with_capacity(words * 24);
        let mut before = Vec::with_capacity(words + 1);
        for number in 0..items.len() {
            // A mark may stand before its word and behind it.
            while before.len() <= items[number].at {
                before.push(features.len());
            }
            features::of_item(items, number, &mut |group, feature, _| {
                features.push(WEIGHTS.look_up(group, feature))
            });
        }
        before.resize(words + 1, features.len());
        Self { features, before }
    }

    fn among(&self, range: &Range<usize>) -> &[LookedUp<3>] {
        &self.features[self.before[range.start]..self.before[range.end]]
    }
}

/// The logarithms of how much likelier each urgency or a greater one is than a lesser.
pub fn odds(scores: [f32; 4]) -> [f32; 3] {
    let most = scores.iter().copied().fold(f32::MIN, f32::max);
    let powers = scores.map(|score| (score - most).exp());
    std::array::from_fn(|head| {
        let (yes, no) = powers.split_at(head + 1);
        (yes.iter().sum::<f32>() / no.iter().sum::<f32>()).ln()
    })
}

/// Passes on every feature of a range of words.
pub fn each(
    text: &Text<'_>,
    range: &Range<usize>,
    rules: &[(&RuleData, Urgency)],
    emit: &mut impl FnMut(Group, u32, usize),
) {
    features::of_words(&features::sequence(text.text, &text.tokens, range), emit);
    features::of_findings(text, range, rules, emit);
}

/// The words that made it think so.
pub fn words(text: &Text<'_>, urgency: Urgency, rules: &[(&RuleData, Urgency)]) -> Range<usize> {
    let all = 0..text.tokens.len();
    let head = HEADS.iter().position(|known| *known == urgency).unwrap_or_default();
    let mut sum = Sum::new(&WEIGHTS);
    each(text, &all, rules, &mut |group, feature, _| sum.add(group, feature));
    let mut worth = vec![0.0; all.len()];
    each(text, &all, rules, &mut |group, feature, at| {
        if group != Group::Rules {
            worth[at] += sum.worth(group, feature, head);
        }
    });
    strongest(&worth)
}

/// The presentation that the message is most like.
pub fn category(text: &Text<'_>, rules: &[(&RuleData, Urgency)]) -> &'static str {
    let mut sum = Sum::new(&CATEGORY_WEIGHTS);
    each(text, &(0..text.tokens.len()), rules, &mut |group, feature, _| {
        sum.add(group, feature)
    });
    let scores = sum.scores();
    let best = (0..CATEGORIES.len()).max_by(|a, b| scores[*a].total_cmp(&scores[*b]));
    CATEGORIES[best.unwrap_or_default()]
}
