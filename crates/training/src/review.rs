//! What is wrong with an answer, sentence by sentence.
//!
//! The cases say of a whole passage what is wrong with it, and not in which of its sentences. So the machine is trained in
//! rounds: of each bad passage the sentence that it finds worst so far stands for all of it (multiple-instance learning,
//! Andrews et al. 2003).

use std::path::Path;

use anyhow::Result;
use medchat_evaluation::ReviewCase;
use medchat_safety::training::{REVIEW_RULES, RULED_OUT, features_of_answer};

use crate::folds;
use crate::machine::Machine;
use crate::sample::Sample;
use crate::weights_file::{self, Head};

/// Two to the power of this many buckets.
const BITS: u32 = 18;
/// Rounds of choosing the worst sentences anew.
const ROUNDS: usize = 4;
/// For each rule the share of the passages without the fault that may be found to have it, by the classifier: more where only
/// urgent turns are judged, less where the whole answer is lost.
const FALSE_ALARMS: [f64; REVIEW_RULES.len()] = [0.008, 0.006, 0.020, 0.005, 0.001];
/// The same by the phrases of the rule, where the classifier does not excuse them.
const FALSE_ALARMS_OF_RULES: f64 = 0.004;

/// A passage of an answer.
struct Passage {
    number: usize,
    sentences: Vec<Sentence>,
    /// Which of the rules it breaks.
    broken: Option<usize>,
}

/// Trains on `cases` and writes into `model`.
pub fn train(cases: &[ReviewCase], model: &Path) -> Result<()> {
    let passages: Vec<Passage> = cases.iter().filter_map(passage).enumerate().map(numbered).collect();
    println!("{} passages", passages.len());
    let all: Vec<&Passage> = passages.iter().collect();
    let mut heads = Vec::new();
    for (number, (rule, false_alarms)) in REVIEW_RULES.into_iter().zip(FALSE_ALARMS).enumerate() {
        let scores = held_out_scores(&passages, number);
        let of = |is_yes: bool| {
            let of = passages.iter().zip(&scores);
            of.filter(move |(passage, _)| (passage.broken == Some(number)) == is_yes)
                .map(|(_, scores)| *scores)
        };
        let threshold = folds::quantile(of(false).map(|(worst, _)| worst).collect(), 1.0 - false_alarms);
        let by_rules = of(false).map(|(_, by_rules)| by_rules);
        let sure_not = folds::quantile(by_rules.collect(), 1.0 - FALSE_ALARMS_OF_RULES).min(threshold);
        let share =
            |is_yes: bool| folds::share(of(is_yes).map(|(worst, by_rules)| worst > threshold || by_rules > sure_not));
        println!("{rule}: {:.3} found, {:.4} false alarms", share(true), share(false));
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

/// What is wrong with the answer and where; nothing where it breaks only rules that the classifier does not judge.
fn passage(case: &ReviewCase) -> Option<Passage> {
    let broken = match case.violations.as_slice() {
        [] => None,
        [first, ..] => Some(REVIEW_RULES.iter().position(|known| known == first)?),
    };
    let sentences = features_of_answer(&case.answer);
    let sentences: Vec<Sentence> = sentences
        .iter()
        .map(|(features, rules)| Sentence {
            sample: Sample::new(features, BITS),
            by_rules: REVIEW_RULES.map(|rule| {
                let or = if rule == REVIEW_RULES[0] { RULED_OUT } else { rule };
                rules.iter().any(|known| known == rule || known == or)
            }),
        })
        .collect();
    (!sentences.is_empty()).then_some(Passage {
        number: 0,
        sentences,
        broken,
    })
}

/// A sentence, and of which of the rules a phrase stands in it.
struct Sentence {
    sample: Sample,
    by_rules: [bool; REVIEW_RULES.len()],
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

/// The scores of every passage's worst sentence, and of the worst in which a phrase of the rule stands, by a machine that was
/// trained without it.
fn held_out_scores(passages: &[Passage], head: usize) -> Vec<(f32, f32)> {
    folds::held_out(
        passages,
        |passage| passage.number,
        |others| machine(others, head),
        |machine, passage| {
            let scores = passage.sentences.iter().map(|sentence| {
                let score = machine.score(&sentence.sample);
                (score, if sentence.by_rules[head] { score } else { f32::MIN })
            });
            scores.fold((f32::MIN, f32::MIN), |worst, (score, by_rules)| {
                (worst.0.max(score), worst.1.max(by_rules))
            })
        },
    )
}
