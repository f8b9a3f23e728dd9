//! What every response has, and what no log has.

use medchat_tests::{LogStream, Patient, Setup, World, patient_id};
use reqwest::Method;
use serde_json::Value;

#[tokio::test]
async fn every_response_carries_the_same_protections() {
    let world = World::start().await;
    for (path, status) in [
        ("/api/health", 200),
        ("/api/chat/history", 401),
        ("/api/nothing", 404),
        ("/", 404),
    ] {
        let answer = world.get(path).send().await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
        let mut headers: Vec<String> = answer
            .headers()
            .iter()
            // What the server adds to any response, and what is different every time.
            .filter(|(name, _)| !["date", "content-length", "transfer-encoding"].contains(&name.as_str()))
            .filter(|(name, _)| !name.as_str().starts_with("x-ratelimit"))
            .map(|(name, value)| match name.as_str() {
                "x-request-id" | "x-process-time" => format!("{name}: [differs]"),
                _ => format!("{name}: {}", value.to_str().unwrap()),
            })
            .collect();
        headers.sort();
        insta::assert_snapshot!(
            format!("headers_{status}_{}", path.replace('/', "_")),
            headers.join("\n")
        );
    }
}

#[tokio::test]
async fn the_time_taken_is_in_seconds() {
    let world = World::start().await;
    let answer = world.get("/api/health").send().await.unwrap();
    let seconds: f64 = answer.headers()["x-process-time"].to_str().unwrap().parse().unwrap();
    assert!(seconds > 0.0, "{seconds}");
}

#[tokio::test]
async fn a_sane_request_id_is_kept_and_another_is_replaced() {
    let world = World::start().await;
    let sent = async |id: &str| {
        let answer = world
            .get("/api/health")
            .header("x-request-id", id)
            .send()
            .await
            .unwrap();
        answer.headers()["x-request-id"].to_str().unwrap().to_owned()
    };
    assert_eq!(sent("web-42").await, "web-42");
    assert!(uuid::Uuid::parse_str(&sent("a b\"c").await).is_ok());
}

#[tokio::test]
async fn a_problem_names_the_request_that_it_is_about() {
    let world = World::start().await;
    let answer = world
        .get("/api/nothing")
        .header("x-request-id", "web-42")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.json::<Value>().await.unwrap()["request_id"], "web-42");
}

#[tokio::test]
async fn a_method_that_a_route_does_not_take_is_told_which_it_takes() {
    let world = World::start().await;
    for (method, path, allowed) in [
        (Method::GET, "/api/auth/login", "POST"),
        (Method::PUT, "/api/chat/message", "POST"),
        (Method::POST, "/api/chat/history", "GET, HEAD, DELETE"),
        (Method::DELETE, "/api/health", "GET, HEAD"),
    ] {
        let answer = world.request(method, path).send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), answer.headers()["allow"].to_str().unwrap()),
            (405, allowed),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_path_that_only_resembles_a_route_is_nothing() {
    let world = World::start().await;
    for path in [
        "/api",
        "/api/",
        "/api/health/",
        "/api/auth/login/x",
        "/api/chat/%6dessage",
        "/API/health",
        "/api//health",
    ] {
        assert_eq!(world.get(path).send().await.unwrap().status(), 404, "{path}");
    }
}

#[tokio::test]
async fn a_request_leaves_one_line_and_nothing_of_the_patient_in_the_log() {
    if World::is_outside() {
        return;
    }
    let world = World::start().await;
    let patient = Patient::log_in(&world, &patient_id()).await;
    let before = world.lines().len();
    let answer = patient
        .request(Method::GET, "/api/chat/history?limit=7")
        .header("x-request-id", "web-42")
        .send()
        .await;
    answer.unwrap();
    patient.ask("my knee is a secret").await;
    let token = patient.token.clone();
    let (id, session_id) = (patient.id.clone(), patient.session_id.clone());
    let lines = world.lines();
    assert_eq!(lines.iter().filter(|(_, line)| line.contains("web-42")).count(), 1);
    let line: Value = serde_json::from_str(&lines[before].1).unwrap();
    assert_eq!(lines[before].0, LogStream::Stdout);
    assert_eq!(
        (&line["request_id"], &line["method"], &line["route"], &line["status"]),
        (
            &"web-42".into(),
            &"GET".into(),
            &"/api/chat/history".into(),
            &200.into()
        )
    );
    assert!(
        line["ms"].as_f64().is_some() && line["client"].as_str().is_some(),
        "{line}"
    );
    for (_, line) in &lines {
        for secret in ["limit=7", "knee", &token, &id, &session_id] {
            assert!(!line.contains(secret), "{line}");
        }
    }
}

#[tokio::test]
async fn an_unknown_path_is_not_repeated_in_the_log() {
    if World::is_outside() {
        return;
    }
    let world = World::start().await;
    world.get("/api/Adam_Cronin_was_here").send().await.unwrap();
    assert!(world.lines().iter().all(|(_, line)| !line.contains("Cronin")));
    assert!(
        world
            .lines()
            .iter()
            .any(|(_, line)| line.contains(r#""route":"unknown""#))
    );
}

#[tokio::test]
async fn a_component_that_fails_is_a_problem_without_its_reasons() {
    if World::is_outside() {
        return;
    }
    let world = Setup::default().only_gateway().start().await;
    let answer = world
        .get("/api/health")
        .header("x-request-id", "web-42")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["x-request-id"]),
        (500, &"web-42".parse().unwrap())
    );
    insta::assert_json_snapshot!(answer.json::<Value>().await.unwrap());
    let lines = world.lines();
    let error = lines
        .iter()
        .find(|(stream, _)| *stream == LogStream::Stderr)
        .map(|(_, line)| line.clone());
    let error: Value = serde_json::from_str(&error.unwrap()).unwrap();
    assert_eq!(
        (&error["level"], &error["request_id"]),
        (&"error".into(), &"web-42".into()),
        "{error}"
    );
}

#[tokio::test]
async fn what_is_behind_the_gateway_is_told_who_asks_and_not_the_token() {
    if World::is_outside() {
        return;
    }
    let world = Setup::default().only_gateway().start().await;
    let patient = Patient::log_in(&world, &patient_id()).await;
    let answer = patient
        .request(Method::GET, "/api/chat/history")
        .header("x-medchat-patient-id", "Eve_Adams")
        .header("x-medchat-role", "admin")
        .header("keep-alive", "timeout=5")
        .header("accept-language", "de")
        .send()
        .await
        .unwrap();
    let sent = answer.text().await.unwrap();
    assert!(
        sent.contains(&format!("x-medchat-patient-id: \"{}\"", patient.id)),
        "{sent}"
    );
    assert!(
        sent.contains(&format!("x-medchat-session-id: \"{}\"", patient.session_id)),
        "{sent}"
    );
    assert!(
        sent.contains("accept-language") && sent.contains("x-request-id"),
        "{sent}"
    );
    for removed in [
        "Eve_Adams",
        "x-medchat-role",
        "keep-alive",
        "authorization",
        &patient.token,
    ] {
        assert!(!sent.contains(removed), "{removed} in {sent}");
    }
}

#[tokio::test]
async fn a_body_that_is_streamed_passes_the_gateway_in_both_directions() {
    if World::is_outside() {
        return;
    }
    let world = Setup::default().only_gateway().start().await;
    let patient = Patient::log_in(&world, &patient_id()).await;
    let part = bytes::Bytes::from(vec![b'x'; 100_000]);
    let parts = std::iter::repeat_n(part, 30).map(Ok::<_, std::io::Error>);
    let body = reqwest::Body::wrap_stream(futures::stream::iter(parts));
    let answer = patient
        .request(Method::POST, "/api/chat/message")
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.bytes().await.unwrap().len(), 3_000_000);
}
