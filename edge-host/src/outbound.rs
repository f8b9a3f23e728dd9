//! Requests that components send, over connections that are kept and shared.

use std::error::Error as StdError;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::uri::Scheme;
use http::{Request, Response, Uri};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{self, Client};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use pin_project_lite::pin_project;
use tokio::net::TcpStream;
use tower_service::Service;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

use crate::allowed_hosts::AllowedHosts;

/// How long each stage may take when the component does not say, as in Spin.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(600);

/// Shorter than what servers commonly keep an idle connection for, so that a request rarely meets one just closed.
const IDLE_TIMEOUT: Duration = Duration::from_secs(15);

/// Ends when a body has been transmitted.
pub type Transmitted = Box<dyn Future<Output = Result<(), Error>> + Send>;

/// A response, or why there is none.
pub type Outcome = Result<(Response<WasiBody>, Transmitted), Error>;

/// The connections of all components.
#[derive(Clone)]
pub struct Connections(Client<Connector, WasiBody>);

/// A component's way out: only to the hosts that it may reach.
#[derive(Clone)]
pub struct OutboundHttp {
    connections: Connections,
    allowed: Arc<AllowedHosts>,
}

impl Connections {
    /// No connections yet.
    pub fn new() -> Self {
        let mut http = HttpConnector::new();
        http.set_nodelay(true);
        Self(
            Client::builder(TokioExecutor::new())
                .pool_timer(TokioTimer::new())
                .pool_idle_timeout(IDLE_TIMEOUT)
                .build(Connector(http)),
        )
    }

    /// The way out for a component that may reach those hosts.
    pub fn limited_to(&self, allowed: AllowedHosts) -> OutboundHttp {
        OutboundHttp {
            connections: self.clone(),
            allowed: Arc::new(allowed),
        }
    }
}

impl OutboundHttp {
    /// Sends a request, unless it goes where the component may not.
    pub fn send(
        &self,
        request: Request<WasiBody>,
        options: RequestOptions,
    ) -> Box<dyn Future<Output = Outcome> + Send> {
        let (connections, allowed) = (self.connections.clone(), self.allowed.clone());
        Box::new(async move {
            if !allowed.allows(request.uri()) {
                tracing::warn!(
                    host = request.uri().host(),
                    "denied a request to a host that is not allowed"
                );
                return Err(Error::HttpRequestDenied);
            }
            if request.uri().scheme() != Some(&Scheme::HTTP) {
                return Err(Error::InternalError(Some(
                    "the edge host sends requests over plain http only".to_owned(),
                )));
            }
            let response = send(&connections, request, options).await?;
            Ok((response, Box::new(std::future::ready(Ok(()))) as Transmitted))
        })
    }
}

async fn send(
    Connections(client): &Connections,
    request: Request<WasiBody>,
    options: RequestOptions,
) -> Result<Response<WasiBody>, Error> {
    let connect_timeout = options.connect_timeout.unwrap_or(DEFAULT_TIMEOUT);
    let first_byte_timeout = options.first_byte_timeout.unwrap_or(DEFAULT_TIMEOUT);
    let between_bytes_timeout = options.between_bytes_timeout.unwrap_or(DEFAULT_TIMEOUT);

    let response = CONNECT_TIMEOUT.scope(connect_timeout, client.request(request));
    let response = tokio::time::timeout(first_byte_timeout, response)
        .await
        .map_err(|_| Error::ConnectionReadTimeout)?
        .map_err(|error| error_code(&error))?;
    Ok(response.map(|body| {
        TimedBody {
            body: Some(body.map_err(Error::from).boxed_unsync()),
            timeout: between_bytes_timeout,
            sleep: None,
        }
        .boxed_unsync()
    }))
}

fn error_code(error: &legacy::Error) -> Error {
    let mut cause = error.source();
    while let Some(source) = cause {
        if let Some(error) = source.downcast_ref::<io::Error>() {
            match error.kind() {
                io::ErrorKind::TimedOut => return Error::ConnectionTimeout,
                io::ErrorKind::ConnectionRefused => return Error::ConnectionRefused,
                io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => return Error::ConnectionTerminated,
                _ => {}
            }
        }
        if source
            .downcast_ref::<hyper::Error>()
            .is_some_and(hyper::Error::is_incomplete_message)
        {
            return Error::HttpResponseIncomplete;
        }
        cause = source.source();
    }
    if error.is_connect() {
        Error::DestinationUnavailable
    } else {
        Error::HttpProtocolError
    }
}

tokio::task_local! {
    /// The client has no way to hand its connector the timeout of a single request.
    static CONNECT_TIMEOUT: Duration;
}

/// Connects within the time that the request gives it.
#[derive(Clone)]
struct Connector(HttpConnector);

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = Box<dyn StdError + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let timeout = CONNECT_TIMEOUT.try_with(|timeout| *timeout).unwrap_or(DEFAULT_TIMEOUT);
        let connection = self.0.call(uri);
        Box::pin(async move {
            match tokio::time::timeout(timeout, connection).await {
                Ok(connection) => Ok(connection?),
                Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
            }
        })
    }
}

pin_project! {
    /// A response's body that ends with an error when nothing comes for too long.
    struct TimedBody {
        // Taken when time is up, which closes the connection.
        body: Option<WasiBody>,
        timeout: Duration,
        #[pin]
        sleep: Option<tokio::time::Sleep>,
    }
}

impl Body for TimedBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let mut this = self.project();
        let Some(body) = this.body.as_mut() else {
            return Poll::Ready(None);
        };
        if let Poll::Ready(frame) = Pin::new(body).poll_frame(context) {
            this.sleep.set(None);
            return Poll::Ready(frame);
        }
        if this.sleep.is_none() {
            this.sleep.set(Some(tokio::time::sleep(*this.timeout)));
        }
        if let Some(sleep) = this.sleep.as_pin_mut() {
            ready!(sleep.poll(context));
        }
        *this.body = None;
        Poll::Ready(Some(Err(Error::ConnectionReadTimeout)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}
