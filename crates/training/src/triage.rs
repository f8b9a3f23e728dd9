//! How urgent is a message, and which presentation is it like?

use std::path::Path;

use anyhow::Result;
use medchat_evaluation::Case;
use medchat_safety::training::{CATEGORIES, NETWORK_WEIGHT, features_of_message, odds, rows_of_message};

use crate::copies::{self, Message};
use crate::folds;
use crate::machine::Machine;
use crate::network::{Network, Sequence};
use crate::sample::Sample;
use crate::weights_file::{self, Head};

/// Two to the power of this many buckets.
const BITS: u32 = 19;
const CATEGORY_BITS: u32 = 15;

/// A question that the classifier answers: is it this urgent at least?
struct Question {
    name: &'static str,
    /// The share of the cases of which the answer is no that may get a yes: by the whole, and by some part of a long message.
    false_alarms: f64,
    false_alarms_of_parts: f64,
}

/// The share of the cases of which the answer is yes that are so unlike one that the classifier is sure of a no.
const LOST: f64 = 0.015;

const QUESTIONS: [Question; 3] = [
    Question {
        name: "emergency",
        false_alarms: 0.045,
        false_alarms_of_parts: 0.03,
    },
    Question {
        name: "urgent",
        false_alarms: 0.07,
        false_alarms_of_parts: 0.03,
    },
    Question {
        name: "routine",
        false_alarms: 0.12,
        false_alarms_of_parts: 0.05,
    },
];

/// A message as the classifier sees it.
struct Example {
    message: Message,
    whole: Sample,
    parts: Vec<Sample>,
    sequence: Sequence,
}

/// Trains on `cases` and copies of them around which `orders` stand, a line each, and writes into `model`.
pub fn train(cases: Vec<Case>, orders: &str, model: &Path) -> Result<()> {
    let numbered = cases.into_iter().enumerate();
    let mut messages: Vec<Message> = numbered
        .map(|(family, case)| Message {
            category: category(&case.category),
            text: case.text,
            level: case.level,
            family,
            is_copy: false,
        })
        .collect();
    let copies = copies::of(&messages, &orders.lines().collect::<Vec<_>>());
    println!("{} cases, {} copies", messages.len(), copies.len());
    messages.extend(copies);
    let examples: Vec<Example> = messages.into_iter().map(example).collect();
    train_urgency(&examples, model)?;
    train_categories(&examples, model)
}

fn example(message: Message) -> Example {
    let features = features_of_message(&message.text);
    Example {
        whole: Sample::new(&features.whole, BITS),
        parts: features.parts.iter().map(|part| Sample::new(part, BITS)).collect(),
        sequence: Sequence {
            words: rows_of_message(&message.text),
            class: message.level as usize,
        },
        message,
    }
}

fn train_urgency(examples: &[Example], model: &Path) -> Result<()> {
    let family = |example: &Example| example.message.family;
    let network_odds = folds::held_out(examples, family, train_network, |network, example| {
        let scores = network.scores(&example.sequence);
        odds(std::array::from_fn(|class| scores[class]))
    });
    let mut heads = Vec::new();
    for (level, question) in QUESTIONS.iter().enumerate() {
        let train = |examples: &[&Example]| train_machine(examples, level);
        let linear = folds::held_out(examples, family, train, |machine, example| {
            let parts = example.parts.iter().map(|part| machine.score(part));
            (machine.score(&example.whole), parts.fold(f32::MIN, f32::max))
        });
        let scored: Vec<Scored<'_>> = examples
            .iter()
            .zip(linear.into_iter().zip(&network_odds))
            .map(|(example, ((whole, part), odds))| Scored {
                is_yes: example.message.level as usize <= level,
                whole: whole + NETWORK_WEIGHT * odds[level],
                part,
                example,
            })
            .collect();
        // Copies are easier than what people wrote: the thresholds are for the latter.
        let nos = || {
            scored
                .iter()
                .filter(|scored| !scored.is_yes && !scored.example.message.is_copy)
        };
        let threshold = folds::quantile(nos().map(|no| no.whole).collect(), 1.0 - question.false_alarms);
        let long = nos().filter(|no| !no.example.parts.is_empty());
        let part_threshold = folds::quantile(long.map(|no| no.part).collect(), 1.0 - question.false_alarms_of_parts);
        let yeses = scored
            .iter()
            .filter(|scored| scored.is_yes && !scored.example.message.is_copy);
        let sure_not = folds::quantile(yeses.map(|yes| yes.whole).collect(), LOST).min(threshold);
        println!("{}:", question.name);
        for (name, is_copy) in [("cases", false), ("copies", true)] {
            let share = |is_yes: bool| {
                let of = scored
                    .iter()
                    .filter(|scored| scored.is_yes == is_yes && scored.example.message.is_copy == is_copy);
                let found = of.map(|scored| scored.whole > threshold || scored.part > part_threshold);
                folds::share(found)
            };
            println!("  {name}: {:.3} found, {:.3} false alarms", share(true), share(false));
        }
        heads.push(Head {
            machine: train(&examples.iter().collect::<Vec<_>>()),
            threshold,
            part_threshold,
            sure_not,
        });
    }
    weights_file::write(&model.join("triage.weights"), BITS, &heads)?;
    train_network(&examples.iter().collect::<Vec<_>>()).write(&model.join("triage.network"))?;
    Ok(())
}

/// What cross-validation says of an example.
struct Scored<'e> {
    is_yes: bool,
    whole: f32,
    part: f32,
    example: &'e Example,
}

fn train_machine(examples: &[&Example], level: usize) -> Machine {
    let sides = examples
        .iter()
        .map(|example| (&example.whole, example.message.level as usize <= level));
    Machine::train(&sides.collect::<Vec<_>>(), 1 << BITS)
}

fn train_network(examples: &[&Example]) -> Network {
    let sequences: Vec<&Sequence> = examples.iter().map(|example| &example.sequence).collect();
    Network::train(&sequences, 4)
}

fn train_categories(examples: &[Example], model: &Path) -> Result<()> {
    // What is looked after at home needs no advice of its own.
    let cases = examples
        .iter()
        .filter(|example| (example.message.level as usize) < 3 && !example.message.is_copy);
    let samples: Vec<(Sample, usize)> = cases
        .map(|example| {
            let features = features_of_message(&example.message.text);
            (Sample::new(&features.whole, CATEGORY_BITS), example.message.category)
        })
        .collect();
    let train = |number: usize| {
        let sides = samples.iter().map(|(sample, category)| (sample, *category == number));
        Head {
            machine: Machine::train(&sides.collect::<Vec<_>>(), 1 << CATEGORY_BITS),
            threshold: 0.0,
            part_threshold: 0.0,
            sure_not: 0.0,
        }
    };
    let heads: Vec<Head> = (0..CATEGORIES.len()).map(train).collect();
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
