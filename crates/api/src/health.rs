//! Body of `/api/health`.

use serde::{Deserialize, Serialize};

/// How well the system is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Everything works.
    Healthy,
    /// Answers are still possible, from less than the whole system.
    Degraded,
    /// Questions cannot be answered.
    Unhealthy,
}

/// Answer of `GET /api/health`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// The whole.
    pub status: Status,
    /// Medchat's version.
    pub version: String,
    /// When this was found, RFC 3339.
    pub timestamp: String,
    /// The inference host: `ready`, `unreachable`.
    pub orchestrator_status: String,
    /// The database: `connected`, `unreachable`.
    pub database_status: String,
    /// Ollama as the inference host sees it: `connected`, `unreachable`, `model-missing`, `disabled` or `unknown`.
    pub ollama_status: String,
    /// The model that answers right now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}
