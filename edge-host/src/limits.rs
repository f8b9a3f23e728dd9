//! What the host lets clients and components take.

use std::time::Duration;

use crate::engine::Pool;
use crate::handler::Reuse;

/// Limits of the server and of instances.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at a time. When they are all taken, new ones wait to be accepted.
    pub connections: usize,
    /// The longest that a client may take to send a request's headers.
    pub header_timeout: Duration,
    /// How long a connection is kept without a request.
    pub idle_timeout: Duration,
    /// The most bytes of a request's headers.
    pub header_bytes: usize,
    /// The most headers of a request.
    pub headers: usize,
    /// The most bytes of a request's body.
    pub body_bytes: u64,
    /// How long instances live, and how long they may take.
    pub reuse: Reuse,
    /// What instances may take together. When it is taken, requests wait.
    pub pool: Pool,
    /// How long a shutdown waits for requests to finish.
    pub shutdown_grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 16_384,
            header_timeout: Duration::from_secs(15),
            idle_timeout: Duration::from_secs(120),
            header_bytes: 64 << 10,
            headers: 100,
            body_bytes: 64 << 20,
            reuse: Reuse {
                requests: 128,
                concurrent_requests: 16,
                idle: Duration::from_secs(1),
                // Longer than an application waits for a model, so that it is the application that gives up.
                request_timeout: Duration::from_secs(660),
            },
            pool: Pool {
                memories: 1_000,
                memory_bytes: 128 << 20,
            },
            shutdown_grace: Duration::from_secs(10),
        }
    }
}
