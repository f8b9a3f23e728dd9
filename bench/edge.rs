//! Prints, for this machine, what the budgets of the design are about. Nothing is asserted: times differ by machine.
//!
//! The system under test runs in a process of its own, so that its memory is its own and the client's work is not
//! measured with it. Both share the machine's cores all the same.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;
use medchat_bench::{Client, Request, Samples, resident_bytes};
use medchat_edge_host::{EdgeHost, Options};
use medchat_fake_ollama::{FakeOllama, Reply};
use tokio::net::{TcpListener, TcpStream};

const SIGNING_KEY: &str = "a signing key for benchmarks, and for nothing else";
const INFERENCE_KEY: &str = "an-inference-key-for-benchmarks";
const WARM_UP: Duration = Duration::from_secs(1);
const MEASURE: Duration = Duration::from_secs(5);
const IDLE_CONNECTIONS: usize = 10_000;
const IN_FLIGHT: u64 = 400;
/// Set for a process that makes a new instance for each request.
const FRESH: &str = "MEDCHAT_BENCH_FRESH";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the bench is in the workspace")
        .to_owned()
}

fn main() -> anyhow::Result<()> {
    medchat::hosts::raise_file_limit();
    let arguments: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Runtime::new()?;
    match arguments.get(1).map(String::as_str) {
        Some("serve") => runtime.block_on(serve(Path::new(&arguments[2]), arguments.get(3).cloned())),
        Some("model") => runtime.block_on(serve_model()),
        _ => runtime.block_on(measure()),
    }
}

/// The edge host, until its standard input ends. Prints its address, and at each line of input its statistics.
async fn serve(manifest: &Path, inference_url: Option<String>) -> anyhow::Result<()> {
    let state = tempfile::tempdir()?;
    let mut options = Options::new(manifest).with_state_directory(state.path());
    options.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    options.deny_adapter = Some(root().join("target/wasm32-wasip2/release/deny_adapter.wasm"));
    options.variables = BTreeMap::from([("signing_key".to_owned(), SIGNING_KEY.to_owned())]);
    if let Some(url) = inference_url {
        for (name, value) in [
            ("inference_url", url.as_str()),
            ("inference_key", INFERENCE_KEY),
            ("trusted_proxies", "127.0.0.1"),
            ("rate_limit_minute", "100"),
        ] {
            options.variables.insert(name.to_owned(), value.to_owned());
        }
    }
    if std::env::var_os(FRESH).is_some() {
        options.limits.reuse.requests = 1;
        options.limits.reuse.concurrent_requests = 1;
    }
    let host = EdgeHost::start(options).await?;
    println!("{}", host.local_addr());
    let mut lines = BufReader::new(std::io::stdin()).lines();
    while tokio::task::block_in_place(|| lines.next()).is_some() {
        println!("{}", host.stats().instances_created.values().sum::<u64>());
    }
    host.shutdown().await;
    Ok(())
}

/// The inference host with a model that answers at once, until standard input ends.
async fn serve_model() -> anyhow::Result<()> {
    let ollama = FakeOllama::start().await;
    ollama.reply_with(Reply::words([
        "Rest, and drink enough. ",
        "See a doctor if it does not get better.",
    ]));
    let mut config = medchat_inference_host::Config::from_env()?;
    config.ollama_url = ollama.url().parse()?;
    config.key = Some(INFERENCE_KEY.parse()?);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("{}", listener.local_addr()?);
    let ended = async {
        tokio::io::copy(&mut tokio::io::stdin(), &mut tokio::io::sink())
            .await
            .map(drop)
            .unwrap_or(())
    };
    Ok(medchat_inference_host::serve(config, listener, ended).await?)
}

/// A part of the system in a process of its own.
struct Process {
    child: Child,
    output: BufReader<std::process::ChildStdout>,
    address: SocketAddr,
}

impl Process {
    fn start(arguments: &[&str]) -> anyhow::Result<Self> {
        Self::spawn(Command::new(std::env::current_exe()?).args(arguments))
    }

    fn spawn(command: &mut Command) -> anyhow::Result<Self> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut output = BufReader::new(child.stdout.take().context("no output")?);
        let mut line = String::new();
        output.read_line(&mut line)?;
        let address = line.trim().parse().context("a part of the system did not start")?;
        Ok(Self { child, output, address })
    }

    fn instances(&mut self) -> anyhow::Result<u64> {
        let input = self.child.stdin.as_mut().context("no input")?;
        writeln!(input)?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        Ok(line.trim().parse()?)
    }

    fn memory(&self) -> u64 {
        resident_bytes(self.child.id())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

async fn measure() -> anyhow::Result<()> {
    medchat::components::build(&root().join("spin.toml"), |command| eprintln!("{command}"))?;
    let bench = root().join("bench/spin.toml").display().to_string();
    let whole = root().join("spin.toml").display().to_string();
    println!("| what | median ms | p99 ms | at once: 8, requests/s | instances | resident MiB |");
    println!("|---|---|---|---|---|---|");

    let mut overhead = Process::start(&["serve", &bench])?;
    let token = log_in(&overhead).await?;
    let get = |path, token| Request {
        method: "GET",
        path,
        token,
        body: None,
        status: 404,
    };
    row("bare component", &mut overhead, &get("/bare", None)).await?;
    row("behind the gateway, public", &mut overhead, &get("/api/health", None)).await?;
    row(
        "behind the gateway, counted and authenticated",
        &mut overhead,
        &get("/api/chat/history", Some(token)),
    )
    .await?;
    drop(overhead);
    let mut fresh = Process::spawn(
        Command::new(std::env::current_exe()?)
            .args(["serve", &bench])
            .env(FRESH, "1"),
    )?;
    let token = log_in(&fresh).await?;
    let protected = get("/api/chat/history", Some(token));
    row(
        "bare component, a new instance for each request",
        &mut fresh,
        &get("/bare", None),
    )
    .await?;
    row(
        "counted and authenticated, a new instance for each request",
        &mut fresh,
        &protected,
    )
    .await?;
    drop(fresh);

    let model = Process::start(&["model"])?;
    let mut application = Process::start(&["serve", &whole, &format!("http://{}", model.address)])?;
    row("login", &mut application, &login_request()).await?;
    let token = log_in(&application).await?;
    let message = Request {
        method: "POST",
        path: "/api/chat/message",
        token: Some(token.clone()),
        body: Some(r#"{"message": "I have had a headache for two days"}"#.to_owned()),
        status: 200,
    };
    let mut patient = Client::connect(application.address, 900).await?;
    for _ in 0..50 {
        patient.send(&message).await?;
    }
    let history = |token| Request {
        method: "GET",
        path: "/api/chat/history?limit=50",
        token,
        body: None,
        status: 200,
    };
    row("history page of 50", &mut application, &history(Some(token))).await?;
    let token = log_in(&application).await?;
    row(
        "chat turn, model answers at once",
        &mut application,
        &Request {
            token: Some(token),
            ..message
        },
    )
    .await?;
    idle(&mut application).await?;
    drop(application);
    in_flight(&whole).await
}

fn login_request() -> Request {
    let body = r#"{"patient_id": "Adam631_Cronin387_aff8f143-2375-416f-901d-b0e4c73e3e58"}"#.to_owned();
    Request {
        method: "POST",
        path: "/api/auth/login",
        token: None,
        body: Some(body),
        status: 200,
    }
}

async fn log_in(process: &Process) -> anyhow::Result<String> {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(800);
    let id = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let answer = Client::connect(process.address, id)
        .await?
        .send(&login_request())
        .await?;
    let body: serde_json::Value = serde_json::from_slice(&answer)?;
    Ok(body["access_token"].as_str().context("no token")?.to_owned())
}

/// Measures `request`, one at a time and then eight at once.
async fn row(name: &str, process: &mut Process, request: &Request) -> anyhow::Result<()> {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
    let next = || NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let mut client = Client::connect(process.address, next()).await?;
    let began = Instant::now();
    while began.elapsed() < WARM_UP {
        client.send(request).await?;
    }
    let mut samples = Samples::default();
    let began = Instant::now();
    while began.elapsed() < MEASURE {
        let sent = Instant::now();
        client.send(request).await?;
        samples.push(sent.elapsed());
    }

    let before = process.instances()?;
    let began = Instant::now();
    let at_once = (0..8).map(|_| {
        let (address, request, id) = (process.address, request.clone(), next());
        async move {
            let mut client = Client::connect(address, id).await?;
            let mut answered = 0_u64;
            while began.elapsed() < MEASURE {
                client.send(&request).await?;
                answered += 1;
            }
            anyhow::Ok(answered)
        }
    });
    let answered: u64 = futures::future::try_join_all(at_once).await?.into_iter().sum();
    println!(
        "| {name} | {:.3} | {:.3} | {} | {} | {} |",
        samples.quantile(0.5),
        samples.quantile(0.99),
        answered / MEASURE.as_secs(),
        process.instances()? - before,
        process.memory() / 1024 / 1024,
    );
    Ok(())
}

/// Has many turns wait for a model that never answers.
async fn in_flight(manifest: &str) -> anyhow::Result<()> {
    let silent = TcpListener::bind(("127.0.0.1", 0)).await?;
    let application = Process::start(&["serve", manifest, &format!("http://{}", silent.local_addr()?)])?;
    let message = Request {
        method: "POST",
        path: "/api/chat/message",
        token: Some(log_in(&application).await?),
        body: Some(r#"{"message": "I have had a headache for two days"}"#.to_owned()),
        status: 200,
    };
    let before = application.memory();
    for id in 0..IN_FLIGHT {
        let (address, message) = (application.address, message.clone());
        tokio::spawn(async move { Client::connect(address, 1_000 + id).await?.send(&message).await });
    }
    // A turn that has reached the model has been through everything else.
    let mut reached = Vec::new();
    for _ in 0..IN_FLIGHT {
        reached.push(silent.accept().await?);
    }
    let each = application.memory().saturating_sub(before) / 1024 / IN_FLIGHT;
    println!("\nA chat turn in flight, of {IN_FLIGHT}, holds {each} KiB.");
    Ok(())
}

/// Holds many idle connections, and measures what is answered beside them.
async fn idle(application: &mut Process) -> anyhow::Result<()> {
    let before = application.memory();
    let mut held = Vec::with_capacity(IDLE_CONNECTIONS);
    for number in 0..IDLE_CONNECTIONS {
        let opened = TcpStream::connect(application.address).await;
        held.push(opened.with_context(|| format!("connection {number}: is `ulimit -n` large enough?"))?);
    }
    // Each of them has been served once, so that it is kept alive rather than new.
    for stream in &mut held {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        stream
            .write_all(b"GET /nothing HTTP/1.1\r\nhost: localhost\r\n\r\n")
            .await?;
        let mut answer = [0; 2048];
        anyhow::ensure!(stream.read(&mut answer).await? > 0, "an idle connection was closed");
    }
    let name = format!("login beside {} idle connections", held.len());
    row(&name, application, &login_request()).await?;
    println!(
        "\nAn idle connection holds {} KiB.",
        application.memory().saturating_sub(before) / 1024 / held.len() as u64
    );
    Ok(())
}
