//! The HTTP service: routes, start and stop.

use std::{future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    http::{StatusCode, header::CONTENT_TYPE},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
    serve::ListenerExt,
};
use medchat_inference_api::{Model, ModelList, Readiness, ReadinessStatus, routes};
use thiserror::Error;
use tokio::{net::TcpListener, sync::Notify};
use tracing::{info, warn};

use crate::{
    auth,
    builtin::{KnowledgeError, Library, Responder},
    chat,
    config::{Config, Key, OllamaAddress},
    engine::Engine,
    failure::Failure,
    intake::Limits,
    metrics::{self, Metrics},
    ollama::Ollama,
    telemetry,
};

/// Why the inference host cannot run.
#[derive(Debug, Error)]
pub enum Error {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        reason: io::Error,
    },
    /// Anyone on the network could ask.
    #[error("{0} can be reached from other machines, so a key is required: set MEDCHAT_INFERENCE_KEY")]
    KeyRequired(SocketAddr),
    /// The reference text cannot be used.
    #[error("the reference text cannot be used: {0}")]
    Knowledge(#[from] KnowledgeError),
    /// The client for Ollama cannot be made.
    #[error("the HTTP client cannot be set up: {0}")]
    Client(#[from] reqwest::Error),
    /// The server broke down.
    #[error("the server broke down: {0}")]
    Serve(#[from] io::Error),
}

/// What all requests share.
#[derive(Debug)]
pub(crate) struct Service {
    pub engine: Engine,
    pub metrics: Arc<Metrics>,
    pub key: Option<Key>,
    pub limits: Limits,
}

/// Serves on the listener until `shutdown` resolves, then lets answers that are under way come to their end for as
/// long as the configuration grants. `config.listen` is not looked at.
///
/// # Errors
///
/// When the listener can be reached from other machines and there is no key, or the reference text is unusable.
pub async fn serve(
    config: Config,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() && config.key.is_none() {
        return Err(Error::KeyRequired(address));
    }
    let service = Arc::new(Service::new(&config)?);
    // So that the first patient does not wait for retries when there is no Ollama.
    let (status, chat) = service.engine.readiness().await;
    info!(%address, ?status, backend = ?chat.backend, model = chat.model, ollama = ?chat.ollama, "inference host is up");

    // Answers are streamed in small writes, which must not wait for each other.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            warn!(%error, "TCP_NODELAY cannot be set");
        }
    });
    let stopping = Arc::new(Notify::new());
    let told = Arc::clone(&stopping);
    let server = axum::serve(listener, router(service, config.max_body)).with_graceful_shutdown(async move {
        shutdown.await;
        info!("stopping: no new requests, answers that are under way come to their end");
        told.notify_one();
    });
    tokio::select! {
        outcome = server.into_future() => outcome?,
        () = time_is_up(&stopping, config.shutdown_grace) => warn!("stopped with answers still under way"),
    }
    Ok(())
}

/// Listens on `config.listen` and serves until SIGTERM or Ctrl-C, with JSON logs on standard error.
///
/// # Errors
///
/// When the address cannot be listened on, and as [`serve`].
pub async fn run(config: Config) -> Result<(), Error> {
    run_until(config, signal_to_stop()?).await
}

/// As [`run`], until `shutdown` resolves.
///
/// # Errors
///
/// As [`run`].
pub async fn run_until(config: Config, shutdown: impl Future<Output = ()> + Send + 'static) -> Result<(), Error> {
    telemetry::write_logs(&config.log);
    let address = config.listen;
    let listener = TcpListener::bind(address)
        .await
        .map_err(|reason| Error::Listen { address, reason })?;
    serve(config, listener, shutdown).await
}

async fn time_is_up(stopping: &Notify, grace: Duration) {
    stopping.notified().await;
    tokio::time::sleep(grace).await;
}

/// Resolves at SIGTERM or Ctrl-C.
fn signal_to_stop() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    })
}

impl Service {
    fn new(config: &Config) -> Result<Self, Error> {
        let library = match &config.knowledge_dir {
            Some(folder) => Library::from_folder(folder)?,
            None => Library::embedded()?,
        };
        let responder = Responder::new(library);
        info!(topics = responder.topics(), "reference text is read");
        let ollama = match &config.ollama_url {
            OllamaAddress::Disabled => None,
            OllamaAddress::At(url) => Some(Ollama::new(config, url)?),
        };
        let metrics = Arc::new(Metrics::new());
        let engine = Engine::new(config, ollama, responder, Arc::clone(&metrics));
        Ok(Self {
            engine,
            metrics,
            key: config.key.clone(),
            limits: config.into(),
        })
    }
}

fn router(service: Arc<Service>, max_body: usize) -> Router {
    let guarded = Router::new()
        .route(routes::CHAT_COMPLETIONS, post(chat::complete))
        .route(routes::MODELS, get(models))
        .route_layer(middleware::from_fn_with_state(Arc::clone(&service), auth::require_key));
    Router::new()
        .merge(guarded)
        .route(routes::LIVENESS, get(async || "ok\n"))
        .route(routes::READINESS, get(readiness))
        .route(routes::METRICS, get(figures))
        .method_not_allowed_fallback(async || Failure::MethodNotAllowed)
        .fallback(async || Failure::UnknownRoute)
        .layer(DefaultBodyLimit::max(max_body))
        .layer(middleware::from_fn_with_state(Arc::clone(&service), telemetry::observe))
        .with_state(service)
}

async fn models(State(service): State<Arc<Service>>) -> Json<ModelList> {
    let model = |(id, owner): (&str, &str)| Model {
        id: id.to_owned(),
        object: "model".to_owned(),
        created: 0,
        owned_by: owner.to_owned(),
    };
    let data = service.engine.models().into_iter().map(model).collect();
    Json(ModelList {
        object: "list".to_owned(),
        data,
    })
}

async fn readiness(State(service): State<Arc<Service>>) -> Response {
    let (status, chat) = service.engine.readiness().await;
    let code = match status {
        ReadinessStatus::Ready | ReadinessStatus::Degraded => StatusCode::OK,
        ReadinessStatus::Unready => StatusCode::SERVICE_UNAVAILABLE,
    };
    (
        code,
        Json(Readiness {
            status,
            chat,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }),
    )
        .into_response()
}

async fn figures(State(service): State<Arc<Service>>) -> Result<Response, Failure> {
    let text = service
        .metrics
        .text(service.engine.snapshot())
        .map_err(|_| Failure::Internal)?;
    Ok(([(CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response())
}
