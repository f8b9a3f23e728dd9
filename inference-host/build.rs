//! Embeds the reference text: every Markdown file of `knowledge/` goes into the program.
//!
//! A build script, because it makes Cargo build anew when a topic is edited or added.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    let manifest_dir = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or(io::ErrorKind::NotFound)?);
    let out_dir = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    let knowledge = manifest_dir.join("../knowledge");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", knowledge.display());
    fs::write(out_dir.join("topics.rs"), topics(&knowledge)?)
}

/// Source of an array of (file name, text), in the order of the names so that builds are reproducible.
fn topics(knowledge: &Path) -> io::Result<String> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(knowledge)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "md") {
            paths.push(path);
        }
    }
    paths.sort();
    let entries: String = paths
        .iter()
        .filter_map(|path| Some((path.file_name()?.to_str()?, path.canonicalize().ok()?)))
        .map(|(name, path)| format!("    ({name:?}, include_str!({path:?})),\n"))
        .collect();
    Ok(format!("&[\n{entries}]\n"))
}
