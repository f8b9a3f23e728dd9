//! A patient who is logged in.

use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::World;

/// An id that nobody had before.
#[must_use]
pub fn patient_id() -> String {
    format!("Adam631_Cronin387_{}", Uuid::new_v4())
}

/// A patient in a session.
pub struct Patient<'w> {
    world: &'w World,
    /// The patient's id.
    pub id: String,
    /// The session's id.
    pub session_id: String,
    /// The access token.
    pub token: String,
}

impl<'w> Patient<'w> {
    /// Logs `id` in.
    pub async fn log_in(world: &'w World, id: &str) -> Self {
        let answer = world
            .post("/api/auth/login")
            .json(&json!({"patient_id": id}))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
        let body: Value = answer.json().await.unwrap();
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        Self {
            world,
            id: id.to_owned(),
            session_id: text("session_id"),
            token: text("access_token"),
        }
    }

    /// A request with this patient's token.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.world.request(method, path).bearer_auth(&self.token)
    }

    /// Sends `message` and returns whatever is answered.
    pub async fn send(&self, message: &str) -> Response {
        self.request(Method::POST, "/api/chat/message")
            .json(&json!({"message": message}))
            .send()
            .await
            .unwrap()
    }

    /// Sends `message`, which is to be answered, and returns the body.
    pub async fn ask(&self, message: &str) -> Value {
        let answer = self.send(message).await;
        let status = answer.status();
        let body: Value = answer.json().await.unwrap();
        assert_eq!(status, 200, "{body}");
        body
    }

    /// The history, with `query` such as `?limit=1`.
    pub async fn history(&self, query: &str) -> Value {
        let answer = self
            .request(Method::GET, &format!("/api/chat/history{query}"))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    }

    /// The messages of the history, oldest first.
    pub async fn messages(&self) -> Vec<String> {
        let history = self.history("").await;
        history["turns"]
            .as_array()
            .unwrap()
            .iter()
            .map(|turn| turn["message"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Logs out.
    pub async fn log_out(&self) {
        let answer = self.request(Method::POST, "/api/auth/logout").send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
}
