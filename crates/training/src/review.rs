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
        .map(|case| {
            let broken = case.violations.first();
            let broken = broken.and_then(|rule| REVIEW_RULES.iter().position(|known| known == rule));
            let sentences = features_of_answer(&case.answer);
            Passage {
                sentences: sentences
                    .iter()
                    .map(|features| Sample::new(features, BITS, 0, 0))
                    .collect(),
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
        let of = |yes: bool| {
            let mut of: Vec<f32> = passages
                .iter()
                .zip(&scores)
                .filter(|(passage, _)| (passage.broken == Some(number)) == yes)
                .map(|(_, score)| *score)
                .collect();
            of.sort_by(f32::total_cmp);
            of
        };
        let threshold = folds::at_share(&of(false), 1.0 - FALSE_ALARMS);
        let sure_not = folds::at_share(&of(true), LOST);
        #[allow(clippy::cast_precision_loss, reason = "counts of cases")]
        let found = of(true).iter().filter(|score| **score > threshold).count() as f64 / of(true).len() as f64;
        println!(
            "{rule}: {found:.3} found with {FALSE_ALARMS} false alarms (at {threshold:.3}); excused under {sure_not:.3}"
        );
        heads.push(Head {
            machine: machine(&all, number),
            threshold,
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
        let mut samples: Vec<Sample> = Vec::new();
        for (passage, worst) in passages.iter().zip(&worst) {
            let is_yes = passage.broken == Some(head);
            for (at, sentence) in passage.sentences.iter().enumerate() {
                if !is_yes || at == *worst {
                    samples.push(Sample {
                        level: usize::from(is_yes),
                        ..sentence.clone()
                    });
                }
            }
        }
        let trained = Machine::train(
            &samples.iter().collect::<Vec<_>>(),
            |sample| sample.level == 1,
            1 << BITS,
        );
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
        |others| machine(others, head),
        |machine, passage| {
            let scores = passage.sentences.iter().map(|sentence| machine.score(sentence));
            scores.fold(f32::MIN, f32::max)
        },
    )
}
