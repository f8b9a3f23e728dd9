//! Logging in and out, and what a token opens.

use chrono::{Duration, Utc};
use jwt_compact::alg::{Hs256, Hs256Key, Hs512, Hs512Key};
use jwt_compact::prelude::*;
use medchat_session::{AccessToken, SigningKey};
use medchat_tests::{Patient, SIGNING_KEY, Setup, World, patient_id};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

async fn log_in(world: &World, body: &Value) -> StatusCode {
    world.post("/api/auth/login").json(body).send().await.unwrap().status()
}

/// The status, headers and body of a request with `token`, without what differs from request to request.
async fn opened_by(world: &World, token: &str) -> (u16, String, Value) {
    let answer = world.get("/api/chat/history").bearer_auth(token).send().await.unwrap();
    let status = answer.status().as_u16();
    let challenge = answer
        .headers()
        .get("www-authenticate")
        .map(|value| value.to_str().unwrap().to_owned());
    let mut body: Value = answer.json().await.unwrap();
    body.as_object_mut().unwrap().remove("request_id");
    (status, challenge.unwrap_or_default(), body)
}

fn claims(patient: &Patient<'_>) -> Value {
    let now = Utc::now().timestamp();
    json!({"sub": patient.id, "patient_id": patient.id, "sid": patient.session_id, "session_id": patient.session_id,
           "iat": now, "exp": now + 600})
}

/// A token of any claims, signed as ours are.
fn signed(claims: &Value) -> String {
    let header = Header::empty().with_token_type("JWT");
    let key = Hs256Key::new(SIGNING_KEY);
    // The registered claims are among `claims`, so that they may have any shape.
    Hs256.token(&header, &Claims::new(claims.clone()), &key).unwrap()
}

#[tokio::test]
async fn a_patient_logs_in_and_is_told_how_long_the_token_lives() {
    let world = World::start().await;
    let answer = world
        .post("/api/auth/login")
        .json(&json!({"patient_id": patient_id()}))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(
        (body["token_type"].as_str(), body["expires_in"].as_u64()),
        (Some("bearer"), Some(3600))
    );
    assert_eq!(body["access_token"].as_str().unwrap().split('.').count(), 3);
    assert!(uuid::Uuid::parse_str(body["session_id"].as_str().unwrap()).is_ok());
}

#[tokio::test]
async fn names_without_digits_with_accents_and_apostrophes_log_in() {
    let world = World::start().await;
    for name in ["Barney_Abbott", "José_O'Brien", "Anne-Marie_Núñez12"] {
        let id = format!("{name}_271033b4-ab72-469d-87e2-bbd6c6ecec1f");
        let patient = Patient::log_in(&world, &id).await;
        assert_eq!(
            patient.history("").await["session_id"],
            patient.session_id.as_str(),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_login_without_a_patient_id_of_the_right_shape_is_refused() {
    let world = World::start().await;
    for body in [
        json!({"patient_id": "Adam"}),
        json!({"patient_id": ""}),
        json!({"patient_id": 7}),
        json!({}),
    ] {
        assert_eq!(log_in(&world, &body).await, 422, "{body}");
    }
}

#[tokio::test]
async fn a_hospitals_own_shape_of_patient_ids_replaces_ours() {
    if World::is_outside() {
        return;
    }
    let world = Setup::default()
        .variable("patient_id_pattern", r"MRN\d{6}")
        .start()
        .await;
    assert_eq!(log_in(&world, &json!({"patient_id": "MRN123456"})).await, 200);
    assert_eq!(log_in(&world, &json!({"patient_id": patient_id()})).await, 422);
}

#[tokio::test]
async fn a_token_opens_the_history_and_its_absence_does_not() {
    let world = World::start().await;
    let patient = Patient::log_in(&world, &patient_id()).await;
    assert_eq!(opened_by(&world, &patient.token).await.0, 200);
    let answer = world.get("/api/chat/history").send().await.unwrap();
    assert_eq!(
        (
            answer.status().as_u16(),
            answer.headers()["www-authenticate"].to_str().unwrap()
        ),
        (401, "Bearer")
    );
}

#[tokio::test]
async fn a_logged_out_session_is_dead() {
    let world = World::start().await;
    let patient = Patient::log_in(&world, &patient_id()).await;
    patient.log_out().await;
    assert_eq!(opened_by(&world, &patient.token).await.0, 401);
    let again = patient.request(Method::POST, "/api/auth/logout").send().await.unwrap();
    assert_eq!(again.status(), 401);
}

#[tokio::test]
async fn logging_out_leaves_the_patients_other_session_alive() {
    let world = World::start().await;
    let id = patient_id();
    let (first, second) = (Patient::log_in(&world, &id).await, Patient::log_in(&world, &id).await);
    first.log_out().await;
    assert_eq!(opened_by(&world, &second.token).await.0, 200);
}

#[tokio::test]
async fn every_token_that_is_not_in_order_is_refused_in_the_same_words() {
    let world = World::start().await;
    let (adam, eve) = (
        Patient::log_in(&world, &patient_id()).await,
        Patient::log_in(&world, &patient_id()).await,
    );
    let gone = Patient::log_in(&world, &patient_id()).await;
    gone.log_out().await;

    let with = |change: &dyn Fn(&mut Value)| {
        let mut claims = claims(&adam);
        change(&mut claims);
        signed(&claims)
    };
    let now = Utc::now();
    let of = |patient_id: &str, session_id: &str| {
        let identity = AccessToken {
            patient_id: patient_id.to_owned(),
            session_id: session_id.to_owned(),
        };
        SigningKey::new(SIGNING_KEY)
            .unwrap()
            .sign(&identity, now, Duration::minutes(5))
            .unwrap()
    };
    let (head, rest) = adam.token.split_once('.').unwrap();
    let payload = rest.split('.').next().unwrap();
    let none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"; // {"alg":"none","typ":"JWT"}
    let foreign = SigningKey::new(&SIGNING_KEY.replace("tests", "other")).unwrap();
    let identity = AccessToken {
        patient_id: adam.id.clone(),
        session_id: adam.session_id.clone(),
    };
    let longer = Hs512
        .token(
            &Header::empty(),
            &Claims::new(claims(&adam)),
            &Hs512Key::new(SIGNING_KEY),
        )
        .unwrap();

    // The forged tokens are refused for what is wrong with them, and not for how they are made.
    assert_eq!(opened_by(&world, &with(&|_| {})).await.0, 200);

    let expected = opened_by(&world, "nonsense").await;
    assert_eq!(
        (expected.0, expected.1.as_str()),
        (401, r#"Bearer error="invalid_token""#)
    );
    for (what, token) in [
        ("algorithm none, unsigned", format!("{none}.{payload}.")),
        ("algorithm none, signature kept", format!("{none}.{rest}")),
        ("no signature", format!("{head}.{payload}.")),
        ("another algorithm", longer),
        (
            "a foreign key",
            foreign.sign(&identity, now, Duration::minutes(5)).unwrap(),
        ),
        (
            "no expiry",
            with(&|claims| drop(claims.as_object_mut().unwrap().remove("exp"))),
        ),
        (
            "an expiry in words",
            with(&|claims| claims["exp"] = json!((now.timestamp() + 600).to_string())),
        ),
        ("expired", with(&|claims| claims["exp"] = json!(now.timestamp() - 1))),
        ("another patient's session", of(&adam.id, &eve.session_id)),
        ("a patient who is nobody", of(&patient_id(), &adam.session_id)),
        (
            "a session that never was",
            of(&adam.id, &uuid::Uuid::new_v4().to_string()),
        ),
        ("a session that is over", gone.token.clone()),
    ] {
        assert_eq!(opened_by(&world, &token).await, expected, "{what}");
    }
}

#[tokio::test]
async fn identity_headers_of_a_client_open_nothing() {
    let world = World::start().await;
    let patient = Patient::log_in(&world, &patient_id()).await;
    let answer = world
        .get("/api/chat/history")
        .header("x-medchat-patient-id", &patient.id)
        .header("x-medchat-session-id", &patient.session_id)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 401);
}

#[tokio::test]
async fn identity_headers_of_a_client_do_not_change_who_is_logged_in() {
    let world = World::start().await;
    let (adam, eve) = (
        Patient::log_in(&world, &patient_id()).await,
        Patient::log_in(&world, &patient_id()).await,
    );
    let answer = eve
        .request(Method::GET, "/api/chat/history")
        .header("x-medchat-patient-id", &adam.id)
        .header("x-medchat-session-id", &adam.session_id)
        .send()
        .await
        .unwrap();
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["session_id"], eve.session_id.as_str());
}

#[tokio::test]
async fn a_system_with_a_short_signing_key_serves_nothing() {
    if World::is_outside() {
        return;
    }
    let world = Setup::default().variable("signing_key", "too short").start().await;
    for path in ["/api/health", "/api/chat/history", "/"] {
        assert_eq!(world.get(path).send().await.unwrap().status(), 503, "{path}");
    }
    assert_eq!(log_in(&world, &json!({"patient_id": patient_id()})).await, 503);
}
