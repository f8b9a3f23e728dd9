//! Who answers: the model, or the built-in responder in its place.
//!
//! The model is asked through the queue, with two retries before its first word and none after. When there is no
//! Ollama, when it lacks the model, when it keeps failing (the breaker is open) or when it fails now, the built-in
//! responder answers, marked as degraded: a sourced answer serves the patient better than an error. `--no-fallback`
//! turns each of these into an error. A full queue is always an error: the model works, and will soon answer.

use std::{future::Future, sync::Arc, time::Duration};

use backon::{ExponentialBuilder, Retryable};
use medchat_inference_api::{
    ChatBackend, ChatReadiness, ChatRequest, FinishReason, MedchatExtension, OllamaState, ReadinessStatus, Usage,
};
use tokio::time::Instant;
use tracing::{info, warn};

use crate::{
    breaker::{Breaker, BreakerState, Trial},
    builtin::{self, Responder},
    config::Config,
    failure::Failure,
    generation::{Generation, Meter},
    metrics::{Backend, Metrics, Outcome, Snapshot},
    ollama::{Ollama, OllamaError, Piece, Presence, Tokens},
    probe::Probe,
    slots::Slots,
};

/// Retries of a request to Ollama that failed before its first word.
const RETRIES: usize = 2;

/// Answers conversations.
#[derive(Debug)]
pub(crate) struct Engine {
    ollama: Option<Ollama>,
    probe: Probe,
    breaker: Arc<Breaker>,
    slots: Slots,
    responder: Responder,
    falls_back: bool,
    retry_delay: Duration,
    metrics: Arc<Metrics>,
}

/// An answer that has begun.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Who gives it.
    pub model: String,
    /// Whether it is degraded, and what it rests on.
    pub extension: MedchatExtension,
    pub pieces: Pieces,
}

/// The words of an answer.
#[derive(Debug)]
pub(crate) enum Pieces {
    /// As the model writes them.
    Generated(Box<Generation>),
    /// All at once, and then the end.
    Composed(Option<String>),
}

impl Pieces {
    pub async fn next(&mut self) -> Result<Piece, OllamaError> {
        match self {
            Self::Generated(generation) => generation.next().await,
            Self::Composed(text) => Ok(match text.take() {
                Some(text) => Piece::Words(text),
                None => Piece::End(FinishReason::Stop, Usage::default()),
            }),
        }
    }
}

impl Engine {
    pub fn new(config: &Config, ollama: Option<Ollama>, responder: Responder, metrics: Arc<Metrics>) -> Self {
        Self {
            ollama,
            probe: Probe::new(config.probe_ttl),
            breaker: Breaker::new(config.breaker_failures, config.breaker_cooldown),
            slots: Slots::new(config.concurrency.into(), config.queue.into(), config.queue_timeout),
            responder,
            falls_back: !config.no_fallback,
            retry_delay: config.retry_delay,
            metrics,
        }
    }

    /// The models that can be asked for, and who serves them.
    pub fn models(&self) -> Vec<(&str, &'static str)> {
        let model = self.ollama.as_ref().map(|ollama| (ollama.model(), "ollama"));
        let builtin = self.builtin_answers().then_some((builtin::MODEL, "medchat"));
        model.into_iter().chain(builtin).collect()
    }

    /// Begins an answer. Dropping the future leaves the queue, or cancels the generation.
    pub async fn answer(&self, request: &ChatRequest) -> Result<Answer, Failure> {
        let Some(ollama) = &self.ollama else {
            return Ok(self.compose(request));
        };
        match request.model.as_deref() {
            Some(builtin::MODEL | builtin::MODEL_FAMILY) if self.falls_back => return Ok(self.compose(request)),
            Some(model) if model != ollama.model() => return Err(Failure::UnknownModel),
            _ => {}
        }
        // Without a fallback there is nothing better to do than to try.
        if self.falls_back && self.probe.is_hopeless(ollama).await {
            return self.stand_in(
                request,
                Failure::ModelUnavailable,
                "there is no Ollama, or it lacks the model",
            );
        }
        if self.breaker.turns_away() {
            return self.stand_in(request, Failure::ModelUnavailable, "the breaker is open");
        }
        let slot = self.slots.take().await?;
        // What was learned while this request waited counts.
        let Some(mut trial) = self.breaker.admit() else {
            return self.stand_in(request, Failure::ModelUnavailable, "the breaker is open");
        };
        let meter = Meter::new(Arc::clone(&self.metrics));
        match self.ask_with_retries(ollama, request).await {
            Ok(tokens) => {
                trial.began();
                meter.began();
                self.probe.learn(Presence::Connected);
                let generation = Generation::new(tokens, trial, meter, slot);
                Ok(Answer {
                    model: ollama.model().to_owned(),
                    extension: MedchatExtension::default(),
                    pieces: Pieces::Generated(Box::new(generation)),
                })
            }
            Err(error) => {
                meter.ended(Outcome::failed);
                self.take_note(error, trial);
                self.stand_in(request, error.into(), &error.to_string())
            }
        }
    }

    /// The answer in the place of a generation that broke off and of which nothing has been passed on.
    pub fn after_break(&self, request: &ChatRequest, error: OllamaError) -> Result<Answer, Failure> {
        self.stand_in(request, error.into(), &error.to_string())
    }

    fn ask_with_retries(
        &self,
        ollama: &Ollama,
        request: &ChatRequest,
    ) -> impl Future<Output = Result<Tokens, OllamaError>> {
        let delays = ExponentialBuilder::default()
            .with_min_delay(self.retry_delay)
            .with_max_times(RETRIES)
            .with_jitter();
        (async || ollama.ask(request).await)
            .retry(delays)
            .when(OllamaError::is_transient)
            .notify(|error, _delay| {
                self.metrics.retries.inc();
                warn!(%error, "asking Ollama again");
            })
    }

    fn take_note(&self, error: OllamaError, trial: Trial) {
        match error {
            OllamaError::Unreachable => self.probe.learn(Presence::Absent),
            OllamaError::ModelMissing => self.probe.learn(Presence::ModelMissing),
            _ => {}
        }
        if error.is_fault_of_ollama() {
            trial.failed();
        }
    }

    /// The built-in responder's answer, or the failure when the host is to have no fallback.
    fn stand_in(&self, request: &ChatRequest, failure: Failure, reason: &str) -> Result<Answer, Failure> {
        if !self.falls_back {
            warn!(reason, "the model cannot answer");
            return Err(failure);
        }
        info!(reason, "answering from reference text in the model's place");
        self.metrics.fallbacks.inc();
        Ok(self.compose(request))
    }

    fn compose(&self, request: &ChatRequest) -> Answer {
        let begun = Instant::now();
        let answer = self.responder.answer(&request.messages);
        self.metrics
            .generation(Backend::builtin, Outcome::complete, begun.elapsed());
        Answer {
            model: builtin::MODEL.to_owned(),
            extension: MedchatExtension {
                degraded: true,
                sources: answer.sources,
            },
            pieces: Pieces::Composed(Some(answer.text)),
        }
    }

    fn builtin_answers(&self) -> bool {
        self.falls_back || self.ollama.is_none()
    }

    /// Who would answer now, and what is known of Ollama.
    pub async fn readiness(&self) -> (ReadinessStatus, ChatReadiness) {
        let state = match &self.ollama {
            None => OllamaState::Disabled,
            Some(ollama) => self.probe.presence(ollama).await.into(),
        };
        let generates = state == OllamaState::Connected && self.breaker.state() != BreakerState::Open;
        let status = match (generates, self.builtin_answers()) {
            (true, _) => ReadinessStatus::Ready,
            (false, true) => ReadinessStatus::Degraded,
            (false, false) => ReadinessStatus::Unready,
        };
        let (backend, model) = match &self.ollama {
            Some(ollama) if status != ReadinessStatus::Degraded => (ChatBackend::Ollama, ollama.model()),
            _ => (ChatBackend::Builtin, builtin::MODEL),
        };
        (
            status,
            ChatReadiness {
                backend,
                model: model.to_owned(),
                ollama: state,
            },
        )
    }

    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            queue_depth: self.slots.waiting(),
            in_flight: self.slots.taken(),
            breaker: match self.breaker.state() {
                BreakerState::Closed => 0,
                BreakerState::HalfOpen => 1,
                BreakerState::Open => 2,
            },
            ollama_up: self.probe.last() == Some(Presence::Connected),
        }
    }
}
