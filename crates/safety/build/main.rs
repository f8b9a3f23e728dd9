//! Turns the rule files under `rules/` into constant tables, so that nothing is parsed when an instance starts.
//!
//! A mistake in a rule file (an unknown finding, a missing guideline, a misspelt key) stops the build and names the file.

mod data;
mod phrase;
mod review;
mod tables;
#[path = "../src/text/mod.rs"]
#[allow(dead_code)]
mod text;
mod triage;

use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=src/text");
    println!("cargo::rerun-if-changed=src/lexicon_hash.rs");
    let rules = Path::new("rules");
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR for build scripts");
    let write = |name: &str, source: String| {
        let path = Path::new(&out).join(name);
        fs::write(&path, source).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    };
    write("triage_tables.rs", triage::source(rules));
    write("review_tables.rs", review::source(rules));
}
