//! Figures for Prometheus. Labels are fixed words, never anything a caller wrote.

use std::{
    fmt,
    sync::atomic::{AtomicI64, AtomicU64},
    time::Duration,
};

use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

/// The content type of [`Metrics::text`].
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: String,
    status: u16,
}

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
#[allow(non_camel_case_types, reason = "the names are the label's values")]
pub(crate) enum Backend {
    ollama,
    builtin,
}

/// How a generation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
#[allow(non_camel_case_types, reason = "the names are the label's values")]
pub(crate) enum Outcome {
    complete,
    failed,
    cancelled,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct GenerationLabels {
    backend: Backend,
    outcome: Outcome,
}

/// What is read off at the moment of asking.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Snapshot {
    pub queue_depth: usize,
    pub in_flight: usize,
    /// 0 closed, 1 half open, 2 open.
    pub breaker: i64,
    pub ollama_up: bool,
}

/// All figures.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    request_duration: Histogram,
    generations: Family<GenerationLabels, Counter>,
    first_token: Histogram,
    generation_duration: Histogram,
    pub retries: Counter<u64, AtomicU64>,
    pub fallbacks: Counter<u64, AtomicU64>,
    queue_depth: Gauge<i64, AtomicI64>,
    in_flight: Gauge<i64, AtomicI64>,
    breaker: Gauge<i64, AtomicI64>,
    ollama_up: Gauge<i64, AtomicI64>,
}

impl Metrics {
    pub fn new() -> Self {
        // Seconds: probes take milliseconds, generations minutes.
        let buckets = [
            0.001, 0.005, 0.02, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0,
        ];
        let mut metrics = Self {
            registry: Registry::with_prefix("medchat_inference"),
            requests: Family::default(),
            request_duration: Histogram::new(buckets),
            generations: Family::default(),
            first_token: Histogram::new(buckets),
            generation_duration: Histogram::new(buckets),
            retries: Counter::default(),
            fallbacks: Counter::default(),
            queue_depth: Gauge::default(),
            in_flight: Gauge::default(),
            breaker: Gauge::default(),
            ollama_up: Gauge::default(),
        };
        let r = &mut metrics.registry;
        r.register(
            "requests",
            "HTTP requests by route and status",
            metrics.requests.clone(),
        );
        r.register(
            "request_duration_seconds",
            "Time to the headers of an answer",
            metrics.request_duration.clone(),
        );
        r.register(
            "generations",
            "Answers by who gave them and how they ended",
            metrics.generations.clone(),
        );
        r.register(
            "first_token_seconds",
            "Time to the first word of the model",
            metrics.first_token.clone(),
        );
        r.register(
            "generation_duration_seconds",
            "Time of a whole answer of the model",
            metrics.generation_duration.clone(),
        );
        r.register(
            "retries",
            "Requests to Ollama that were repeated",
            metrics.retries.clone(),
        );
        r.register(
            "fallbacks",
            "Answers from reference text in the model's place",
            metrics.fallbacks.clone(),
        );
        r.register(
            "queue_depth",
            "Requests that wait for a generation to end",
            metrics.queue_depth.clone(),
        );
        r.register(
            "generations_in_flight",
            "Generations that run",
            metrics.in_flight.clone(),
        );
        r.register(
            "breaker_state",
            "Circuit breaker: 0 closed, 1 half open, 2 open",
            metrics.breaker.clone(),
        );
        r.register(
            "ollama_up",
            "Whether Ollama answers and has the model",
            metrics.ollama_up.clone(),
        );
        metrics
    }

    pub fn request(&self, route: &str, status: u16, took: Duration) {
        self.requests
            .get_or_create(&RequestLabels {
                route: route.to_owned(),
                status,
            })
            .inc();
        self.request_duration.observe(took.as_secs_f64());
    }

    pub fn first_token(&self, took: Duration) {
        self.first_token.observe(took.as_secs_f64());
    }

    pub fn generation(&self, backend: Backend, outcome: Outcome, took: Duration) {
        self.generations
            .get_or_create(&GenerationLabels { backend, outcome })
            .inc();
        if backend == Backend::ollama {
            self.generation_duration.observe(took.as_secs_f64());
        }
    }

    /// Everything in the OpenMetrics text format, which Prometheus reads.
    pub fn text(&self, snapshot: Snapshot) -> Result<String, fmt::Error> {
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        self.queue_depth.set(count(snapshot.queue_depth));
        self.in_flight.set(count(snapshot.in_flight));
        self.breaker.set(snapshot.breaker);
        self.ollama_up.set(snapshot.ollama_up.into());
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Metrics").finish_non_exhaustive()
    }
}
