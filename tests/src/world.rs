//! Starting the system, or finding the one that is to be tested.

use std::collections::BTreeMap;
use std::net::{Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use medchat_edge_host::{EdgeHost, LogStream, Options};
use medchat_fake_ollama::FakeOllama;
use reqwest::{Client, Method, RequestBuilder};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::{INFERENCE_KEY, Inference, SIGNING_KEY};

/// Where a system that is already running listens.
const URL: &str = "MEDCHAT_TEST_URL";
/// Where that system expects its inference host, which the test then starts.
const INFERENCE: &str = "MEDCHAT_TEST_INFERENCE";

/// What is special about a world.
#[derive(Default)]
pub struct Setup {
    variables: BTreeMap<String, String>,
    without_ollama: bool,
    ollama: Option<FakeOllama>,
    only_gateway: bool,
    policy: Option<&'static str>,
}

impl Setup {
    /// Sets an application variable. A world with one of its own cannot be tested from outside.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Leaves Ollama out, so that the built-in responder answers.
    #[must_use]
    pub fn without_ollama(mut self) -> Self {
        self.without_ollama = true;
        self
    }

    /// Uses a model that the test has prepared.
    #[must_use]
    pub fn ollama(mut self, ollama: FakeOllama) -> Self {
        self.ollama = Some(ollama);
        self
    }

    /// Puts a component that tells what it was sent behind the gateway, in place of chat and health. A world like that
    /// cannot be tested from outside.
    #[must_use]
    pub fn only_gateway(mut self) -> Self {
        self.only_gateway = true;
        self
    }

    /// Puts the example policy `package` in the place of Medchat's, by the one line of the manifest that says where the
    /// policy's file is. A world like that cannot be tested from outside.
    #[must_use]
    pub fn policy(mut self, package: &'static str) -> Self {
        self.policy = Some(package);
        self
    }

    /// Starts the world.
    pub async fn start(self) -> World {
        World::start_with(self).await
    }
}

/// A system under test.
pub struct World {
    base: String,
    client: Client,
    /// The address that requests come from, as the trusted proxy that a test poses as says: one for each world, so that
    /// tests do not use up each other's requests.
    address: String,
    /// The model.
    pub ollama: FakeOllama,
    /// The inference host.
    pub inference: Inference,
    edge: Option<EdgeHost>,
    lines: Arc<Mutex<Vec<(LogStream, String)>>>,
    state: TempDir,
}

impl World {
    /// The usual world.
    pub async fn start() -> Self {
        Setup::default().start().await
    }

    async fn start_with(setup: Setup) -> Self {
        let ollama = match setup.ollama {
            Some(ollama) => ollama,
            None => FakeOllama::start().await,
        };
        let ollama_url = if setup.without_ollama {
            "none".to_owned()
        } else {
            ollama.url()
        };
        let outside = std::env::var(URL).ok();
        let listen = match &outside {
            Some(_) => std::env::var(INFERENCE)
                .unwrap_or("127.0.0.1:8090".to_owned())
                .parse()
                .unwrap(),
            None => SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        let inference = Inference::start(listen, &ollama_url).await;
        let state = tempfile::tempdir().unwrap();
        let lines = Arc::<Mutex<Vec<_>>>::default();
        let (base, edge) = match outside {
            Some(base) => {
                assert!(
                    setup.variables.is_empty(),
                    "a running system cannot be changed: pass over with is_outside()"
                );
                (base.trim_end_matches('/').to_owned(), None)
            }
            None => {
                let manifest = match setup.policy {
                    Some(package) => manifest_with_policy(package, state.path()).await,
                    None if setup.only_gateway => manifest_of_gateway(),
                    None => manifest(),
                };
                let edge = start_edge(manifest, &setup.variables, inference.address(), state.path(), &lines).await;
                (format!("http://{}", edge.local_addr()), Some(edge))
            }
        };
        let address = Ipv6Addr::from(u128::from(0x2001_0db8_u32) << 96 | uuid::Uuid::new_v4().as_u128() >> 32);
        let client = Client::builder().no_proxy().build().unwrap();
        Self {
            base,
            client,
            address: address.to_string(),
            ollama,
            inference,
            edge,
            lines,
            state,
        }
    }

    /// Whether the system was started by someone else: then a test cannot set its variables or read its logs.
    #[must_use]
    pub fn is_outside() -> bool {
        std::env::var_os(URL).is_some()
    }

    /// Where the system listens.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// A request to the system.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.request_from(&self.address, method, path)
    }

    /// A request from another client address.
    pub fn request_from(&self, address: &str, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.base))
            .header("x-forwarded-for", address)
    }

    /// A `POST` request.
    pub fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    /// A `GET` request.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    /// Starts the inference host again, where it was.
    pub async fn revive_inference(&mut self) {
        self.inference.kill();
        let address = self.inference.address();
        // The port is free again once the killed runtime has let go of it.
        while TcpListener::bind(address).await.is_err() {
            tokio::task::yield_now().await;
        }
        self.inference = Inference::start(address, &self.ollama.url()).await;
    }

    /// All that the components have written so far.
    #[must_use]
    pub fn lines(&self) -> Vec<(LogStream, String)> {
        self.lines.lock().unwrap().clone()
    }

    /// The directory that the edge host keeps its state in.
    #[must_use]
    pub fn state(&self) -> &Path {
        self.state.path()
    }

    /// Stops the edge host, letting requests finish.
    pub async fn shut_down(mut self) {
        if let Some(edge) = self.edge.take() {
            edge.shutdown().await;
        }
    }
}

/// The application's manifest.
#[must_use]
pub fn manifest() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("spin.toml")
}

fn target() -> PathBuf {
    manifest().with_file_name("target")
}

fn manifest_of_gateway() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("behind/spin.toml")
}

/// The application's manifest with another policy, written into `folder`.
async fn manifest_with_policy(package: &'static str, folder: &Path) -> PathBuf {
    let command = format!("cargo build --release --target wasm32-wasip2 -p {package}");
    let build = move || medchat::components::run(&command, manifest().parent().unwrap());
    tokio::task::spawn_blocking(build).await.unwrap().unwrap();
    let ours = std::fs::read_to_string(manifest()).unwrap();
    let file = |name: &str| format!("source = \"target/wasm32-wasip2/release/{name}.wasm\"\n");
    assert_eq!(
        ours.matches(&file("policy")).count(),
        1,
        "one line says where the policy is"
    );
    let theirs = ours.replace(&file("policy"), &file(&package.replace('-', "_")));
    // The manifest now lies elsewhere, and the files do not.
    let theirs = theirs.replace("\"target/", &format!("\"{}/", target().display()));
    let path = folder.join("spin.toml");
    std::fs::write(&path, theirs).unwrap();
    path
}

/// Builds the components, once in a test program.
pub fn build_components() {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| {
        for manifest in [manifest(), manifest_of_gateway()] {
            medchat::components::build(&manifest, |command| eprintln!("{command}")).unwrap();
        }
    });
}

async fn start_edge(
    manifest: PathBuf,
    variables: &BTreeMap<String, String>,
    inference: SocketAddr,
    state: &Path,
    lines: &Arc<Mutex<Vec<(LogStream, String)>>>,
) -> EdgeHost {
    tokio::task::spawn_blocking(build_components).await.unwrap();
    let mut options = Options::new(manifest).with_state_directory(state);
    options.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    // The pool's stacks take 32 mappings for each memory, and Linux gives a process 65,530 for all worlds that run at once.
    options.limits.pool.memories = 100;
    // All worlds run the same components: one compilation serves them all.
    options.deny_adapter = Some(target().join("wasm32-wasip2/release/deny_adapter.wasm"));
    options.cache_directory = Some(target().join("compiled-components"));
    let lines = Arc::clone(lines);
    options.logs.observer = Some(Arc::new(move |_, stream, line: &str| {
        lines.lock().unwrap().push((stream, line.to_owned()))
    }));
    for (name, value) in [
        ("signing_key", SIGNING_KEY),
        ("inference_url", &format!("http://{inference}")),
        ("inference_key", INFERENCE_KEY),
        ("trusted_proxies", "127.0.0.1"),
    ] {
        options.variables.insert(name.to_owned(), value.to_owned());
    }
    options.variables.extend(variables.clone());
    EdgeHost::start(options).await.unwrap()
}
