//! What is wrong with an answer, sentence by sentence.
//!
//! The cases say of a whole passage what is wrong with it, and not in which of its sentences. So the machine is trained in
//! rounds: of each bad passage the sentence that it finds worst so far stands for all of it (multiple-instance learning,
//! Andrews et al. 2003).

use std::path::Path;

use anyhow::Result;
use medchat_evaluation::ReviewCase;
use medchat_safety::training::{DISCLAIMER, READER_WEIGHT, REVIEW_RULES, features_of_answer, read_sentence};

use crate::folds;
use crate::machine::Machine;
use crate::sample::Sample;
use crate::weights_file::{self, Head, Limits};

/// Two to the power of this many buckets.
const BITS: u32 = 18;
/// Rounds of choosing the worst sentences anew.
const ROUNDS: usize = 4;
/// For each rule the share of the passages without the fault that may be found to have it: more where only urgent turns are
/// judged, less where the whole answer is lost.
const FALSE_ALARMS: [f64; REVIEW_RULES.len()] = [0.005, 0.004, 0.028, 0.006, 0.0005, 0.001, 0.0015, 0.02];
/// The share of the passages with a fault that are so unlike one that a phrase of its rule is taken for something else.
const LOST: f64 = 0.05;
/// So far under its threshold a phrase of the rule is taken for something else, too, be the passages with its fault as unlike one
/// another as they may.
const SURELY_NOT: f32 = 1.0;
/// The share of the passages with a fault in which the linear classifier may be wrong where it is sure that there is none.
const WRONGLY_SURE: f64 = 0.05;

/// Which sentences are disclaimers is known of the cases of this file alone: others are not told apart from what is otherwise
/// innocent.
const DISCLAIMERS: &str = "disclaimers:";

/// A passage of an answer.
struct Passage {
    number: usize,
    sentences: Vec<Sentence>,
    /// Which of the rules it breaks, or that it is a disclaimer.
    broken: Option<usize>,
    /// Whether nobody said if it is a disclaimer.
    may_disclaim: bool,
    /// Whether it may cite what it was given: of that the classifier does not know.
    may_cite: bool,
}

impl Passage {
    /// Whether it is known what the head has to say of it.
    fn is_for(&self, head: usize) -> bool {
        match REVIEW_RULES[head] {
            DISCLAIMER => !self.may_disclaim,
            "invented-citation" => !self.may_cite,
            _ => true,
        }
    }
}

/// A sentence.
struct Sentence {
    text: String,
    sample: Sample,
}

/// Trains on `cases`, sets the limits by what the reader says of `calibration`, and writes into `model`.
pub fn train(cases: &[ReviewCase], calibration: &[ReviewCase], model: &Path) -> Result<()> {
    let passages: Vec<Passage> = cases.iter().filter_map(passage).enumerate().map(numbered).collect();
    println!("{} passages", passages.len());
    let all: Vec<&Passage> = passages.iter().collect();
    let calibration: Vec<(Passage, Vec<[f32; REVIEW_RULES.len()]>)> = calibration
        .iter()
        .filter_map(passage)
        .map(|passage| {
            let read = passage.sentences.iter().map(|sentence| read_sentence(&sentence.text));
            let read = read.collect();
            (passage, read)
        })
        .collect();
    let mut heads = Vec::new();
    for (number, (rule, false_alarms)) in REVIEW_RULES.into_iter().zip(FALSE_ALARMS).enumerate() {
        let scores = folds::held_out(
            &passages,
            |passage| passage.number,
            |others| machine(others, number),
            |machine, passage| worst(passage, |at| machine.score(&passage.sentences[at].sample)),
        );
        let of = |is_yes: bool| {
            let of = passages.iter().zip(&scores);
            let of = of.filter(|(passage, _)| passage.is_for(number) && (passage.broken == Some(number)) == is_yes);
            of.map(|(_, worst)| *worst).collect::<Vec<_>>()
        };
        let machine = machine(&all, number);
        let with_reader = |is_yes: bool| {
            let of = calibration
                .iter()
                .filter(|(passage, _)| passage.is_for(number) && (passage.broken == Some(number)) == is_yes);
            of.map(|(passage, read)| {
                worst(passage, |at| {
                    machine.score(&passage.sentences[at].sample) + READER_WEIGHT * read[at][number]
                })
            })
            .collect::<Vec<_>>()
        };
        let read_threshold = folds::quantile(with_reader(false), 1.0 - false_alarms);
        let threshold = folds::quantile(of(false), 1.0 - false_alarms);
        let limits = Limits {
            threshold,
            part_threshold: 0.0,
            // Nothing is taken out unread.
            sure: [folds::quantile(of(true), WRONGLY_SURE).min(threshold), f32::INFINITY],
            read_threshold,
            read_sure_not: folds::quantile(with_reader(true), LOST).clamp(read_threshold - SURELY_NOT, read_threshold),
        };
        let alone = folds::share(of(true).iter().map(|score| *score > limits.threshold));
        let found = folds::share(with_reader(true).iter().map(|score| *score > read_threshold));
        println!(
            "{rule}: the linear classifier alone finds {alone:.3}, with the reader {found:.3} of the calibration cases"
        );
        heads.push(Head { machine, limits });
    }
    weights_file::write(&model.join("review.weights"), BITS, &heads)?;
    Ok(())
}

/// The score of a passage's worst sentence.
fn worst(passage: &Passage, score: impl Fn(usize) -> f32) -> f32 {
    (0..passage.sentences.len()).map(score).fold(f32::MIN, f32::max)
}

/// What is wrong with the answer and where; nothing where it breaks only rules that the classifier does not judge.
fn passage(case: &ReviewCase) -> Option<Passage> {
    let broken = match case.violations.as_slice() {
        [] => None,
        [first, ..] => Some(REVIEW_RULES.iter().position(|known| known == first)?),
    };
    let sentences = features_of_answer(&case.answer).into_iter().map(|sentence| Sentence {
        sample: Sample::new(&sentence.features, BITS),
        text: sentence.text,
    });
    let sentences: Vec<Sentence> = sentences.collect();
    (!sentences.is_empty()).then_some(Passage {
        number: 0,
        // A passage that is one faulty sentence is certainly none.
        may_disclaim: !case.id.starts_with(DISCLAIMERS) && (broken.is_none() || sentences.len() > 1),
        may_cite: broken.is_none() && !case.context.sources.is_empty(),
        sentences,
        broken,
    })
}

fn numbered((number, passage): (usize, Passage)) -> Passage {
    Passage { number, ..passage }
}

fn machine(passages: &[&Passage], head: usize) -> Machine {
    let mut worst: Vec<usize> = passages.iter().map(|_| 0).collect();
    let mut machine = None;
    for _ in 0..ROUNDS {
        let mut samples: Vec<(&Sample, bool)> = Vec::new();
        for (passage, worst) in passages.iter().zip(&worst).filter(|(passage, _)| passage.is_for(head)) {
            let is_yes = passage.broken == Some(head);
            let sentences = passage.sentences.iter().enumerate();
            let chosen = sentences.filter(|(at, _)| !is_yes || at == worst);
            samples.extend(chosen.map(|(_, sentence)| (&sentence.sample, is_yes)));
        }
        let trained = Machine::train(&samples, 1 << BITS);
        for (passage, worst) in passages.iter().zip(&mut worst) {
            let scores: Vec<f32> = passage
                .sentences
                .iter()
                .map(|sentence| trained.score(&sentence.sample))
                .collect();
            *worst = (0..scores.len())
                .max_by(|a, b| scores[*a].total_cmp(&scores[*b]))
                .unwrap_or_default();
        }
        machine = Some(trained);
    }
    machine.expect("there is at least one round")
}
