//! What is known of Ollama at this moment, at the cost of one short request now and then.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use medchat_inference_api::OllamaState;
use tokio::time::Instant;

use crate::ollama::{Ollama, Presence};

/// Probes Ollama and remembers what it found for a short time.
#[derive(Debug)]
pub(crate) struct Probe {
    ttl: Duration,
    known: Mutex<Option<(Presence, Instant)>>,
    /// Held while probing, so that many callers cost one probe.
    probing: tokio::sync::Mutex<()>,
}

impl Probe {
    pub fn new(ttl: Duration) -> Self {
        Self {
            ttl,
            known: Mutex::new(None),
            probing: tokio::sync::Mutex::new(()),
        }
    }

    /// What Ollama's state is, not older than the time to live.
    pub async fn presence(&self, ollama: &Ollama) -> Presence {
        if let Some(presence) = self.fresh() {
            return presence;
        }
        let _probing = self.probing.lock().await;
        // Someone else may have found it out in the meantime.
        if let Some(presence) = self.fresh() {
            return presence;
        }
        let presence = ollama.probe().await;
        self.learn(presence);
        presence
    }

    /// Whether there is no use in asking Ollama for an answer. While Ollama was there when last seen this costs no
    /// probe: the answer itself will tell.
    pub async fn is_hopeless(&self, ollama: &Ollama) -> bool {
        let hopeless = |presence| matches!(presence, Presence::Absent | Presence::ModelMissing);
        self.last().is_some_and(hopeless) && hopeless(self.presence(ollama).await)
    }

    /// Remembers what was found out by other means.
    pub fn learn(&self, presence: Presence) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some((presence, Instant::now()));
    }

    /// What was found last, however long ago.
    pub fn last(&self) -> Option<Presence> {
        self.known().map(|(presence, _)| presence)
    }

    fn fresh(&self) -> Option<Presence> {
        self.known()
            .filter(|(_, found)| found.elapsed() < self.ttl)
            .map(|(presence, _)| presence)
    }

    fn known(&self) -> Option<(Presence, Instant)> {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<Presence> for OllamaState {
    fn from(presence: Presence) -> Self {
        match presence {
            Presence::Connected => Self::Connected,
            Presence::ModelMissing => Self::ModelMissing,
            Presence::Absent | Presence::Silent => Self::Unreachable,
        }
    }
}
