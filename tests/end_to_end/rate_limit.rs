//! How many requests pass.

use std::collections::BTreeMap;

use medchat_tests::{Patient, Setup, World, patient_id};
use reqwest::Method;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_200_simultaneous_requests_exactly_20_pass() {
    let world = World::start().await;
    let requests = (0..200).map(|_| world.get("/api/chat/history").send());
    let mut statuses = BTreeMap::<u16, usize>::new();
    for answer in futures::future::join_all(requests).await {
        let answer = answer.unwrap();
        let status = answer.status().as_u16();
        *statuses.entry(status).or_default() += 1;
        for name in ["limit-minute", "remaining-minute", "limit-hour", "remaining-hour"] {
            assert!(
                answer.headers().contains_key(format!("x-ratelimit-{name}")),
                "{name} of {status}"
            );
        }
        assert_eq!(answer.headers().contains_key("retry-after"), status == 429);
    }
    // Those that pass have no token.
    assert_eq!(statuses, BTreeMap::from([(401, 20), (429, 180)]));
}

#[tokio::test]
async fn the_headers_count_down() {
    let world = World::start().await;
    for remaining in [19, 18, 17] {
        let answer = world.get("/api/chat/history").send().await.unwrap();
        assert_eq!(answer.headers()["x-ratelimit-remaining-minute"], remaining.to_string());
        assert_eq!(answer.headers()["x-ratelimit-limit-minute"], "20");
        assert_eq!(answer.headers()["x-ratelimit-limit-hour"], "100");
    }
}

#[tokio::test]
async fn another_address_has_a_limit_of_its_own() {
    let world = World::start().await;
    for _ in 0..20 {
        world.get("/api/chat/history").send().await.unwrap();
    }
    assert_eq!(world.get("/api/chat/history").send().await.unwrap().status(), 429);
    let other = format!("2001:db8:ffff::{:x}", uuid::Uuid::new_v4().as_u128() as u16);
    let answer = world
        .request_from(&other, Method::GET, "/api/chat/history")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 401);
}

#[tokio::test]
async fn a_patient_over_the_limit_is_told_when_to_come_back() {
    let world = World::start().await;
    let patient = Patient::log_in(&world, &patient_id()).await;
    for _ in 0..19 {
        patient.history("").await;
    }
    let answer = patient.request(Method::GET, "/api/chat/history").send().await.unwrap();
    let wait: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert_eq!(answer.status(), 429);
    assert!((1..=60).contains(&wait), "{wait}");
}

#[tokio::test]
async fn health_preflights_and_what_is_not_api_are_not_counted() {
    let world = World::start().await;
    for _ in 0..25 {
        assert_eq!(world.get("/api/health").send().await.unwrap().status(), 200);
        assert_eq!(world.get("/nothing").send().await.unwrap().status(), 404);
        let preflight = world.request(Method::OPTIONS, "/api/chat/message");
        let preflight = preflight
            .header("origin", "http://localhost:3000")
            .header("access-control-request-method", "POST");
        assert_eq!(preflight.send().await.unwrap().status(), 204);
    }
    let answer = world.get("/api/chat/history").send().await.unwrap();
    assert_eq!(answer.headers()["x-ratelimit-remaining-minute"], "19");
}

#[tokio::test]
async fn the_limits_are_settings() {
    if World::is_outside() {
        return;
    }
    let world = Setup::default().variable("rate_limit_minute", "2").start().await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(world.get("/api/chat/history").send().await.unwrap().status().as_u16());
    }
    assert_eq!(statuses, [401, 401, 429]);
}

#[tokio::test]
async fn a_stranger_cannot_pose_as_another_address() {
    if World::is_outside() {
        return;
    }
    let world = Setup::default().variable("trusted_proxies", "").start().await;
    for number in 0..20 {
        world
            .request_from(&format!("192.0.2.{number}"), Method::GET, "/api/chat/history")
            .send()
            .await
            .unwrap();
    }
    let answer = world
        .request_from("192.0.2.200", Method::GET, "/api/chat/history")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 429);
}
