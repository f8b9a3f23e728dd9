//! Trains the classifier that stands beside the rules, from the cases in `crates/training/cases`.
//!
//! `cargo run --release -p medchat-training` writes `crates/safety/model`; the same cases give the same files.

mod copies;
mod folds;
mod machine;
mod network;
mod random;
mod review;
mod sample;
mod triage;
mod weights_file;

use std::path::Path;

fn main() -> anyhow::Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let model = here.with_file_name("safety").join("model");
    let orders = std::fs::read_to_string(here.join("cases/orders.txt"))?;
    triage::train(&here.join("cases/triage"), &orders, &model)?;
    review::train(&here.join("cases/review.jsonl"), &model)
}
