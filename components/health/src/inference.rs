//! Asking the inference host how it is.

use http_body_util::{BodyExt, Limited};
use medchat_component_http::settings;
use medchat_inference_api::{Readiness, routes::READINESS};
use spin_sdk::http::{EmptyBody, send};

const ANSWER_BYTES: usize = 64 * 1024;

/// What it says; none where it does not answer in words that we know.
pub(crate) async fn readiness() -> Option<Readiness> {
    let base = settings::text("inference_url").await.ok()?;
    let url = format!("{}{READINESS}", base.trim_end_matches('/'));
    let request = http::Request::get(url).body(EmptyBody::new()).ok()?;
    let response = send(request).await.ok()?;
    let body = Limited::new(response.into_body(), ANSWER_BYTES).collect().await.ok()?;
    serde_json::from_slice(&body.to_bytes()).ok()
}
