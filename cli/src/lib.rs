//! The `medchat` command.
//!
//! One binary holds the whole system: `medchat up` starts itself again as the inference host and as the edge host, so
//! that each is a process that can fail, be killed and be watched by itself.

pub mod child;
pub mod components;
pub mod doctor;
pub mod evaluate;
pub mod hosts;
pub mod places;
pub mod ports;
pub mod state;
pub mod triage;
pub mod up;
