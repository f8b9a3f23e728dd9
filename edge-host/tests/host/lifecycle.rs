//! Starting, stopping, and how many instances there are.

use std::time::Duration;

use hyper::StatusCode;
use medchat_edge_host::StartError;

use crate::fixture::{Application, EVERYTHING};

#[tokio::test(flavor = "multi_thread")]
async fn one_instance_serves_many_requests() {
    let running = Application::plain("").start().await;
    for _ in 0..20 {
        running.text("/").await;
    }
    let stats = running.host.stats();
    assert_eq!((stats.requests, stats.instances_created["plain"]), (20, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_is_replaced_when_it_has_served_its_share() {
    let running = Application::plain("")
        .limits(|limits| limits.reuse.requests = 5)
        .start()
        .await;
    for _ in 0..20 {
        running.text("/").await;
    }
    assert_eq!(running.host.stats().instances_created["plain"], 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_wait_when_there_is_no_room_for_another_instance() {
    let limit = |limits: &mut medchat_edge_host::Limits| {
        limits.pool.memories = 2;
        limits.reuse.requests = 1;
    };
    let running = Application::plain("").limits(limit).start().await;
    let answers = futures::future::join_all((0..50).map(|_| running.get("/sleep?1"))).await;
    assert!(answers.iter().all(|answer| answer.status() == StatusCode::OK));
    assert_eq!(running.host.stats().instances_created["plain"], 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_beyond_the_limit_wait_to_be_accepted() {
    let running = Application::plain("")
        .limits(|limits| limits.connections = 1)
        .start()
        .await;
    let address = running.host.local_addr();
    let first = tokio::net::TcpStream::connect(address).await.unwrap();
    let waiting = running.get("/");
    let mut waiting = std::pin::pin!(waiting);
    assert!(
        tokio::time::timeout(Duration::from_millis(200), waiting.as_mut())
            .await
            .is_err()
    );
    drop(first);
    assert_eq!(waiting.await.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_lets_requests_finish_and_frees_the_port() {
    let running = Application::plain("").start().await;
    let address = running.host.local_addr();
    let url = format!("http://{address}/sleep?300").parse().unwrap();
    let request = tokio::spawn(running.client.get(url));
    while running.host.stats().requests == 0 {
        tokio::task::yield_now().await;
    }
    running.host.shutdown().await;
    assert_eq!(request.await.unwrap().unwrap().status(), StatusCode::OK);
    assert!(tokio::net::TcpListener::bind(address).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_does_not_wait_for_a_component_that_never_stops_computing() {
    let running = Application::plain("")
        .limits(|limits| limits.shutdown_grace = Duration::from_millis(200))
        .start()
        .await;
    let url = format!("http://{}/spin", running.host.local_addr()).parse().unwrap();
    let request = tokio::spawn(running.client.get(url));
    while running.host.stats().instances_created.get("plain") != Some(&1) {
        tokio::task::yield_now().await;
    }
    running.host.shutdown().await;
    assert!(request.await.unwrap().is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_is_named() {
    let running = Application::plain("").start().await;
    let mut second = Application::plain("");
    second.options.listen = running.host.local_addr();
    let error = second.refused().await;
    assert!(
        matches!(error, StartError::PortTaken(address) if address == running.host.local_addr()),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_that_is_not_built_is_named_with_what_builds_it() {
    let application = Application::new(
        "[[trigger.http]]\nroute = \"/\"\ncomponent = \"a\"\n\
         [component.a]\nsource = \"nowhere.wasm\"\n[component.a.build]\ncommand = \"make a\"",
    );
    let error = application.refused().await.to_string();
    assert!(error.contains("nowhere.wasm") && error.contains("make a"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_the_host_does_not_have_is_named() {
    let application = Application::new(
        "[[trigger.http]]\nroute = \"/\"\ncomponent = \"a\"\n[component.a]\nsource = \"$dependent.wasm\"",
    );
    let error = application.refused().await.to_string();
    assert!(error.contains("test:probe/probe"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_that_is_no_middleware_cannot_be_one() {
    let application = Application::new(
        "[[trigger.http]]\nroute = \"/\"\ncomponent = \"a\"\ndependencies.middleware = [{ component = \"b\" }]\n\
         [component.a]\nsource = \"$plain.wasm\"\n[component.b]\nsource = \"$plain.wasm\"",
    );
    let error = application.refused().await;
    assert!(matches!(error, StartError::Composition { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dependency_that_nothing_imports_is_refused() {
    let application = Application::new(
        "[[trigger.http]]\nroute = \"/\"\ncomponent = \"a\"\n[component.a]\nsource = \"$plain.wasm\"\n\
         [component.a.dependencies]\n\"test:probe\" = { path = \"$dependency.wasm\" }",
    );
    let error = application.refused().await;
    assert!(matches!(error, StartError::Composition { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_directory_that_cannot_be_written_is_named() {
    let mut application = Application::plain("");
    let file = application.directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    application.options = application.options.with_state_directory(&file);
    let error = application.refused().await;
    assert!(
        matches!(&error, StartError::StateDirectory { path, .. } if path.starts_with(&file)),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_a_variable_makes_unusable_is_refused_without_its_value() {
    let application = Application::plain(EVERYTHING).variable("host", "secret/path");
    let error = application.refused().await;
    assert!(matches!(error, StartError::Configuration { .. }), "{error}");
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_that_the_application_does_not_have_is_refused() {
    let error = Application::plain("").variable("tiem", "evening").refused().await;
    assert!(matches!(error, StartError::Variable(_)), "{error}");
}
