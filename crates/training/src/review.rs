//! What is wrong with an answer, sentence by sentence.
//!
//! The cases say of a whole passage what is wrong with it, and not in which of its sentences. So the machine is trained in
//! rounds: of each bad passage the sentence that it finds worst so far stands for all of it (multiple-instance learning,
//! Andrews et al. 2003).

use std::path::Path;

use anyhow::Result;
use medchat_evaluation::ReviewCase;
use medchat_safety::training::{READER_WEIGHT, REVIEW_RULES, RULED_OUT, features_of_answer, read_sentence};

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
const FALSE_ALARMS: [f64; REVIEW_RULES.len()] = [0.008, 0.006, 0.015, 0.006, 0.002];
/// The same by the phrases of the rule, where the classifier does not excuse them.
const FALSE_ALARMS_OF_RULES: f64 = 0.004;
/// The share of the sentences in which the linear classifier may be wrong where it is sure.
const WRONGLY_SURE: f64 = 0.004;

/// A passage of an answer.
struct Passage {
    number: usize,
    sentences: Vec<Sentence>,
    /// Which of the rules it breaks.
    broken: Option<usize>,
}

/// A sentence, and of which of the rules a phrase stands in it.
struct Sentence {
    text: String,
    sample: Sample,
    by_rules: [bool; REVIEW_RULES.len()],
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
            |machine, passage| worst(passage, number, |at| machine.score(&passage.sentences[at].sample)),
        );
        let of = |is_yes: bool| {
            let of = passages.iter().zip(&scores);
            let of = of.filter(|(passage, _)| (passage.broken == Some(number)) == is_yes);
            of.map(|(_, (worst, _))| *worst).collect::<Vec<_>>()
        };
        let machine = machine(&all, number);
        let with_reader = |is_yes: bool| {
            let of = calibration
                .iter()
                .filter(|(passage, _)| (passage.broken == Some(number)) == is_yes);
            of.map(|(passage, read)| {
                worst(passage, number, |at| {
                    machine.score(&passage.sentences[at].sample) + READER_WEIGHT * read[at][number]
                })
            })
            .collect::<Vec<_>>()
        };
        let without_fault = with_reader(false);
        let worst_of = |scores: &[(f32, f32)]| scores.iter().map(|(worst, _)| *worst).collect();
        let read_threshold = folds::quantile(worst_of(&without_fault), 1.0 - false_alarms);
        let by_rules = without_fault.iter().map(|(_, by_rules)| *by_rules).collect();
        let limits = Limits {
            threshold: folds::quantile(of(false), 1.0 - false_alarms),
            part_threshold: 0.0,
            sure: [
                folds::quantile(of(true), WRONGLY_SURE),
                folds::quantile(of(false), 1.0 - WRONGLY_SURE / 4.0),
            ],
            read_threshold,
            read_sure_not: folds::quantile(by_rules, 1.0 - FALSE_ALARMS_OF_RULES).min(read_threshold),
        };
        let alone = folds::share(of(true).iter().map(|score| *score > limits.threshold));
        let found = folds::share(with_reader(true).iter().map(|(score, _)| *score > read_threshold));
        println!(
            "{rule}: the linear classifier alone finds {alone:.3}, with the reader {found:.3} of the calibration cases"
        );
        heads.push(Head { machine, limits });
    }
    weights_file::write(&model.join("review.weights"), BITS, &heads)?;
    Ok(())
}

/// The score of a passage's worst sentence, and of the worst in which a phrase of the rule stands.
fn worst(passage: &Passage, rule: usize, score: impl Fn(usize) -> f32) -> (f32, f32) {
    let sentences = passage.sentences.iter().enumerate();
    sentences.fold((f32::MIN, f32::MIN), |worst, (at, sentence)| {
        let score = score(at);
        let by_rules = if sentence.by_rules[rule] { score } else { f32::MIN };
        (worst.0.max(score), worst.1.max(by_rules))
    })
}

/// What is wrong with the answer and where; nothing where it breaks only rules that the classifier does not judge.
fn passage(case: &ReviewCase) -> Option<Passage> {
    let broken = match case.violations.as_slice() {
        [] => None,
        [first, ..] => Some(REVIEW_RULES.iter().position(|known| known == first)?),
    };
    let sentences = features_of_answer(&case.answer).into_iter().map(|sentence| Sentence {
        sample: Sample::new(&sentence.features, BITS),
        by_rules: REVIEW_RULES.map(|rule| {
            let or = if rule == REVIEW_RULES[0] { RULED_OUT } else { rule };
            sentence.rules.iter().any(|known| *known == rule || *known == or)
        }),
        text: sentence.text,
    });
    let sentences: Vec<Sentence> = sentences.collect();
    (!sentences.is_empty()).then_some(Passage {
        number: 0,
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
        for (passage, worst) in passages.iter().zip(&worst) {
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
