//! Measuring: a client that adds little of its own, and what it makes of many requests.

mod client;
mod memory;
mod samples;

pub use client::{Client, Request};
pub use memory::resident_bytes;
pub use samples::Samples;
