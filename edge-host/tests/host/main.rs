//! The edge host with real components.
#![allow(missing_docs, clippy::unwrap_used)]

mod capabilities;
mod fixture;
mod http;
mod lifecycle;
