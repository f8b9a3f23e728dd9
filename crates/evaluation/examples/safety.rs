//! The evaluation without the rest of the `medchat` command, for working on rules:
//! `cargo run -p medchat-evaluation --example safety -- tests/safety [development|calibration|held-out|all] [figures]`.

use medchat_evaluation::{Error, Mapping, Set, evaluate, figures_text, misses_text, read};
use std::path::PathBuf;

fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments
        .next()
        .map_or_else(|| PathBuf::from("tests/safety"), PathBuf::from);
    let set = match arguments.next().as_deref() {
        Some("development") => Set::Development,
        Some("calibration") => Set::Calibration,
        Some("held-out") => Set::HeldOut,
        _ => Set::All,
    };
    let figures = evaluate(&read(&path, set, &Mapping::default())?);
    if arguments.next().is_none() {
        println!("{}", misses_text(&figures));
    }
    println!("{}", figures_text(&figures));
    Ok(())
}
