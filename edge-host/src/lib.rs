//! Runs a Spin 4 application, `spin.toml`, on Wasmtime where the Spin CLI is not installed.
//!
//! It is thin: it serves what an HTTP application with key-value stores, SQLite databases, variables and outbound HTTP
//! uses, with the same `.wasm` files that Spin runs, and refuses by name what else a manifest may ask for.

mod allowed_hosts;
mod application;
mod bindings;
mod capability;
mod cli;
mod compose;
mod connection;
mod engine;
mod error;
mod grants;
mod handler;
mod host;
mod key_value;
mod limits;
mod logs;
pub mod manifest;
mod options;
mod outbound;
mod problem;
mod request;
mod routes;
mod server;
mod sqlite;
mod state;
mod storage;
mod template;
mod variables;

pub use capability::Capability;
pub use cli::{EdgeHostArgs, run};
pub use compose::ComposeError;
pub use engine::Pool;
pub use error::StartError;
pub use handler::Reuse;
pub use host::{EdgeHost, Stats};
pub use limits::Limits;
pub use logs::{LineObserver, LogOptions, LogStream};
pub use manifest::{Manifest, ManifestError, validate};
pub use options::Options;
pub use template::TemplateError;
pub use variables::VariableError;
