//! What the fake shall say, and what it has seen.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::Value;
use tokio::{sync::watch, time::timeout};

use crate::reply::{Reply, Wait};

/// A test that waits longer has failed, and had better say so than hang.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the test sets.
#[derive(Debug)]
pub(crate) struct Script {
    pub models: Vec<String>,
    pub standing: Reply,
    pub once: VecDeque<Reply>,
    pub tags: Wait,
    pub chats: Vec<Value>,
}

/// What the test counts.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seen {
    pub chats: usize,
    pub tag_lists: usize,
    pub cancellations: usize,
}

#[derive(Debug)]
pub(crate) struct Stage {
    script: Mutex<Script>,
    seen: watch::Sender<Seen>,
}

impl Stage {
    pub fn new(model: &str) -> Self {
        let script = Script {
            models: vec![model.to_owned()],
            standing: Reply::words(["Rest, ", "and drink ", "enough."]),
            once: VecDeque::new(),
            tags: Wait::No,
            chats: Vec::new(),
        };
        Self {
            script: Mutex::new(script),
            seen: watch::Sender::new(Seen::default()),
        }
    }

    pub fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn seen(&self) -> Seen {
        *self.seen.borrow()
    }

    pub fn note(&self, change: impl FnOnce(&mut Seen)) {
        self.seen.send_modify(change);
    }

    pub async fn wait_until(&self, condition: impl FnMut(&Seen) -> bool) {
        let mut seen = self.seen.subscribe();
        let waited = timeout(PATIENCE, seen.wait_for(condition)).await;
        assert!(waited.is_ok(), "waited in vain; seen so far: {:?}", self.seen());
    }

    /// The reply for a chat with this model, taken from the script.
    pub fn next_reply(&self, model: &str) -> Reply {
        let mut script = self.script();
        if !script.has(model) {
            return Reply::failure(404, &format!("model {model:?} not found, try pulling it first"));
        }
        script.once.pop_front().unwrap_or_else(|| script.standing.clone())
    }
}

impl Script {
    /// A name without a tag means the tag `latest`.
    pub fn has(&self, model: &str) -> bool {
        let tagged = |name: &str| {
            if name.contains(':') {
                name.to_owned()
            } else {
                format!("{name}:latest")
            }
        };
        self.models.iter().any(|pulled| tagged(pulled) == tagged(model))
    }
}

/// Counts a cancellation unless the chat came to its scripted end.
#[derive(Debug)]
pub(crate) struct Attendance {
    stage: Arc<Stage>,
    ended: bool,
}

impl Attendance {
    pub fn new(stage: Arc<Stage>) -> Self {
        Self { stage, ended: false }
    }

    pub fn end(&mut self) {
        self.ended = true;
    }
}

impl Drop for Attendance {
    fn drop(&mut self) {
        if !self.ended {
            self.stage.note(|seen| seen.cancellations += 1);
        }
    }
}
