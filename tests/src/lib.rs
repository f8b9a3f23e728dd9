//! The whole system for a test to talk to: the real components on the edge host, the real inference host, and a stand-in
//! for Ollama, which alone cannot run here.
//!
//! With `MEDCHAT_TEST_URL` set, the same tests talk to whatever serves the application there, such as a real Spin; see
//! `tests/README.md` for how that is to be started.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot set up its world is to fail where it stands"
)]

mod inference;
mod patient;
mod world;

pub use inference::Inference;
pub use medchat_edge_host::LogStream;
pub use medchat_fake_ollama::{FakeOllama, Hold, Reply, Wait};
pub use patient::{Patient, patient_id};
pub use world::{Setup, World, build_components, manifest};

/// Signs the tokens of the system under test, so that a test can sign others with it.
pub const SIGNING_KEY: &str = "a signing key for tests, and for nothing but tests";
/// The bearer key between the edge and the inference host.
pub const INFERENCE_KEY: &str = "an-inference-key-for-tests";
