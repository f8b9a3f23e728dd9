//! Is the system well?

use medchat_tests::{FakeOllama, Setup, Wait, World};
use reqwest::Method;
use serde_json::Value;

async fn health(world: &World) -> (u16, Value) {
    let answer = world.get("/api/health").send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_system_with_its_model_is_healthy() {
    let world = World::start().await;
    let (status, body) = health(&world).await;
    assert_eq!(
        (status, &body["status"], &body["ollama_status"]),
        (200, &"healthy".into(), &"connected".into()),
        "{body}"
    );
    assert_eq!(
        (&body["database_status"], &body["orchestrator_status"]),
        (&"connected".into(), &"ready".into())
    );
}

#[tokio::test]
async fn a_system_without_its_model_is_degraded() {
    let world = Setup::default().without_ollama().start().await;
    let (status, body) = health(&world).await;
    assert_eq!(
        (status, &body["status"], &body["ollama_status"]),
        (200, &"degraded".into(), &"disabled".into()),
        "{body}"
    );
}

#[tokio::test]
async fn a_system_without_its_inference_host_is_unhealthy() {
    let mut world = World::start().await;
    world.inference.kill();
    let (status, body) = health(&world).await;
    assert_eq!((status, &body["status"]), (503, &"unhealthy".into()), "{body}");
}

#[tokio::test]
async fn an_ollama_that_hangs_does_not_make_health_hang() {
    let ollama = FakeOllama::start().await;
    ollama.hold_tags(Wait::Forever);
    let world = Setup::default().ollama(ollama).start().await;
    let (status, body) = health(&world).await;
    assert_eq!((status, &body["status"]), (200, &"degraded".into()), "{body}");
}

#[tokio::test]
async fn an_inference_host_that_hangs_does_not_make_health_hang() {
    if World::is_outside() {
        return;
    }
    // Connections to it are made, and nobody ever answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let world = Setup::default().variable("inference_url", &url).start().await;
    let (status, body) = health(&world).await;
    assert_eq!(
        (status, &body["orchestrator_status"]),
        (503, &"unreachable".into()),
        "{body}"
    );
}

#[tokio::test]
async fn a_load_balancer_may_ask_with_head() {
    let world = World::start().await;
    let answer = world.request(Method::HEAD, "/api/health").send().await.unwrap();
    assert_eq!(answer.status(), 200);
}
