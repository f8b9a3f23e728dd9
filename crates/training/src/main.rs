//! Trains the classifier that stands beside the rules, from `cases` here and from the development set of `tests/safety`.
//!
//! `cargo run --release -p medchat-training` writes `crates/safety/model`; the same cases give the same files. An argument,
//! `triage` or `review`, trains one of the two alone.

mod copies;
mod folds;
mod machine;
mod random;
mod review;
mod sample;
mod triage;
mod weights_file;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use medchat_evaluation::{Cases, Mapping, ReviewCase, Set, read};
use medchat_safety::Decision;

/// What stands around the head of a reference page.
const FENCE: &str = "+++\n";
/// So often the reference pages are learnt from: every patient is shown them.
const PAGES_REPEATED: usize = 8;

fn main() -> Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.join("../..");
    let folders = [here.join("cases"), root.join("tests/safety")];
    // What is held out stays out: only it can say how the classifier does on what it has not seen.
    let mut cases = of_set(Set::Development, &folders)?;
    let calibration = of_set(Set::Calibration, &folders)?;
    let orders = std::fs::read_to_string(here.join("orders.txt"))?;
    let model = root.join("crates/safety/model");
    let wanted = std::env::args().nth(1);
    let is_wanted = |part: &str| wanted.as_deref().is_none_or(|wanted| wanted == part);
    if is_wanted("triage") {
        triage::train(cases.triage, calibration.triage, &orders, &model)?;
    }
    if is_wanted("review") {
        let pages = reference_pages(&root.join("knowledge"))?;
        cases
            .review
            .extend(std::iter::repeat_n(pages, PAGES_REPEATED).flatten());
        review::train(&cases.review, &calibration.review, &model)?;
    }
    Ok(())
}

/// The pages that the built-in responder answers from, laid out as it does: nothing is wrong with them.
fn reference_pages(folder: &Path) -> Result<Vec<ReviewCase>> {
    let mut pages = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        pages.push(std::fs::read_to_string(entry?.path())?);
    }
    // In any order that stays the same.
    pages.sort();
    let bodies = pages
        .iter()
        .filter_map(|page| Some(page.strip_prefix(FENCE)?.split_once(FENCE)?.1));
    let cases = bodies.map(|body| ReviewCase {
        id: String::new(),
        answer: body.lines().map(laid_out).collect(),
        context: medchat_safety::Context::default(),
        expect: Decision::Allow,
        violations: Vec::new(),
    });
    Ok(cases.collect())
}

/// A line of a page. Its headings lead into lists, and its paragraphs are of one piece.
fn laid_out(line: &str) -> String {
    match line.strip_prefix("## ") {
        Some(heading) => format!("\n\n{heading}:\n"),
        None if line.starts_with("- ") => format!("{line}\n"),
        None => format!("{line} "),
    }
}

fn of_set(set: Set, folders: &[PathBuf]) -> Result<Cases> {
    let mut cases = Cases::default();
    for folder in folders {
        let of_folder = read(folder, set, &Mapping::default()).context("the cases cannot be read")?;
        cases.triage.extend(of_folder.triage);
        cases.review.extend(of_folder.review);
    }
    ensure!(
        !cases.triage.is_empty() && !cases.review.is_empty(),
        "there are no cases"
    );
    Ok(cases)
}
