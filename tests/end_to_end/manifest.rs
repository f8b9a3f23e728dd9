//! What the application asks of its host: no more than it uses, and nothing that Spin does not have.

use std::collections::BTreeSet;

use medchat_tests::{build_components, manifest};
use serde::Deserialize;
use wac_graph::CompositionGraph;
use wac_graph::types::Package;

/// What Rust's standard library imports in any component: it opens nothing by itself.
const STANDARD: &[&str] = &[
    "wasi:cli/environment@0.2.6",
    "wasi:cli/exit@0.2.6",
    "wasi:cli/stderr@0.2.6",
    "wasi:cli/stdin@0.2.6",
    "wasi:cli/stdout@0.2.6",
    "wasi:cli/terminal-input@0.2.6",
    "wasi:cli/terminal-output@0.2.6",
    "wasi:cli/terminal-stderr@0.2.6",
    "wasi:cli/terminal-stdin@0.2.6",
    "wasi:cli/terminal-stdout@0.2.6",
    "wasi:clocks/monotonic-clock@0.2.6",
    "wasi:clocks/wall-clock@0.2.6",
    "wasi:io/error@0.2.6",
    "wasi:io/poll@0.2.6",
    "wasi:io/streams@0.2.6",
    "wasi:random/insecure-seed@0.2.6",
];

/// What each component may import beyond that.
const IMPORTS: &[(&str, &[&str])] = &[
    (
        "gateway",
        &[
            "spin:variables/variables@3.0.0",
            "wasi:clocks/monotonic-clock@0.3.0",
            "wasi:clocks/types@0.3.0",
            "wasi:http/handler@0.3.0",
            "wasi:http/types@0.3.0",
            "wasi:keyvalue/atomics@0.2.0-draft2",
            "wasi:keyvalue/store@0.2.0-draft2",
            "wasi:random/random@0.2.6",
        ],
    ),
    (
        "auth",
        &[
            "spin:key-value/key-value@3.0.0",
            "spin:variables/variables@3.0.0",
            "wasi:http/types@0.3.0",
            "wasi:random/random@0.2.6",
        ],
    ),
    (
        "chat",
        &[
            "medchat:policy/review@0.1.0",
            "medchat:policy/triage@0.1.0",
            "medchat:policy/types@0.1.0",
            "medchat:store/conversations@0.1.0",
            "medchat:store/types@0.1.0",
            "spin:variables/variables@3.0.0",
            "wasi:clocks/monotonic-clock@0.3.0",
            "wasi:clocks/types@0.3.0",
            "wasi:http/client@0.3.0",
            "wasi:http/types@0.3.0",
            "wasi:random/random@0.2.6",
        ],
    ),
    (
        "health",
        &[
            "medchat:store/conversations@0.1.0",
            "medchat:store/types@0.1.0",
            "spin:variables/variables@3.0.0",
            "wasi:clocks/monotonic-clock@0.3.0",
            "wasi:clocks/types@0.3.0",
            "wasi:http/client@0.3.0",
            "wasi:http/types@0.3.0",
        ],
    ),
    ("nowhere", &["wasi:http/types@0.3.0"]),
    ("store-sqlite", &["spin:sqlite/sqlite@3.1.0"]),
    ("policy", &[]),
];

fn imports(component: &str) -> BTreeSet<String> {
    build_components();
    let file = format!("target/wasm32-wasip2/release/{}.wasm", component.replace('-', "_"));
    let bytes = std::fs::read(manifest().with_file_name(file)).unwrap();
    let mut graph = CompositionGraph::new();
    let package = Package::from_bytes(component, None, bytes, graph.types_mut()).unwrap();
    graph.types()[package.ty()].imports.keys().cloned().collect()
}

#[test]
fn a_component_imports_no_more_than_its_list() {
    for (component, allowed) in IMPORTS {
        let allowed: BTreeSet<String> = STANDARD.iter().chain(*allowed).map(|name| (*name).to_owned()).collect();
        let more: Vec<_> = imports(component).difference(&allowed).cloned().collect();
        assert!(more.is_empty(), "{component} imports {more:?}");
    }
}

#[test]
fn a_components_list_has_no_more_than_it_imports() {
    for (component, allowed) in IMPORTS {
        let imported = imports(component);
        let unused: Vec<_> = allowed.iter().filter(|name| !imported.contains(**name)).collect();
        assert!(unused.is_empty(), "{component} does not import {unused:?}");
    }
}

#[derive(Deserialize)]
struct Manifest {
    component: std::collections::BTreeMap<String, toml::Value>,
}

#[test]
fn every_component_of_the_application_has_a_list() {
    let manifest: Manifest = toml::from_str(&std::fs::read_to_string(manifest()).unwrap()).unwrap();
    let listed: BTreeSet<_> = IMPORTS.iter().map(|(component, _)| (*component).to_owned()).collect();
    assert_eq!(manifest.component.into_keys().collect::<BTreeSet<_>>(), listed);
}

#[test]
fn the_manifest_names_only_capabilities_that_spin_knows() {
    medchat_edge_host::validate(&manifest()).unwrap();
}

#[test]
fn a_misspelt_capability_is_refused() {
    let text = std::fs::read_to_string(manifest())
        .unwrap()
        .replace(r#"["sqlite_databases"]"#, r#"["sqlite_database"]"#);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spin.toml");
    std::fs::write(&path, text).unwrap();
    let refusal = medchat_edge_host::validate(&path).unwrap_err().to_string();
    assert!(refusal.contains("sqlite_database"), "{refusal}");
}
