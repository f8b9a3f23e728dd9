//! The list of models, in the shape of OpenAI's `/v1/models`.

use serde::{Deserialize, Serialize};

/// Body of the list of models.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelList {
    /// Always `list`.
    pub object: String,
    /// The models.
    pub data: Vec<Model>,
}

/// One model that can be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    /// The name to ask for it by.
    pub id: String,
    /// Always `model`.
    pub object: String,
    /// When it was made, in seconds since 1970; 0 when unknown.
    pub created: u64,
    /// Who serves it, such as `ollama` or `medchat`.
    pub owned_by: String,
}
