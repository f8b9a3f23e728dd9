//! Starts an application, and stops it.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use wasmtime::Engine;
use wasmtime::component::Linker;

use crate::allowed_hosts::AllowedHosts;
use crate::application::{ComposedComponent, Composer};
use crate::compose::ComposeError;
use crate::engine::{Ticker, engine};
use crate::handler::{Factory, Handler};
use crate::key_value::KeyValueStores;
use crate::limits::Limits;
use crate::logs::{ComponentLogs, LogOptions};
use crate::manifest::{Manifest, ManifestError};
use crate::outbound::Connections;
use crate::routes::Router;
use crate::server::{Server, Target};
use crate::sqlite::Database;
use crate::state::{self, ComponentContext};
use crate::storage::Checkpointer;
use crate::variables::{VariableError, Variables};

/// What to run, and how.
#[derive(Clone)]
pub struct Options {
    /// The path of `spin.toml`.
    pub manifest: PathBuf,
    /// The directory for stores, databases, component logs and compiled components; made if it is not there.
    pub state_directory: PathBuf,
    /// The address to listen on. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Values of application variables. Those not here come from `SPIN_VARIABLE_<NAME>`, else from the manifest.
    pub variables: BTreeMap<String, String>,
    /// The deny adapter's `.wasm`; by default `target/wasm32-wasip2/release/deny_adapter.wasm` beside the manifest.
    pub deny_adapter: Option<PathBuf>,
    /// Where components' output goes besides `logs/` of the state directory.
    pub logs: LogOptions,
    /// What clients and components may take.
    pub limits: Limits,
}

impl Options {
    /// Options for a manifest: state in `.medchat/edge` beside it, on port 3000 of this machine only.
    pub fn new(manifest: impl Into<PathBuf>) -> Self {
        let manifest = manifest.into();
        let directory = manifest.parent().unwrap_or(Path::new("")).join(".medchat/edge");
        Self {
            logs: LogOptions { directory: Some(directory.join("logs")), ..LogOptions::default() },
            state_directory: directory,
            listen: SocketAddr::from(([127, 0, 0, 1], 3000)),
            variables: BTreeMap::new(),
            deny_adapter: None,
            limits: Limits::default(),
            manifest,
        }
    }

    /// The same with another state directory, component logs included.
    #[must_use]
    pub fn with_state_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.state_directory = directory.into();
        self.logs.directory = Some(self.state_directory.join("logs"));
        self
    }
}

/// Why an application does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The manifest cannot be served.
    #[error("manifest: {0}")]
    Manifest(#[from] ManifestError),
    /// A variable has no value, or a value no variable.
    #[error(transparent)]
    Variable(#[from] VariableError),
    /// A value made something of the manifest unusable.
    #[error("{place}: {reason}")]
    Configuration {
        /// Where in the manifest.
        place: String,
        /// What is wrong; never a value.
        reason: String,
    },
    /// A component is not there.
    #[error("there is no {path}: build the components first ({hint})", path = .path.display())]
    MissingComponent {
        /// The file.
        path: PathBuf,
        /// The command that makes it.
        hint: String,
    },
    /// A component cannot be read.
    #[error("cannot read {path}: {source}", path = .path.display())]
    UnreadableComponent {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Components do not fit together.
    #[error("component \"{component}\": {source}")]
    Composition {
        /// The component that is served.
        component: String,
        /// What does not fit.
        source: ComposeError,
    },
    /// The host cannot run a component, such as for an import that it does not have.
    #[error("component \"{component}\": {source:#}")]
    Component {
        /// The component.
        component: String,
        /// Why.
        source: wasmtime::Error,
    },
    /// Nothing can be written to the state directory.
    #[error("cannot use the state directory {path}: {source}", path = .path.display())]
    StateDirectory {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A store cannot be opened.
    #[error("cannot open {path}: {source}", path = .path.display())]
    Store {
        /// Its file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// Something else listens there.
    #[error("{0} is already in use")]
    PortTaken(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The WebAssembly engine cannot be set up.
    #[error("cannot set up the WebAssembly engine: {0:#}")]
    Engine(wasmtime::Error),
}

/// How much an application has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stats {
    /// How many requests were received.
    pub requests: u64,
    /// How many instances were made, by the id of the component that is served.
    pub instances_created: BTreeMap<String, u64>,
}

/// A running application. Dropping it stops it at once; [`EdgeHost::shutdown`] lets requests finish.
pub struct EdgeHost {
    local_addr: SocketAddr,
    server: Arc<Server>,
    instances: BTreeMap<String, Arc<AtomicU64>>,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
    // Dropped last: the stores' logs are moved into their files when nothing uses them any more.
    _ticker: Ticker,
    _checkpointer: Checkpointer,
}

impl EdgeHost {
    /// Composes, compiles and serves an application. Returns when it answers requests.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let manifest = Manifest::load(&options.manifest)?;
        let variables = Variables::resolve(&manifest, &options.variables, |name| std::env::var(name).ok())?;
        let listener = listen(options.listen).await?;
        let local_addr = listener.local_addr().map_err(|source| StartError::Listen { address: options.listen, source })?;

        let limits = options.limits;
        let (application, instances, guards) =
            tokio::task::spawn_blocking(move || prepare(&options, &manifest, &variables))
                .await
                .map_err(|error| StartError::Engine(error.into()))??;
        let server = Arc::new(Server { router: application, limits, requests: AtomicU64::new(0) });
        let (stop, stopped) = watch::channel(false);
        let serving = tokio::spawn(server.clone().run(listener, stopped));
        let (ticker, checkpointer) = guards;
        Ok(Self { local_addr, server, instances, stop, serving, _ticker: ticker, _checkpointer: checkpointer })
    }

    /// The address that is listened on.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// How much was done so far.
    pub fn stats(&self) -> Stats {
        Stats {
            requests: self.server.requests.load(Relaxed),
            instances_created: self.instances.iter().map(|(id, count)| (id.clone(), count.load(Relaxed))).collect(),
        }
    }

    /// Stops accepting, lets requests finish within the grace, and closes the stores.
    pub async fn shutdown(mut self) {
        _ = self.stop.send(true);
        if let Err(error) = (&mut self.serving).await {
            tracing::error!(%error, "the server failed");
        }
    }
}

impl Drop for EdgeHost {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => StartError::PortTaken(address),
        _ => StartError::Listen { address, source },
    })
}

type Prepared = (Router<Target>, BTreeMap<String, Arc<AtomicU64>>, (Ticker, Checkpointer));

/// Everything that takes time and no network.
fn prepare(options: &Options, manifest: &Manifest, variables: &Variables) -> Result<Prepared, StartError> {
    let state_error = |source| StartError::StateDirectory { path: options.state_directory.clone(), source };
    let cache = directory(&options.state_directory, "cache")?;
    let engine = engine(options.limits.pool, &cache).map_err(StartError::Engine)?;
    let checkpointer = Checkpointer::start().map_err(state_error)?;
    let contexts = contexts(options, manifest, variables, &checkpointer)?;

    let mut linker = Linker::new(&engine);
    state::add_to_linker(&mut linker).map_err(StartError::Engine)?;
    let composer = Composer::new(manifest, options)?;
    let memories = Arc::new(Semaphore::new(options.limits.pool.memories as usize));
    let mut instances = BTreeMap::new();
    let mut handlers: HashMap<_, Handler> = HashMap::new();
    let mut routes = Vec::new();
    for trigger in &manifest.triggers.http {
        let id = trigger.component_id();
        let middleware = trigger.dependencies.middleware.iter().map(|part| format!("{part:?}")).collect::<Vec<_>>();
        let handler = match handlers.get(&(id, middleware.clone())) {
            Some(handler) => handler.clone(),
            None => {
                let composed = composer.compose(trigger)?;
                let compiled = ComposedComponent::compile(id, &composed, &engine, &linker)?;
                let created: &Arc<AtomicU64> = instances.entry(id.to_owned()).or_default();
                let handler = Handler::new(Factory {
                    service: compiled.service,
                    engine: Engine::clone(&engine),
                    component: contexts[id].clone(),
                    reuse: options.limits.reuse,
                    memories: memories.clone(),
                    memories_per_instance: compiled.memories.clamp(1, options.limits.pool.memories),
                    instances_created: created.clone(),
                });
                handlers.insert((id, middleware), handler.clone());
                handler
            }
        };
        routes.push((trigger.route.as_str(), Target { component: id.to_owned(), handler }));
    }
    let router = Router::build(routes).map_err(|error| configuration("trigger.http", error))?;
    let ticker = Ticker::start(&engine).map_err(state_error)?;
    Ok((router, instances, (ticker, checkpointer)))
}

/// What each component that a route leads to is granted.
fn contexts(
    options: &Options,
    manifest: &Manifest,
    variables: &Variables,
    checkpointer: &Checkpointer,
) -> Result<HashMap<String, Arc<ComponentContext>>, StartError> {
    let state = &options.state_directory;
    if let Some(logs) = &options.logs.directory {
        std::fs::create_dir_all(logs).map_err(|source| StartError::StateDirectory { path: logs.clone(), source })?;
    }
    let store_error = |path: &Path| {
        let path = path.to_owned();
        move |source| StartError::Store { path, source }
    };
    let path = state.join("key-value.db");
    let readers = std::thread::available_parallelism().map_or(2, usize::from);
    let stores = Arc::new(KeyValueStores::open(&path, readers).map_err(store_error(&path))?);
    checkpointer.watch(&path).map_err(store_error(&path))?;
    let connections = Connections::new();
    let databases_directory = directory(state, "sqlite")?;
    let mut databases: BTreeMap<&str, Arc<Database>> = BTreeMap::new();
    let mut contexts = HashMap::new();
    for trigger in &manifest.triggers.http {
        let id = trigger.component_id();
        let component = &manifest.components[id];
        for label in &component.sqlite_databases {
            if !databases.contains_key(label.as_str()) {
                let path = databases_directory.join(format!("{label}.db"));
                databases.insert(label, Database::open(&path, checkpointer).map_err(store_error(&path))?);
            }
        }
        let hosts = component
            .allowed_outbound_hosts
            .iter()
            .map(|host| variables.render(host).map_err(|error| configuration(id, error)))
            .collect::<Result<Vec<_>, _>>()?;
        let hosts = AllowedHosts::parse(hosts).map_err(|error| configuration(id, error))?;
        let context = ComponentContext {
            id: id.to_owned(),
            environment: component.environment.clone().into_iter().collect(),
            variables: variables.of_component(component).map_err(|error| configuration(id, error))?,
            key_value_stores: component.key_value_stores.iter().map(|label| (label.clone(), stores.store(label))).collect(),
            sqlite_databases: component
                .sqlite_databases
                .iter()
                .map(|label| (label.clone(), databases[label.as_str()].clone()))
                .collect(),
            outbound: connections.limited_to(hosts),
            logs: ComponentLogs::open(id, &options.logs)
                .map_err(|source| StartError::StateDirectory { path: state.clone(), source })?,
        };
        contexts.insert(id.to_owned(), Arc::new(context));
    }
    Ok(contexts)
}

fn directory(parent: &Path, name: &str) -> Result<PathBuf, StartError> {
    let path = parent.join(name);
    std::fs::create_dir_all(&path).map_err(|source| StartError::StateDirectory { path: path.clone(), source })?;
    // Absolute, since that is what the cache asks for.
    path.canonicalize().map_err(|source| StartError::StateDirectory { path, source })
}

fn configuration(place: &str, reason: impl ToString) -> StartError {
    StartError::Configuration { place: place.to_owned(), reason: reason.to_string() }
}
