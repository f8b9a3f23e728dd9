//! How urgent is a message, and which presentation is it like?

use std::path::Path;

use anyhow::Result;
use medchat_evaluation::Case;
use medchat_safety::training::{CATEGORIES, READER_WEIGHT, features_of_message, read_message};

use crate::copies::{self, Message};
use crate::folds;
use crate::machine::Machine;
use crate::sample::Sample;
use crate::weights_file::{self, Head, Limits};

/// Two to the power of this many buckets.
const BITS: u32 = 19;
const CATEGORY_BITS: u32 = 15;

/// A question that the classifier answers: is it this urgent at least?
struct Question {
    name: &'static str,
    /// The share of the messages of which the answer is no that may get a yes: by the linear classifier alone, by some part of a
    /// long message, and with the reader.
    false_alarms: f64,
    false_alarms_of_parts: f64,
    false_alarms_with_reader: f64,
}

const QUESTIONS: [Question; 3] = [
    Question {
        name: "emergency",
        false_alarms: 0.045,
        false_alarms_of_parts: 0.03,
        false_alarms_with_reader: 0.02,
    },
    Question {
        name: "urgent",
        false_alarms: 0.07,
        false_alarms_of_parts: 0.03,
        false_alarms_with_reader: 0.05,
    },
    Question {
        name: "routine",
        false_alarms: 0.12,
        false_alarms_of_parts: 0.05,
        false_alarms_with_reader: 0.12,
    },
];

/// The share of the answers in which the linear classifier may be wrong where it is sure.
const WRONGLY_SURE: f64 = 0.004;
/// The share of the messages of which the answer is yes that are so unlike one that the reader is sure of a no.
const LOST: f64 = 0.02;

/// A message as the classifier sees it.
struct Example {
    message: Message,
    whole: Sample,
    parts: Vec<Sample>,
}

/// Trains on `cases` and copies of them around which `orders` stand, a line each, sets the limits by what the reader says of
/// `calibration`, and writes into `model`.
pub fn train(cases: Vec<Case>, calibration: Vec<Case>, orders: &str, model: &Path) -> Result<()> {
    let mut messages: Vec<Message> = cases.into_iter().enumerate().map(message).collect();
    let copies = copies::of(&messages, &orders.lines().collect::<Vec<_>>());
    println!("{} cases, {} copies", messages.len(), copies.len());
    messages.extend(copies);
    let examples: Vec<Example> = messages.into_iter().map(example).collect();
    let calibration: Vec<(Example, [f32; 3])> = calibration
        .into_iter()
        .enumerate()
        .map(|case| example(message(case)))
        .map(|example| {
            let read = read_message(&example.message.text);
            (example, read)
        })
        .collect();
    train_urgency(&examples, &calibration, model)?;
    train_categories(&examples, model)
}

fn message((family, case): (usize, Case)) -> Message {
    Message {
        category: category(&case.category),
        text: case.text,
        level: case.level,
        family,
        is_copy: false,
    }
}

fn example(message: Message) -> Example {
    let features = features_of_message(&message.text);
    Example {
        whole: Sample::new(&features.whole, BITS),
        parts: features.parts.iter().map(|part| Sample::new(part, BITS)).collect(),
        message,
    }
}

fn train_urgency(examples: &[Example], calibration: &[(Example, [f32; 3])], model: &Path) -> Result<()> {
    let mut heads = Vec::new();
    for (level, question) in QUESTIONS.iter().enumerate() {
        let is_yes = |example: &Example| example.message.level as usize <= level;
        let train = |examples: &[&Example]| {
            let sides = examples.iter().map(|example| (&example.whole, is_yes(example)));
            Machine::train(&sides.collect::<Vec<_>>(), 1 << BITS)
        };
        let scores = folds::held_out(
            examples,
            |example| example.message.family,
            train,
            |machine, example| {
                let parts = example.parts.iter().map(|part| machine.score(part));
                (machine.score(&example.whole), parts.fold(f32::MIN, f32::max))
            },
        );
        // Copies are easier than what people wrote: the limits are for the latter.
        let of = |yes: bool| {
            let of = examples.iter().zip(&scores);
            of.filter(move |(example, _)| is_yes(example) == yes && !example.message.is_copy)
        };
        let whole = |yes: bool| of(yes).map(|(_, (whole, _))| *whole).collect::<Vec<_>>();
        let long = of(false).filter(|(example, _)| !example.parts.is_empty());
        let parts = long.map(|(_, (_, part))| *part).collect();
        let machine = train(&examples.iter().collect::<Vec<_>>());
        let read = |yes: bool| {
            let of = calibration.iter().filter(|(example, _)| is_yes(example) == yes);
            of.map(|(example, read)| machine.score(&example.whole) + READER_WEIGHT * read[level])
                .collect::<Vec<_>>()
        };
        let read_threshold = folds::quantile(read(false), 1.0 - question.false_alarms_with_reader);
        let limits = Limits {
            threshold: folds::quantile(whole(false), 1.0 - question.false_alarms),
            part_threshold: folds::quantile(parts, 1.0 - question.false_alarms_of_parts),
            sure: [
                folds::quantile(whole(true), WRONGLY_SURE),
                folds::quantile(whole(false), 1.0 - WRONGLY_SURE),
            ],
            read_threshold,
            read_sure_not: folds::quantile(read(true), LOST).min(read_threshold),
        };
        let alone = folds::share(whole(true).iter().map(|score| *score > limits.threshold));
        let with_reader = folds::share(read(true).iter().map(|score| *score > read_threshold));
        let in_doubt = calibration.iter().map(|(example, _)| {
            let score = machine.score(&example.whole);
            (limits.sure[0]..limits.sure[1]).contains(&score)
        });
        println!(
            "{}: the linear classifier alone finds {alone:.3}, with the reader {with_reader:.3} of the calibration cases are \
             found; in doubt {:.3}",
            question.name,
            folds::share(in_doubt)
        );
        heads.push(Head { machine, limits });
    }
    weights_file::write(&model.join("triage.weights"), BITS, &heads)?;
    Ok(())
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
            limits: Limits::default(),
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
