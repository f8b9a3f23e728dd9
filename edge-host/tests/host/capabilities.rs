//! Each capability, allowed where the manifest grants it and denied where it does not: for a component, for a middleware
//! in front of it, and for a dependency behind it.

use crate::fixture::{Application, EVERYTHING, Running, hello_server};

const DENIED: &str = "AccessDenied";

async fn everything(application: Application) -> (Running, String) {
    let server = hello_server().await;
    (
        application.variable("host", &server).start().await,
        format!("http://{server}/"),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_uses_what_it_is_granted() {
    let (running, url) = everything(Application::plain(EVERYTHING)).await;
    assert_eq!(
        running.probe("key-value", "default").await,
        r#"value ["key"] true None"#
    );
    assert_eq!(
        running.probe("wasi-key-value", "default").await,
        r#"[("a", None), ("b", Some([50]))] []"#
    );
    assert_eq!(running.probe("increment", "default").await, "1");
    assert_eq!(running.probe("increment", "default").await, "2");
    assert_eq!(running.probe("swap", "default").await, "1");
    assert_eq!(
        running.probe("sqlite", "default").await,
        r#"1 [[Value::Integer(7), Value::Text("seven")]] true"#
    );
    assert_eq!(running.probe("variable", "greeting").await, "good morning");
    assert_eq!(running.probe("fetch", &url).await, "200 hello");
    assert_eq!(running.probe("environment", "GREETING").await, "hello");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_without_grants_is_denied_everything() {
    let running = Application::plain("").start().await;
    let url = format!("http://{}/", hello_server().await);
    for capability in ["key-value", "wasi-key-value", "increment", "swap", "sqlite"] {
        assert!(
            running.probe(capability, "default").await.ends_with(DENIED),
            "{capability}"
        );
    }
    let outcome = running.probe("variable", "greeting").await;
    assert!(
        outcome.contains("Undefined") && !outcome.contains("morning"),
        "{outcome}"
    );
    assert!(running.probe("fetch", &url).await.contains("HttpRequestDenied"));
    assert_eq!(running.probe("environment", "GREETING").await, "absent");
    assert_eq!(running.probe("files", "").await, "false");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_is_denied_other_labels_variables_and_hosts_than_its_own() {
    let (running, _) = everything(Application::plain(EVERYTHING)).await;
    assert!(running.probe("key-value", "other").await.ends_with(DENIED));
    assert!(running.probe("wasi-key-value", "other").await.ends_with(DENIED));
    assert!(running.probe("sqlite", "other").await.ends_with(DENIED));
    assert!(running.probe("variable", "time").await.contains("Undefined"));
    assert!(running.probe("variable", "no-name").await.contains("InvalidName"));
    let elsewhere = format!("http://{}/", hello_server().await);
    assert!(running.probe("fetch", &elsewhere).await.contains("HttpRequestDenied"));
}

/// What a capability's probe is given, and how its outcome begins when it is allowed and ends when it is denied.
fn probes(url: &str) -> [(&'static str, &'static str, String, &'static str, &'static str); 7] {
    [
        ("key_value_stores", "key-value", "default".to_owned(), "value", DENIED),
        ("key_value_stores", "wasi-key-value", "default".to_owned(), "[(", DENIED),
        ("key_value_stores", "swap", "default".to_owned(), "", DENIED),
        ("sqlite_databases", "sqlite", "default".to_owned(), "1 [[", DENIED),
        (
            "variables",
            "variable",
            "greeting".to_owned(),
            "good morning",
            "Undefined(\"greeting\")",
        ),
        (
            "allowed_outbound_hosts",
            "fetch",
            url.to_owned(),
            "200 hello",
            "is not permitted\"))",
        ),
        ("environment", "environment", "GREETING".to_owned(), "hello", "absent"),
    ]
}

#[derive(Clone, Copy)]
enum Place {
    Middleware,
    Dependency,
}

async fn inherits(place: Place, inherited: Option<&str>) {
    let inherit = inherited.map_or("false".to_owned(), |name| format!("[\"{name}\"]"));
    let application = match place {
        Place::Middleware => Application::behind_middleware(EVERYTHING, &inherit),
        Place::Dependency => Application::with_dependency(EVERYTHING, &inherit),
    };
    let (running, url) = everything(application).await;
    for (name, capability, argument, allowed, denied) in probes(&url) {
        let outcome = match place {
            Place::Middleware => running.probe_middleware(capability, &argument).await,
            Place::Dependency => running.probe(capability, &argument).await,
        };
        match inherited == Some(name) {
            true => assert!(
                outcome.starts_with(allowed) && !outcome.ends_with(denied),
                "{capability}: {outcome}"
            ),
            false => assert!(outcome.ends_with(denied), "{capability}: {outcome}"),
        }
    }
}

const CAPABILITIES: [&str; 5] = [
    "key_value_stores",
    "sqlite_databases",
    "variables",
    "allowed_outbound_hosts",
    "environment",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_middleware_that_inherits_nothing_is_denied_everything() {
    inherits(Place::Middleware, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_middleware_is_allowed_what_it_inherits_and_denied_the_rest() {
    for capability in CAPABILITIES {
        inherits(Place::Middleware, Some(capability)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dependency_that_inherits_nothing_is_denied_everything() {
    inherits(Place::Dependency, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dependency_is_allowed_what_it_inherits_and_denied_the_rest() {
    for capability in CAPABILITIES {
        inherits(Place::Dependency, Some(capability)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_inherits_everything_is_allowed_everything() {
    let (running, url) = everything(Application::behind_middleware(EVERYTHING, "true")).await;
    for (_, capability, argument, allowed, _) in probes(&url) {
        let outcome = running.probe_middleware(capability, &argument).await;
        assert!(outcome.starts_with(allowed), "{capability}: {outcome}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn inheriting_grants_no_more_than_the_component_was_granted() {
    let running = Application::behind_middleware("", "true").start().await;
    for capability in ["key-value", "wasi-key-value", "sqlite"] {
        assert!(
            running.probe_middleware(capability, "default").await.ends_with(DENIED),
            "{capability}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_concurrent_swaps_all_count() {
    let (running, _) = everything(Application::plain(EVERYTHING)).await;
    let counts = futures::future::join_all((0..200).map(|_| running.probe("swap", "default"))).await;
    let mut counts: Vec<u32> = counts.iter().map(|count| count.parse().unwrap()).collect();
    counts.sort_unstable();
    assert_eq!(counts, (1..=200).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn values_outlive_a_restart() {
    let (running, _) = everything(Application::plain(EVERYTHING)).await;
    assert_eq!(running.probe("increment", "default").await, "1");
    let application = running.application;
    running.host.shutdown().await;
    assert_eq!(application.start().await.probe("increment", "default").await, "2");
}
