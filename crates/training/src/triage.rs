//! How urgent is a message, and which presentation is it like?

use std::path::Path;

use anyhow::{Context, Result, ensure};
use medchat_evaluation::{Mapping, Set, read};
use medchat_safety::training::{CATEGORIES, NETWORK_WEIGHT, features_of_message, odds, rows_of_message};

use crate::folds;
use crate::machine::Machine;
use crate::network::{Network, Sequence};
use crate::sample::Sample;
use crate::weights_file::{self, Head};

/// Two to the power of this many buckets.
const BITS: u32 = 19;
const CATEGORY_BITS: u32 = 15;

/// For each question (an emergency, at least urgent, at least routine): the share of the cases of which the answer is no
/// that may get a yes, and the share of those with a yes that the rules may never be overruled for.
const QUESTIONS: [(&str, f64, f64); 3] = [
    ("emergency", 0.04, 0.06),
    ("urgent", 0.08, 0.01),
    ("routine", 0.15, 0.02),
];

/// Trains on all cases in `cases` and writes into `model`.
pub fn train(cases: &Path, model: &Path) -> Result<()> {
    let cases = read(cases, Set::All, &Mapping::default()).context("the cases cannot be read")?;
    ensure!(!cases.triage.is_empty(), "there are no cases");
    let sample = |bits: u32| {
        let of = cases.triage.iter().map(move |case| {
            let features = features_of_message(&case.text);
            Sample::new(&features, bits, case.level as usize, category(&case.category))
        });
        of.collect::<Vec<_>>()
    };
    let samples = sample(BITS);
    println!("{} cases", samples.len());
    let sequences: Vec<Sequence> = cases
        .triage
        .iter()
        .map(|case| Sequence {
            words: rows_of_message(&case.text),
            class: case.level as usize,
        })
        .collect();
    let network_odds = folds::held_out(&sequences, |others| Network::train(others, 4), odds_of);
    let mut heads = Vec::new();
    for (level, (name, false_alarms, lost)) in QUESTIONS.into_iter().enumerate() {
        let is_yes = move |sample: &Sample| sample.level <= level;
        let linear = folds::held_out(
            &samples,
            |others| Machine::train(others, is_yes, 1 << BITS),
            Machine::score,
        );
        let both = linear
            .iter()
            .zip(&network_odds)
            .map(|(linear, odds)| linear + NETWORK_WEIGHT * odds[level]);
        let scores: Vec<f32> = both.collect();
        let threshold = folds::quantile(&samples, &scores, |sample| !is_yes(sample), 1.0 - false_alarms);
        let sure_not = folds::quantile(&samples, &scores, is_yes, lost);
        let found = folds::share_above(&samples, &scores, is_yes, threshold);
        let quiet = folds::share_above(&samples, &scores, |sample| !is_yes(sample), sure_not);
        println!(
            "{name}: {found:.3} found with {false_alarms:.3} false alarms (at {threshold:.3}); the rules are overruled in {:.3} of \
             the others (under {sure_not:.3})",
            1.0 - quiet
        );
        heads.push(Head {
            machine: Machine::train(&samples.iter().collect::<Vec<_>>(), is_yes, 1 << BITS),
            threshold,
            sure_not,
        });
    }
    weights_file::write(&model.join("triage.weights"), BITS, &heads)?;
    Network::train(&sequences.iter().collect::<Vec<_>>(), 4).write(&model.join("triage.network"))?;
    train_categories(&sample(CATEGORY_BITS), model)
}

fn odds_of(network: &Network, sequence: &Sequence) -> [f32; 3] {
    let scores = network.scores(sequence);
    odds(std::array::from_fn(|class| scores[class]))
}

fn train_categories(samples: &[Sample], model: &Path) -> Result<()> {
    // What is looked after at home needs no advice of its own.
    let samples: Vec<&Sample> = samples.iter().filter(|sample| sample.level < 3).collect();
    let heads: Vec<Head> = std::thread::scope(|scope| {
        let samples = &samples;
        let train = |number: usize| {
            let machine = Machine::train(samples, move |sample| sample.category == number, 1 << CATEGORY_BITS);
            Head {
                machine,
                threshold: 0.0,
                sure_not: 0.0,
            }
        };
        let started: Vec<_> = (0..CATEGORIES.len())
            .map(|number| scope.spawn(move || train(number)))
            .collect();
        started
            .into_iter()
            .map(|head| head.join().expect("training does not panic"))
            .collect()
    });
    weights_file::write(&model.join("categories.weights"), CATEGORY_BITS, &heads)?;
    Ok(())
}

/// The classifier's presentation for one of the cases'. Where a presentation of the cases holds several with different
/// advice, it is `general`, whose advice is right for all of them.
fn category(name: &str) -> usize {
    let ours = match name {
        "abdomen_gi" => "abdomen",
        "endocrine" => "diabetes",
        "head_injury" => "head-injury",
        "poisoning_overdose" => "poisoning",
        "self_harm" => "self-harm",
        "sepsis_meningitis" => "sepsis",
        other => other,
    };
    let place = CATEGORIES.iter().position(|category| *category == ours);
    place.unwrap_or(CATEGORIES.len() - 1)
}
