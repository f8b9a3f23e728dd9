//! Tells when a connection has been quiet for too long.
//!
//! hyper's own header timeout cannot tell a client that rests between two requests from one that sends its headers one
//! byte at a time, so both are watched for here: with one timer for each connection, which requests never touch.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// How an HTTP/2 connection begins.
const HTTP2_PREFACE: &[u8] = b"PRI * ";

/// What a connection is doing.
#[derive(Clone)]
pub struct Activity(Arc<State>);

struct State {
    opened: Instant,
    requests: AtomicUsize,
    /// In milliseconds since it was opened: the end of the last request.
    quiet_since: AtomicU64,
    /// In milliseconds since it was opened, plus one: when the headers of a request began to come; zero if none do.
    headers_since: AtomicU64,
    /// HTTP/2 sends more than requests, so bytes there do not mean that headers come.
    multiplexed: AtomicBool,
}

/// A request that is being served.
pub struct ActiveRequest(Activity);

impl Activity {
    /// A connection that was just opened. It owes its first request as if it had begun to send it.
    pub fn new() -> Self {
        Self(Arc::new(State {
            opened: Instant::now(),
            requests: AtomicUsize::new(0),
            quiet_since: AtomicU64::new(0),
            headers_since: AtomicU64::new(1),
            multiplexed: AtomicBool::new(false),
        }))
    }

    fn now(&self) -> u64 {
        u64::try_from(self.0.opened.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Notes that a request's headers are complete.
    pub fn request(&self) -> ActiveRequest {
        self.0.requests.fetch_add(1, Relaxed);
        self.0.headers_since.store(0, Relaxed);
        ActiveRequest(self.clone())
    }

    fn received(&self, bytes: &[u8]) {
        if bytes.starts_with(HTTP2_PREFACE) {
            self.0.multiplexed.store(true, Relaxed);
            self.0.headers_since.store(0, Relaxed);
        }
        if self.0.requests.load(Relaxed) == 0 && !self.0.multiplexed.load(Relaxed) && !bytes.is_empty() {
            _ = self
                .0
                .headers_since
                .compare_exchange(0, self.now() + 1, Relaxed, Relaxed);
        }
    }

    /// Waits until the client has been quiet between requests for `idle`, or has sent headers for `header`.
    pub async fn too_quiet(&self, header: Duration, idle: Duration) {
        loop {
            let headers_since = self.0.headers_since.load(Relaxed);
            let deadline = if self.0.requests.load(Relaxed) > 0 {
                Instant::now() + idle.min(header)
            } else if headers_since > 0 {
                self.0.opened + Duration::from_millis(headers_since - 1) + header
            } else {
                // A header that begins after this wait does must not have to wait for the whole of it.
                let quiet_since = self.0.opened + Duration::from_millis(self.0.quiet_since.load(Relaxed));
                (quiet_since + idle).min(Instant::now() + header)
            };
            tokio::time::sleep_until(deadline).await;
            if self.is_too_quiet(header, idle) {
                return;
            }
        }
    }

    fn is_too_quiet(&self, header: Duration, idle: Duration) -> bool {
        let headers_since = self.0.headers_since.load(Relaxed);
        let elapsed = |since: u64| Duration::from_millis(self.now().saturating_sub(since));
        self.0.requests.load(Relaxed) == 0
            && if headers_since > 0 {
                elapsed(headers_since - 1) >= header
            } else {
                elapsed(self.0.quiet_since.load(Relaxed)) >= idle
            }
    }
}

impl Drop for ActiveRequest {
    fn drop(&mut self) {
        let activity = &self.0;
        activity.0.quiet_since.store(activity.now(), Relaxed);
        activity.0.requests.fetch_sub(1, Relaxed);
    }
}

/// A connection whose activity is watched.
pub struct Watched {
    stream: TcpStream,
    activity: Activity,
}

impl Watched {
    /// Watches a connection.
    pub fn new(stream: TcpStream, activity: Activity) -> Self {
        Self { stream, activity }
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.activity.received(&buffer.filled()[before..]);
        result
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: Duration = Duration::from_secs(15);
    const IDLE: Duration = Duration::from_secs(120);

    async fn quiet_after(activity: &Activity) -> Duration {
        let start = Instant::now();
        activity.too_quiet(HEADER, IDLE).await;
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_never_sends_a_request_is_given_the_header_timeout() {
        assert_eq!(quiet_after(&Activity::new()).await.as_secs(), HEADER.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_rests_between_requests_is_given_the_idle_timeout() {
        let activity = Activity::new();
        drop(activity.request());
        assert_eq!(quiet_after(&activity).await.as_secs(), IDLE.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_begins_a_request_and_does_not_end_it_is_given_the_header_timeout() {
        let activity = Activity::new();
        drop(activity.request());
        activity.received(b"GET / HT");
        assert_eq!(quiet_after(&activity).await.as_secs(), HEADER.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_of_an_http2_connection_are_not_taken_for_headers() {
        let activity = Activity::new();
        activity.received(b"PRI * HTTP/2.0\r\n");
        drop(activity.request());
        activity.received(b"ping");
        assert_eq!(quiet_after(&activity).await.as_secs(), IDLE.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_may_take_longer_than_either() {
        let activity = Activity::new();
        let request = activity.request();
        assert!(
            tokio::time::timeout(IDLE * 10, activity.too_quiet(HEADER, IDLE))
                .await
                .is_err()
        );
        drop(request);
        assert!(
            tokio::time::timeout(IDLE * 10, activity.too_quiet(HEADER, IDLE))
                .await
                .is_ok()
        );
    }
}
