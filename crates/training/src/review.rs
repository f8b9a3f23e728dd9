//! What is wrong with an answer, sentence by sentence.
//!
//! The cases say of a whole passage what is wrong with it, and not in which of its sentences. So the machine is trained in
//! rounds: of each bad passage the sentence that it finds worst so far stands for all of it (multiple-instance learning,
//! Andrews et al. 2003).

use std::path::Path;

use anyhow::{Context, Result, ensure};
use medchat_evaluation::{Mapping, Set, read};
use medchat_safety::training::{REVIEW_RULES, features_of_answer};

use crate::folds;
use crate::machine::Machine;
use crate::sample::Sample;
use crate::weights_file::{self, Head};

/// Two to the power of this many buckets.
const BITS: u32 = 18;
/// Rounds of choosing the worst sentences anew.
const ROUNDS: usize = 4;
/// The share of the passages without the fault that may be found to have it.
const FALSE_ALARMS: f64 = 0.01;
/// The share of the faults that a rule found which may be excused.
const LOST: f64 = 0.02;

/// A passage of an answer.
struct Passage {
    number: usize,
    sentences: Vec<Sample>,
    /// Which of the rules it breaks.
    broken: Option<usize>,
}

/// Trains on all cases in the file `cases` and writes into `model`.
pub fn train(cases: &Path, model: &Path) -> Result<()> {
    let cases = read(cases, Set::All, &Mapping::default()).context("the cases cannot be read")?;
    ensure!(!cases.review.is_empty(), "there are no cases");
    let passages: Vec<Passage> = cases
        .review
        .iter()
        .enumerate()
        .map(|(number, case)| {
            let broken = case.violations.first();
            let broken = broken.and_then(|rule| REVIEW_RULES.iter().position(|known| known == rule));
            let sentences = features_of_answer(&case.answer);
            Passage {
                number,
                sentences: sentences.iter().map(|features| Sample::new(features, BITS)).collect(),
                broken,
            }
        })
        .filter(|passage| !passage.sentences.is_empty())
        .collect();
    println!("{} passages", passages.len());
    let all: Vec<&Passage> = passages.iter().collect();
    let mut heads = Vec::new();
    for (number, rule) in REVIEW_RULES.into_iter().enumerate() {
        let scores = held_out_scores(&passages, number);
        let of = |yes: bool| -> Vec<f32> {
            let of = passages.iter().zip(&scores);
            let of = of.filter(|(passage, _)| (passage.broken == Some(number)) == yes);
            of.map(|(_, score)| *score).collect()
        };
        let threshold = folds::quantile(of(false), 1.0 - FALSE_ALARMS);
        let sure_not = folds::quantile(of(true), LOST);
        println!(
            "{rule}: {:.3} found with {FALSE_ALARMS} false alarms; {:.3} of the others excused",
            folds::share_above(&of(true), threshold),
            1.0 - folds::share_above(&of(false), sure_not),
        );
        heads.push(Head {
            machine: machine(&all, number),
            threshold,
            part_threshold: threshold,
            sure_not,
        });
    }
    weights_file::write(&model.join("review.weights"), BITS, &heads)?;
    Ok(())
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
            samples.extend(chosen.map(|(_, sentence)| (sentence, is_yes)));
        }
        let trained = Machine::train(&samples, 1 << BITS);
        for (passage, worst) in passages.iter().zip(&mut worst) {
            let scores: Vec<f32> = passage
                .sentences
                .iter()
                .map(|sentence| trained.score(sentence))
                .collect();
            *worst = (0..scores.len())
                .max_by(|a, b| scores[*a].total_cmp(&scores[*b]))
                .unwrap_or_default();
        }
        machine = Some(trained);
    }
    machine.expect("there is at least one round")
}

/// The score of every passage's worst sentence, by a machine that was trained without it.
fn held_out_scores(passages: &[Passage], head: usize) -> Vec<f32> {
    folds::held_out(
        passages,
        |passage| passage.number,
        |others| machine(others, head),
        |machine, passage| {
            let scores = passage.sentences.iter().map(|sentence| machine.score(sentence));
            scores.fold(f32::MIN, f32::max)
        },
    )
}
