//! Which pages may call.

use medchat_tests::World;
use reqwest::{Method, Response};

async fn preflight(world: &World, origin: &str) -> Response {
    let request = world
        .request(Method::OPTIONS, "/api/chat/message")
        .header("origin", origin);
    request
        .header("access-control-request-method", "POST")
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn a_listed_origin_may_send_what_the_api_takes() {
    let world = World::start().await;
    let answer = preflight(&world, "http://localhost:3000").await;
    assert_eq!(answer.status(), 204);
    let header = |name: &str| answer.headers()[name].to_str().unwrap();
    assert_eq!(header("access-control-allow-origin"), "http://localhost:3000");
    assert_eq!(header("access-control-allow-credentials"), "true");
    assert_eq!(header("access-control-allow-methods"), "POST");
    assert!(header("access-control-allow-headers").contains("authorization"));
}

#[tokio::test]
async fn another_origin_is_granted_nothing() {
    let world = World::start().await;
    let answer = preflight(&world, "https://evil.example").await;
    let granted = answer
        .headers()
        .keys()
        .filter(|name| name.as_str().starts_with("access-control-"));
    assert_eq!(granted.count(), 0);
}

#[tokio::test]
async fn a_listed_origin_may_read_answers_and_problems() {
    let world = World::start().await;
    for path in ["/api/health", "/api/chat/history"] {
        let answer = world
            .get(path)
            .header("origin", "http://localhost:3000")
            .send()
            .await
            .unwrap();
        assert_eq!(
            answer.headers()["access-control-allow-origin"],
            "http://localhost:3000",
            "{path}"
        );
        assert!(
            answer.headers()["access-control-expose-headers"]
                .to_str()
                .unwrap()
                .contains("x-request-id")
        );
    }
}

#[tokio::test]
async fn a_cache_is_told_that_answers_differ_by_origin() {
    let world = World::start().await;
    let answer = world.get("/api/health").send().await.unwrap();
    assert!(answer.headers()["vary"].to_str().unwrap().contains("origin"));
    assert!(!answer.headers().contains_key("access-control-allow-origin"));
}
