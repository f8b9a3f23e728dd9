use super::*;

const MINIMAL: &str = r#"
    spin_manifest_version = 2
    [application]
    name = "test"
    [[trigger.http]]
    route = "/"
    component = "a"
    [component.a]
    source = "a.wasm"
"#;

fn refused(addition: &str) -> String {
    Manifest::parse(&format!("{MINIMAL}\n{addition}"))
        .expect_err(addition)
        .to_string()
}

/// The minimal manifest with one text in place of another.
fn refused_with(text: &str, other: &str) -> String {
    assert!(MINIMAL.contains(text));
    Manifest::parse(&MINIMAL.replace(text, other))
        .expect_err(other)
        .to_string()
}

#[test]
fn a_whole_manifest_is_read() {
    let manifest = Manifest::parse(
        r#"
        spin_manifest_version = 2
        [application]
        name = "test"
        version = "1.0.0"
        description = "A test."
        authors = ["someone"]
        [variables]
        key = { required = true, secret = true }
        host = { default = "localhost" }
        [[trigger.http]]
        route = "/api/..."
        component = "a"
        executor = { type = "http" }
        dependencies.middleware = [{ component = "m", inherit_configuration = ["variables"] }, { path = "n.wasm" }]
        [[trigger.http]]
        route = "/other/:id"
        component = "a"
        [component.m]
        source = "m.wasm"
        [component.a]
        source = "a.wasm"
        description = "Answers."
        key_value_stores = ["default"]
        sqlite_databases = ["default"]
        allowed_outbound_hosts = ["http://{{ host }}:8080"]
        environment = { A = "b" }
        variables = { key = "{{ key }}" }
        [component.a.build]
        command = "cargo build"
        [component.a.dependencies]
        "medchat:store" = { path = "store.wasm", inherit_configuration = true }
        "#,
    )
    .unwrap();
    let middleware = &manifest.triggers.http[0].dependencies.middleware;
    assert!(middleware[0].inherits(Capability::Variables));
    assert!(!middleware[0].inherits(Capability::KeyValueStores));
    assert!(!middleware[1].inherits(Capability::Variables));
    assert_eq!(manifest.dependency_source(&middleware[0]), Some(Path::new("m.wasm")));
    assert_eq!(manifest.triggers.http[1].component_id(), "a");
    assert!(manifest.variables["key"].secret);
}

#[test]
fn a_key_that_nobody_knows_is_named() {
    assert!(refused("key_value_store = []").contains("key_value_store"));
    assert!(refused_with("name = ", "nmae = ").contains("nmae"));
}

#[test]
fn what_only_spin_supports_is_named() {
    let additions = [
        ("files = [\"x\"]", "files"),
        ("ai_models = [\"x\"]", "ai_models"),
        ("allowed_http_hosts = [\"x\"]", "allowed_http_hosts"),
        (
            "dependencies_inherit_configuration = true",
            "dependencies_inherit_configuration",
        ),
        ("[component.a.profile.debug]", "profile"),
        ("[[trigger.redis]]\nchannel = \"x\"", "redis"),
        ("[component.a.dependencies]\n\"x:y\" = \"1.0\"", "registry"),
        (
            "[component.a.dependencies]\n\"x:y\" = { url = \"http://x\", digest = \"y\" }",
            "url",
        ),
        ("[application.trigger.http]\nbase = \"/\"", "trigger"),
    ];
    for (addition, name) in additions {
        let error = refused(addition);
        assert!(error.contains("not supported") && error.contains(name), "{error}");
    }
    let replacements = [
        (
            "source = \"a.wasm\"",
            "source = { url = \"http://x\", digest = \"y\" }",
            "url",
        ),
        (
            "source = \"a.wasm\"",
            "source = { registry = \"x\", package = \"y\", version = \"1\" }",
            "registry",
        ),
        ("route = \"/\"", "route = { private = true }", "private"),
        (
            "component = \"a\"",
            "component = \"a\"\nexecutor = { type = \"wagi\" }",
            "wagi",
        ),
        (
            "component = \"a\"",
            "static_response = { body = \"x\" }",
            "static_response",
        ),
        ("spin_manifest_version = 2", "spin_manifest_version = 1", "1"),
    ];
    for (text, other, name) in replacements {
        let error = refused_with(text, other);
        assert!(error.contains("not supported") && error.contains(name), "{error}");
    }
}

#[test]
fn a_reference_that_leads_nowhere_is_named() {
    assert!(refused_with("component = \"a\"", "component = \"b\"").contains("\"b\""));
    let middleware = "component = \"a\"\ndependencies.middleware = [{ component = \"m\" }]";
    assert!(refused_with("component = \"a\"", middleware).contains("\"m\""));
    assert!(refused("[component.a.dependencies]\n\"x:y\" = { component = \"d\" }").contains("\"d\""));
}

#[test]
fn a_capability_that_spin_would_silently_ignore_is_named() {
    let dependency = "{ path = \"m.wasm\", inherit_configuration = [\"variables\", \"keyvalue\"] }";
    let middleware = format!("component = \"a\"\ndependencies.middleware = [{dependency}]");
    assert!(refused_with("component = \"a\"", &middleware).contains("\"keyvalue\""));
    assert!(refused(&format!("[component.a.dependencies]\n\"x:y\" = {dependency}")).contains("\"keyvalue\""));
}

#[test]
fn a_dependency_that_declares_resources_itself_is_named() {
    for (resource, value) in [
        ("variables", "{ a = \"b\" }"),
        ("environment", "{ A = \"b\" }"),
        ("allowed_outbound_hosts", "[\"http://a\"]"),
        ("key_value_stores", "[\"default\"]"),
        ("sqlite_databases", "[\"default\"]"),
    ] {
        let declared = format!("[component.d]\nsource = \"d.wasm\"\n{resource} = {value}");
        let used = format!("[component.a.dependencies]\n\"x:y\" = {{ component = \"d\" }}\n{declared}");
        let error = refused(&used);
        assert!(error.contains("\"d\"") && error.contains(resource), "{error}");
        Manifest::parse(&format!("{MINIMAL}\n{declared}")).expect("it may declare them when it is no dependency");
    }
}

#[test]
fn a_route_that_is_there_twice_is_named() {
    assert!(refused("[[trigger.http]]\nroute = \"/\"\ncomponent = \"a\"").contains("twice"));
}

#[test]
fn a_template_of_an_unknown_variable_is_named() {
    assert!(refused("variables = { x = \"{{ unknown }}\" }").contains("\"unknown\""));
    assert!(refused("allowed_outbound_hosts = [\"http://{{ unknown }}\"]").contains("\"unknown\""));
}

#[test]
fn a_variable_is_required_or_has_a_default() {
    assert!(refused("[variables]\nx = { secret = true }").contains("variables.x"));
    assert!(refused("[variables]\nx = { required = true, default = \"\" }").contains("variables.x"));
}

#[test]
fn a_host_that_is_none_is_named() {
    assert!(refused("allowed_outbound_hosts = [\"localhost\"]").contains("localhost"));
}

#[test]
fn an_application_without_routes_is_refused() {
    assert!(Manifest::parse("spin_manifest_version = 2\n[application]\nname = \"x\"").is_err());
}
