//! The `edge-host` subcommand: its flags, each of which is an environment variable too.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::error::StartError;
use crate::host::EdgeHost;
use crate::limits::Limits;
use crate::options::Options;

/// Runs a Spin application (spin.toml) without Spin.
///
/// Application variables come from SPIN_VARIABLE_<NAME>, so that secrets need no flag.
#[derive(Clone, Debug, clap::Args)]
pub struct EdgeHostArgs {
    /// The application's manifest.
    #[arg(long, env = "MEDCHAT_EDGE_MANIFEST", default_value = "spin.toml")]
    pub manifest: PathBuf,
    /// Where stores, databases, component logs and compiled components are kept [default: .medchat/edge beside the
    /// manifest].
    #[arg(long, env = "MEDCHAT_EDGE_STATE_DIRECTORY")]
    pub state_directory: Option<PathBuf>,
    /// The address to listen on; port 0 takes a free one.
    #[arg(long, env = "MEDCHAT_EDGE_LISTEN", default_value = "127.0.0.1:3000")]
    pub listen: SocketAddr,
    /// The value of an application variable, as name=value. Others see flags: set secrets by SPIN_VARIABLE_<NAME>.
    #[arg(long = "variable", value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub variables: Vec<(String, String)>,
    /// The component that denies what is not granted [default: target/wasm32-wasip2/release/deny_adapter.wasm beside the
    /// manifest].
    #[arg(long, env = "MEDCHAT_EDGE_DENY_ADAPTER")]
    pub deny_adapter: Option<PathBuf>,
    /// Also write components' output to stdout and stderr.
    #[arg(long, env = "MEDCHAT_EDGE_ECHO_LOGS")]
    pub echo_logs: bool,
    /// Connections at a time; more wait to be accepted.
    #[arg(long, env = "MEDCHAT_EDGE_MAX_CONNECTIONS", default_value_t = Limits::default().connections)]
    pub max_connections: usize,
    /// The most bytes of a request's body.
    #[arg(long, env = "MEDCHAT_EDGE_MAX_BODY_BYTES", default_value_t = Limits::default().body_bytes)]
    pub max_body_bytes: u64,
    /// The most bytes of a request's headers.
    #[arg(long, env = "MEDCHAT_EDGE_MAX_HEADER_BYTES", default_value_t = Limits::default().header_bytes)]
    pub max_header_bytes: usize,
    /// Seconds in which a request's headers must have come.
    #[arg(long, env = "MEDCHAT_EDGE_HEADER_TIMEOUT", default_value_t = Limits::default().header_timeout.as_secs())]
    pub header_timeout: u64,
    /// Seconds for which a connection is kept without a request.
    #[arg(long, env = "MEDCHAT_EDGE_IDLE_TIMEOUT", default_value_t = Limits::default().idle_timeout.as_secs())]
    pub idle_timeout: u64,
    /// Seconds in which a response must have begun.
    #[arg(long, env = "MEDCHAT_EDGE_REQUEST_TIMEOUT", default_value_t = Limits::default().reuse.request_timeout.as_secs())]
    pub request_timeout: u64,
    /// Seconds for which a shutdown waits for requests to finish.
    #[arg(long, env = "MEDCHAT_EDGE_SHUTDOWN_GRACE", default_value_t = Limits::default().shutdown_grace.as_secs())]
    pub shutdown_grace: u64,
    /// WebAssembly memories at a time, of which an instance has one for each component in it; more requests wait.
    #[arg(long, env = "MEDCHAT_EDGE_MAX_MEMORIES", default_value_t = Limits::default().pool.memories)]
    pub max_memories: u32,
    /// The most bytes of one WebAssembly memory.
    #[arg(long, env = "MEDCHAT_EDGE_MAX_MEMORY_BYTES", default_value_t = Limits::default().pool.memory_bytes)]
    pub max_memory_bytes: usize,
    /// Requests that an instance serves before another takes its place.
    #[arg(long, env = "MEDCHAT_EDGE_INSTANCE_REQUESTS", default_value_t = Limits::default().reuse.requests)]
    pub instance_requests: usize,
    /// Requests that an instance serves at once.
    #[arg(long, env = "MEDCHAT_EDGE_INSTANCE_CONCURRENCY", default_value_t = Limits::default().reuse.concurrent_requests)]
    pub instance_concurrency: usize,
    /// Milliseconds for which an instance is kept without a request.
    #[arg(long, env = "MEDCHAT_EDGE_INSTANCE_IDLE_MS", default_value_t = 1_000)]
    pub instance_idle_ms: u64,
}

fn name_and_value(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once('=').ok_or("is not of the form name=value")?;
    Ok((name.to_owned(), value.to_owned()))
}

impl From<EdgeHostArgs> for Options {
    fn from(args: EdgeHostArgs) -> Self {
        let mut options = Self::new(args.manifest);
        if let Some(directory) = args.state_directory {
            options = options.with_state_directory(directory);
        }
        options.listen = args.listen;
        options.variables = args.variables.into_iter().collect();
        options.deny_adapter = args.deny_adapter;
        options.logs.echo = args.echo_logs;
        let limits = &mut options.limits;
        limits.connections = args.max_connections;
        limits.body_bytes = args.max_body_bytes;
        limits.header_bytes = args.max_header_bytes;
        limits.header_timeout = Duration::from_secs(args.header_timeout);
        limits.idle_timeout = Duration::from_secs(args.idle_timeout);
        limits.shutdown_grace = Duration::from_secs(args.shutdown_grace);
        limits.pool.memories = args.max_memories;
        limits.pool.memory_bytes = args.max_memory_bytes;
        limits.reuse.requests = args.instance_requests;
        limits.reuse.concurrent_requests = args.instance_concurrency;
        limits.reuse.idle = Duration::from_millis(args.instance_idle_ms);
        limits.reuse.request_timeout = Duration::from_secs(args.request_timeout);
        options
    }
}

/// Serves the application until the process is told to stop (Ctrl-C or SIGTERM), then lets requests finish.
pub async fn run(args: EdgeHostArgs) -> Result<(), StartError> {
    let host = EdgeHost::start(args.into()).await?;
    tracing::info!(address = %host.local_addr(), "serving");
    println!("Serving http://{}", host.local_addr());
    stop_signal().await;
    tracing::info!("stopping: requests may finish");
    host.shutdown().await;
    Ok(())
}

async fn stop_signal() {
    let interrupt = async {
        // Without the handler Ctrl-C ends the process all the same, only less gently.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! { () = interrupt => {}, _ = terminate.recv() => {} }
            return;
        }
    }
    interrupt.await;
}
