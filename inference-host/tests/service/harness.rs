//! Starts an inference host for a test and asks it.

use std::{path::Path, sync::LazyLock, time::Duration};

use medchat_fake_ollama::FakeOllama;
use medchat_inference_api::{ChatChunk, ChatMessage, ChatRequest, ChatResponse, ErrorBody, Readiness, routes};
use medchat_inference_host::{Config, Error, serve};
use reqwest::{Client, RequestBuilder, Response};
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};

use crate::logs::LOG;

pub const HEADACHE: &str = "I have had a headache for two days";

/// So long that a test which waits for it has failed.
pub const NEVER: Duration = Duration::from_secs(3600);

/// A host with this configuration on a free port.
pub struct Host {
    url: String,
    client: Client,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<Result<(), Error>>,
}

/// The defaults, with the fixtures for reference text, retries at once and a probe for every question.
pub fn config(ollama_url: &str) -> Config {
    let mut config = Config::from_env().unwrap();
    config.ollama_url = ollama_url.parse().unwrap();
    config.knowledge_dir = Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/knowledge"));
    config.retry_delay = Duration::from_millis(1);
    config.probe_ttl = Duration::ZERO;
    // A busy machine is no dead Ollama.
    config.probe_timeout = NEVER;
    config
}

/// An Ollama, and a host in front of it whose configuration the test changes.
pub async fn ollama_and_host(change: impl FnOnce(&mut Config)) -> (FakeOllama, Host) {
    let ollama = FakeOllama::start().await;
    let mut config = config(&ollama.url());
    change(&mut config);
    let host = Host::start(config).await;
    (ollama, host)
}

/// A port at which nobody listens, and which nobody else gets as long as the test holds it.
pub struct DeadPort(TcpSocket);

impl DeadPort {
    pub fn hold() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        Self(socket)
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.0.local_addr().unwrap())
    }

    /// From now on somebody listens.
    pub fn revive(self) -> TcpListener {
        self.0.listen(16).unwrap()
    }
}

impl Host {
    pub async fn start(config: Config) -> Self {
        LazyLock::force(&LOG);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(serve(config, listener, async {
            let _ = stopped.await;
        }));
        Self {
            url,
            client: Client::new(),
            stop: Some(stop),
            server,
        }
    }

    /// Tells the host to stop, as a signal would.
    pub fn tell_to_stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    /// Waits until the host has stopped.
    pub async fn stopped(self) {
        self.server.await.unwrap().unwrap();
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.url))
    }

    pub fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.url))
    }

    pub fn asking(&self, request: &ChatRequest) -> RequestBuilder {
        self.post(routes::CHAT_COMPLETIONS).json(request)
    }

    /// Asks for an answer in one body.
    pub async fn ask(&self, text: &str) -> Response {
        self.asking(&ChatRequest::new(vec![ChatMessage::user(text)]))
            .send()
            .await
            .unwrap()
    }

    /// Asks for an answer in one body and takes it to be one.
    pub async fn answer(&self, text: &str) -> ChatResponse {
        let response = self.ask(text).await;
        assert_eq!(response.status(), 200);
        response.json().await.unwrap()
    }

    /// Asks for a stream.
    pub async fn stream(&self, text: &str) -> Response {
        let request = ChatRequest {
            stream: true,
            ..ChatRequest::new(vec![ChatMessage::user(text)])
        };
        self.asking(&request).send().await.unwrap()
    }

    pub async fn readiness(&self) -> (u16, Readiness) {
        let response = self.get(routes::READINESS).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub async fn metrics(&self) -> String {
        self.get(routes::METRICS).send().await.unwrap().text().await.unwrap()
    }

    /// The value of a figure, named with its labels.
    pub async fn metric(&self, name: &str) -> f64 {
        let name = format!("medchat_inference_{name} ");
        let text = self.metrics().await;
        text.lines()
            .find_map(|line| line.strip_prefix(&name))
            .map_or(0.0, |value| value.parse().unwrap())
    }

    /// Asks for a figure until it has this value.
    pub async fn metric_reaches(&self, name: &str, value: f64) {
        let reached = async {
            while self.metric(name).await != value {
                tokio::task::yield_now().await;
            }
        };
        timeout(Duration::from_secs(60), reached)
            .await
            .unwrap_or_else(|_| panic!("{name} never was {value}"));
    }
}

/// The code of an error in OpenAI's shape.
pub async fn error_code(response: Response) -> String {
    let body: ErrorBody = response.json().await.unwrap();
    body.error.code.unwrap()
}

/// The data of each server-sent event.
pub async fn events(response: Response) -> Vec<String> {
    let text = response.text().await.unwrap();
    text.split_terminator("\n\n")
        .map(|event| event.strip_prefix("data: ").unwrap().to_owned())
        .collect()
}

/// An event that is a chunk.
pub fn chunk(event: &str) -> ChatChunk {
    serde_json::from_str(event).unwrap()
}
