//! Medchat's HTTP contract: routes, request and response bodies, problem details, header names and limits.
//!
//! Everything here is what a client sees. A body's shape is stated once, so that the component that writes it and the
//! test or client that reads it cannot drift apart.

pub mod chat;
pub mod error;
pub mod headers;
pub mod health;
pub mod limits;
pub mod login;
pub mod patient_id;
pub mod routes;
pub mod timestamp;
