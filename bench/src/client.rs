//! One keep-alive HTTP/1.1 connection.

use anyhow::{Context, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use tokio::net::TcpStream;

/// A request that is sent over and over.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: &'static str,
    /// The path.
    pub path: &'static str,
    /// The access token, where one is needed.
    pub token: Option<String>,
    /// The JSON body, where there is one.
    pub body: Option<String>,
    /// The status that is expected: anything else ends the measurement.
    pub status: u16,
}

/// A connection.
pub struct Client {
    sender: SendRequest<Full<Bytes>>,
    sent: u64,
    id: u64,
}

impl Client {
    /// Connects to `address`. `id` is different for each client.
    ///
    /// # Errors
    /// The connection is refused.
    pub async fn connect(address: SocketAddr, id: u64) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { sender, sent: 0, id })
    }

    /// Sends `request` and reads the whole answer.
    ///
    /// # Errors
    /// The connection broke, or the status is not the expected one.
    pub async fn send(&mut self, request: &Request) -> anyhow::Result<Bytes> {
        // A client address may send 100 requests an hour; after 90 the next one takes its place.
        let host = self.id * 100_000 + self.sent / 90;
        self.sent += 1;
        let mut builder = hyper::Request::builder()
            .method(request.method)
            .uri(request.path)
            .header("host", "localhost")
            .header(
                "x-forwarded-for",
                format!("2001:db8:{:x}:{:x}::1", host >> 16, host & 0xffff),
            );
        if let Some(token) = &request.token {
            builder = builder.header("authorization", format!("Bearer {token}"));
        }
        if request.body.is_some() {
            builder = builder.header("content-type", "application/json");
        }
        let body = Full::new(Bytes::from(request.body.clone().unwrap_or_default()));
        self.sender.ready().await?;
        let answer = self.sender.send_request(builder.body(body)?).await.context("sending")?;
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.context("reading")?.to_bytes();
        let expected = request.status;
        ensure!(
            status == expected,
            "{} {} answered {status}, not {expected}",
            request.method,
            request.path
        );
        Ok(body)
    }
}
