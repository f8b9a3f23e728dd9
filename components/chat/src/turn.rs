//! What a turn needs from outside: the policy, the store and the model, as this component reaches them.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use medchat_bindings::policy::review::{self, Context, Verdict};
use medchat_bindings::policy::triage::{self, Assessment, Background, Locale};
use medchat_bindings::store::conversations::{self, Answer, Error, NewTurn, Opened, Owner, Turn};
use medchat_inference_api::ChatMessage;
use medchat_orchestrator::{Collaborators, ModelAnswer, ModelError};

use crate::model;
use crate::settings::Settings;

/// The world outside of one request.
pub(crate) struct Outside<'a> {
    settings: &'a Settings,
    request_id: &'a str,
    began: Instant,
}

impl<'a> Outside<'a> {
    pub(crate) fn new(settings: &'a Settings, request_id: &'a str) -> Self {
        Self {
            settings,
            request_id,
            began: Instant::now(),
        }
    }
}

impl Collaborators for Outside<'_> {
    fn triage(&self, text: &str, background: &Background, locale: &Locale) -> Assessment {
        triage::triage(text, background, locale)
    }

    fn review(&self, answer: &str, context: &Context) -> Verdict {
        review::review(answer, context)
    }

    async fn open_turn(&self, turn: NewTurn) -> Result<Opened, Error> {
        conversations::open_turn(turn).await
    }

    async fn renew_claim(&self, id: &str, owner: &Owner, claimed_until: u64) -> Result<(), Error> {
        conversations::renew_claim(id.to_owned(), owner.clone(), claimed_until).await
    }

    async fn complete_turn(&self, id: &str, owner: &Owner, answer: &Answer) -> Result<(), Error> {
        conversations::complete_turn(id.to_owned(), owner.clone(), answer.clone()).await
    }

    async fn release_turn(&self, id: &str, owner: &Owner) -> Result<(), Error> {
        conversations::release_turn(id.to_owned(), owner.clone()).await
    }

    async fn memory(&self, owner: &Owner, limit: u32) -> Result<Vec<Turn>, Error> {
        conversations::memory(owner.clone(), limit).await
    }

    async fn ask(&self, messages: Vec<ChatMessage>) -> Result<ModelAnswer, ModelError> {
        model::ask(self.settings, self.request_id, messages).await
    }

    async fn pause(&self, time: Duration) {
        spin_sdk::wasip3::clocks::monotonic_clock::wait_for(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)).await;
    }

    fn now(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    fn warn(&self, event: &'static str, cause: &str) {
        let line = serde_json::json!({
            "level": "warn", "event": event, "request_id": self.request_id, "cause": cause,
        });
        eprintln!("{line}");
    }
}
