//! A generation that has begun, with all that its end settles: slot, breaker and figures.

use std::{fmt, sync::Arc};

use tokio::time::Instant;
use tracing::{Span, info};

use crate::{
    breaker::Trial,
    metrics::{Backend, Metrics, Outcome},
    ollama::{OllamaError, Piece, Tokens},
    slots::Slot,
};

/// The model's answer, under way. Dropping it cancels it.
#[derive(Debug)]
pub(crate) struct Generation {
    tokens: Tokens,
    /// Until the outcome is known.
    unsettled: Option<(Trial, Meter)>,
    _slot: Slot,
}

impl Generation {
    pub fn new(tokens: Tokens, trial: Trial, meter: Meter, slot: Slot) -> Self {
        Self {
            tokens,
            unsettled: Some((trial, meter)),
            _slot: slot,
        }
    }

    /// The next words, or the end; after the end or an error there is nothing to ask for.
    pub async fn next(&mut self) -> Result<Piece, OllamaError> {
        let next = self.tokens.next().await;
        if !matches!(next, Ok(Piece::Words(_)))
            && let Some((trial, meter)) = self.unsettled.take()
        {
            if next.is_ok() {
                trial.succeeded();
                meter.ended(Outcome::complete);
            } else {
                trial.failed();
                meter.ended(Outcome::failed);
            }
        }
        next
    }
}

/// Measures a generation from the moment it is asked for. Dropped without an outcome it was cancelled.
pub(crate) struct Meter {
    metrics: Arc<Metrics>,
    begun: Instant,
    span: Span,
    ended: bool,
}

impl Meter {
    pub fn new(metrics: Arc<Metrics>) -> Self {
        // The stream outlives the request's own span, and its end is to be logged under the same request id.
        Self {
            metrics,
            begun: Instant::now(),
            span: Span::current(),
            ended: false,
        }
    }

    /// The first word has come.
    pub fn began(&self) {
        self.metrics.first_token(self.begun.elapsed());
    }

    pub fn ended(mut self, outcome: Outcome) {
        self.settle(outcome);
    }

    fn settle(&mut self, outcome: Outcome) {
        if !std::mem::replace(&mut self.ended, true) {
            let took = self.begun.elapsed();
            self.metrics.generation(Backend::ollama, outcome, took);
            self.span
                .in_scope(|| info!(?outcome, ms = took.as_millis() as u64, "generation ended"));
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.settle(Outcome::cancelled);
    }
}

impl fmt::Debug for Meter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Meter")
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
