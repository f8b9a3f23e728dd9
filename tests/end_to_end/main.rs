//! The whole system, over HTTP.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail where it stands")]

mod conversation;
mod cors;
mod emergency;
mod gateway;
mod health;
mod hospital_policy;
mod idempotency;
mod isolation;
mod manifest;
mod message;
mod problems;
mod rate_limit;
mod session;
mod unseen;
