//! The HTTP server: accepts connections, finds the component for each request, and answers for it when it cannot.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use wasmtime_wasi_http::handler::{ExpirationError, InstantiationError};
use wasmtime_wasi_http::{Error, WasiBody};

use crate::connection::{ActiveRequest, Activity, Watched};
use crate::handler::Handler;
use crate::limits::Limits;
use crate::problem::{empty, problem};
use crate::request::{self, LimitedBody};
use crate::routes::Router;

/// How long nothing is accepted after accepting has failed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What a route leads to.
pub struct Target {
    /// The component's id.
    pub component: String,
    /// Its instances, with the route's middleware in front of them.
    pub handler: Handler,
}

/// Serves an application.
pub struct Server {
    /// The application's routes.
    pub router: Router<Target>,
    /// What clients may take.
    pub limits: Limits,
    /// How many requests were received.
    pub requests: AtomicU64,
}

impl Server {
    /// Accepts connections until it is told to stop, then lets the requests that are being served finish.
    pub async fn run(self: Arc<Self>, listener: TcpListener, stop: CancellationToken) {
        let room = Arc::new(Semaphore::new(self.limits.connections));
        let graceful = GracefulShutdown::new();
        let mut connections = JoinSet::new();
        let builder = self.builder();
        loop {
            let accepted = async {
                // Without room nothing is accepted: clients wait in the kernel's queue.
                let room = room.clone().acquire_owned().await;
                (room, listener.accept().await)
            };
            let (room, accepted) = tokio::select! {
                accepted = accepted => accepted,
                () = stop.cancelled() => break,
            };
            while connections.try_join_next().is_some() {}
            match accepted {
                Ok((stream, client)) => {
                    let connection = self.clone().serve_connection(&builder, stream, client, &graceful);
                    connections.spawn(async move {
                        connection.await;
                        drop(room);
                    });
                }
                Err(error) => {
                    // Such as too many open files: it passes, and accepting again at once would only spin.
                    tracing::error!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        drop(listener);
        if tokio::time::timeout(self.limits.shutdown_grace, graceful.shutdown())
            .await
            .is_err()
        {
            tracing::warn!(
                connections = connections.len(),
                "closing connections whose requests have not finished"
            );
        }
        connections.shutdown().await;
    }

    fn builder(&self) -> auto::Builder<TokioExecutor> {
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            // Watched for by `Activity`.
            .header_read_timeout(None)
            .max_buf_size(self.limits.header_bytes.max(8 << 10))
            .max_headers(self.limits.headers)
            .half_close(false);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_header_list_size(u32::try_from(self.limits.header_bytes).unwrap_or(u32::MAX))
            .max_concurrent_streams(128);
        builder
    }

    fn serve_connection(
        self: Arc<Self>,
        builder: &auto::Builder<TokioExecutor>,
        stream: TcpStream,
        client: SocketAddr,
        graceful: &GracefulShutdown,
    ) -> impl Future<Output = ()> + Send + 'static {
        // Without it a small answer waits for the client to acknowledge the one before.
        _ = stream.set_nodelay(true);
        let activity = Activity::new();
        let limits = self.limits;
        let service = service_fn({
            let activity = activity.clone();
            move |request| {
                let (server, active) = (self.clone(), activity.request());
                async move {
                    let response = server.respond(request, client).await;
                    Ok::<_, Infallible>(response.map(|body| CountedBody { body, _active: active }))
                }
            }
        });
        let stream = TokioIo::new(Watched::new(stream, activity.clone()));
        let connection = graceful.watch(builder.serve_connection(stream, service).into_owned());
        async move {
            let mut connection = pin!(connection);
            tokio::select! {
                result = connection.as_mut() => {
                    if let Err(error) = result {
                        tracing::debug!(%error, "a connection ended with an error");
                    }
                }
                () = activity.too_quiet(limits.header_timeout, limits.idle_timeout) => {}
            }
        }
    }

    async fn respond(&self, mut request: Request<Incoming>, client: SocketAddr) -> Response<WasiBody> {
        self.requests.fetch_add(1, Relaxed);
        let path = request.uri().path().to_owned();
        let Some(route) = self.router.route(&path) else {
            return empty(StatusCode::NOT_FOUND);
        };
        let too_large = || {
            problem(
                StatusCode::PAYLOAD_TOO_LARGE,
                "The request's body is larger than this server takes.",
            )
        };
        if request.body().size_hint().lower() > self.limits.body_bytes {
            return too_large();
        }
        if let Err(error) = request::prepare(&mut request, &route, client) {
            return problem(StatusCode::BAD_REQUEST, &format!("{error}."));
        }
        let (parts, body) = request.into_parts();
        // A body whose length is told cannot exceed it, so there is nothing to count.
        let told = parts.headers.contains_key(CONTENT_LENGTH) || body.is_end_stream();
        let (body, exceeded) = match told {
            true => (body.map_err(Error::from).boxed_unsync(), None),
            false => {
                let (body, exceeded) = LimitedBody::limit(body, self.limits.body_bytes);
                (body, Some(exceeded))
            }
        };
        let result = self.handle(route.target(), Request::from_parts(parts, body)).await;
        if exceeded.is_some_and(|exceeded| exceeded.load(Relaxed)) {
            return too_large();
        }
        result
    }

    async fn handle(&self, target: &Target, request: Request<WasiBody>) -> Response<WasiBody> {
        let timeout = self.limits.reuse.request_timeout;
        let error = match tokio::time::timeout(timeout, target.handler.handle((), request)).await {
            Ok(Ok(response)) => return response,
            Ok(Err(error)) if !error.is::<ExpirationError>() => error,
            _ => {
                tracing::error!(component = target.component, "a request took too long");
                return problem(StatusCode::GATEWAY_TIMEOUT, "The server took too long to answer.");
            }
        };
        match error.downcast::<InstantiationError<()>>() {
            Ok(failure) => tracing::error!(
                component = target.component,
                error = format!("{:#}", failure.error),
                "no instance"
            ),
            Err(error) => tracing::error!(
                component = target.component,
                error = format!("{error:#}"),
                "a request failed"
            ),
        }
        problem(StatusCode::INTERNAL_SERVER_ERROR, "The server failed to answer.")
    }
}

/// A response's body; while it is sent, the connection is not idle.
struct CountedBody {
    body: WasiBody,
    _active: ActiveRequest,
}

impl Body for CountedBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
