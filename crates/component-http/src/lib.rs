//! What every HTTP component does alike: read a body, answer with JSON or a problem, know who asks.

mod answer;
mod identity;
mod read;
pub mod settings;

pub use answer::{Answer, empty, json, respond, route_of};
pub use identity::{Identity, request_id};
pub use read::read_json;
