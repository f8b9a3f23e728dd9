//! How long triage takes inside the policy component: `cargo bench -p medchat-bench --bench policy`.
//!
//! Calls the component's export as a host does, so that passing the text in and the assessment out is measured, too.

use std::path::Path;
use std::time::Instant;

use medchat_bench::Samples;
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Engine, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

#[allow(missing_docs, reason = "generated from wit/policy")]
mod bindings {
    wasmtime::component::bindgen!({ path: "../wit/policy", world: "policy" });
}

use bindings::Policy;
use bindings::exports::medchat::policy::triage::Background;
use bindings::exports::medchat::policy::types::Locale;

struct Host {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for Host {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

/// Long messages as patients write them, in which few words stand twice.
const STORIES: &str = include_str!("../crates/training/cases/long.jsonl");

/// By these the classifier's limits were set, so that they are as many in doubt as any that it has not learnt.
const CHAT: &str = include_str!("../tests/safety/calibration_chat.jsonl");
const VIGNETTES: &str = include_str!("../tests/safety/calibration_vignettes.jsonl");

/// So often triage is measured at least.
const MEASURED: usize = 300;

fn main() -> wasmtime::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("");
    medchat::components::build(&root.join("spin.toml"), |command| eprintln!("{command}"))?;
    let engine = Engine::new(Config::new().wasm_component_model(true))?;
    let component = Component::from_file(&engine, root.join("target/wasm32-wasip2/release/policy.wasm"))?;
    let mut linker = Linker::new(&engine);
    wasmtime_wasi::p2::add_to_linker_sync(&mut linker)?;
    let mut store = Store::new(
        &engine,
        Host {
            wasi: WasiCtx::builder().build(),
            table: ResourceTable::new(),
        },
    );
    let policy = Policy::instantiate(&mut store, &component, &linker)?;
    println!("| triage of | median ms | nine of ten under ms | worst ms |\n|---|---|---|---|");
    for (name, texts) in texts() {
        let mut samples = Samples::default();
        for text in texts.iter().cycle().take(MEASURED.max(texts.len())) {
            let began = Instant::now();
            policy.medchat_policy_triage().call_triage(
                &mut store,
                text,
                &Background {
                    record: Vec::new(),
                    image: None,
                },
                &locale(),
            )?;
            samples.push(began.elapsed());
        }
        println!(
            "| {name} | {:.3} | {:.3} | {:.3} |",
            samples.quantile(0.5),
            samples.quantile(0.9),
            samples.quantile(1.0)
        );
    }
    Ok(())
}

/// What people write, and what would hurt most.
fn texts() -> Vec<(&'static str, Vec<String>)> {
    let repeated = |part: &str| vec![part.chars().cycle().take(4_000).collect::<String>()];
    vec![
        (
            "an everyday message",
            vec!["I have a runny nose and a sore throat since yesterday".to_owned()],
        ),
        ("400 short messages, most of them hard", messages(CHAT)),
        ("400 vignettes, most of them hard", messages(VIGNETTES)),
        ("a story of 1,000 characters", vec![story(1_000)]),
        ("a story of 4,000 characters", vec![story(4_000)]),
        (
            "4,000 characters of near-matches",
            repeated("chset pian chestt payn braeth "),
        ),
        ("4,000 combining marks", repeated("e\u{301}\u{302}\u{303}")),
        (
            "4,000 characters of abbreviations",
            repeated("cp sob loc n v d bp hr spo2 ha "),
        ),
        ("4,000 characters of denials", repeated("no pain no not never without ")),
        ("4,000 characters of numbers", repeated("40 38.5 120 / 80 ")),
        ("one word of 4,000 letters", repeated("a")),
    ]
}

fn story(characters: usize) -> String {
    messages(STORIES).join(" ").chars().take(characters).collect()
}

/// The texts of cases, a case a line.
fn messages(cases: &str) -> Vec<String> {
    let texts = cases.lines().filter_map(|line| {
        let case: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(case["text"].as_str()?.to_owned())
    });
    texts.collect()
}

fn locale() -> Locale {
    Locale {
        language: "en".into(),
        emergency_number: "112".into(),
        crisis_line: "116 123".into(),
        poison_line: "111".into(),
    }
}
