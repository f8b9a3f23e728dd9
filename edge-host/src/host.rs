//! Starts an application, and stops it.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use wasmtime::component::Linker;

use crate::application::{ComposedComponent, Composer};
use crate::engine::{engine, start_ticker};
use crate::error::StartError;
use crate::grants::Grants;
use crate::handler::{Factory, Handler};
use crate::limits::Limits;
use crate::manifest::Manifest;
use crate::options::Options;
use crate::routes::Router;
use crate::server::{Server, Target};
use crate::state;
use crate::storage::Checkpointer;
use crate::variables::Variables;

/// How much an application has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stats {
    /// How many requests were received.
    pub requests: u64,
    /// How many instances were made, by the id of the component that is served.
    pub instances_created: BTreeMap<String, u64>,
}

/// A running application. Dropping it cuts requests off; [`EdgeHost::shutdown`] lets them finish.
pub struct EdgeHost {
    local_addr: SocketAddr,
    server: Arc<Server>,
    instances: Instances,
    /// Tells the server to accept no more.
    stop: CancellationToken,
    serving: JoinHandle<()>,
    _checkpointer: Checkpointer,
}

/// The instances of all components.
#[derive(Clone)]
struct Instances {
    limits: Limits,
    created: BTreeMap<String, Arc<AtomicU64>>,
    /// What is left of the pool.
    memories: Arc<Semaphore>,
    /// Tells them to go.
    stop: CancellationToken,
}

impl EdgeHost {
    /// Composes, compiles and serves an application. Returns when it answers requests.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let manifest = Manifest::load(&options.manifest)?;
        let variables = Variables::resolve(&manifest, &options.variables, |name| std::env::var(name).ok())?;
        let listener = listen(options.listen).await?;
        let local_addr = listener.local_addr().map_err(|source| StartError::Listen {
            address: options.listen,
            source,
        })?;

        let prepared = tokio::task::spawn_blocking(move || prepare(&options, &manifest, &variables)).await;
        let (server, instances, checkpointer) = prepared.map_err(|error| StartError::Engine(error.into()))??;
        let server = Arc::new(server);
        let stop = CancellationToken::new();
        let serving = tokio::spawn(server.clone().run(listener, stop.clone()));
        Ok(Self {
            local_addr,
            server,
            instances,
            stop,
            serving,
            _checkpointer: checkpointer,
        })
    }

    /// The address that is listened on.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// How much was done so far.
    pub fn stats(&self) -> Stats {
        let created = self
            .instances
            .created
            .iter()
            .map(|(id, count)| (id.clone(), count.load(Relaxed)));
        Stats {
            requests: self.server.requests.load(Relaxed),
            instances_created: created.collect(),
        }
    }

    /// Stops accepting, lets requests finish within the grace, and closes the stores.
    pub async fn shutdown(mut self) {
        self.stop.cancel();
        if let Err(error) = (&mut self.serving).await {
            tracing::error!(%error, "the server failed");
        }
        self.instances.stop.cancel();
        let Instances { limits, memories, .. } = &self.instances;
        // The stores are closed when the last instance that could use them is gone.
        if tokio::time::timeout(limits.shutdown_grace, memories.acquire_many(limits.pool.memories))
            .await
            .is_err()
        {
            tracing::warn!("some components are still at work");
        }
    }
}

impl Drop for EdgeHost {
    fn drop(&mut self) {
        self.serving.abort();
        self.instances.stop.cancel();
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => StartError::PortTaken(address),
        _ => StartError::Listen { address, source },
    })
}

/// Everything that takes time and no network.
fn prepare(
    options: &Options,
    manifest: &Manifest,
    variables: &Variables,
) -> Result<(Server, Instances, Checkpointer), StartError> {
    let state_error = |source| StartError::StateDirectory {
        path: options.state_directory.clone(),
        source,
    };
    let cache = match &options.cache_directory {
        Some(path) => directory(path, "")?,
        None => directory(&options.state_directory, "cache")?,
    };
    let engine = engine(options.limits.pool, &cache).map_err(StartError::Engine)?;
    start_ticker(&engine).map_err(state_error)?;
    let checkpointer = Checkpointer::start().map_err(state_error)?;
    let mut grants = Grants::new(options, variables, &checkpointer)?;
    let composer = Composer::new(manifest, options)?;
    let mut linker = Linker::new(&engine);
    state::add_to_linker(&mut linker).map_err(StartError::Engine)?;

    let mut instances = Instances {
        limits: options.limits,
        created: BTreeMap::new(),
        memories: Arc::new(Semaphore::new(options.limits.pool.memories as usize)),
        stop: CancellationToken::new(),
    };
    let mut handlers: HashMap<_, Handler> = HashMap::new();
    let mut routes = Vec::new();
    for trigger in &manifest.triggers.http {
        let id = trigger.component_id();
        // Routes share instances if the same middleware is in front of the same component.
        let key = (id, format!("{:?}", trigger.dependencies.middleware));
        let handler = match handlers.get(&key) {
            Some(handler) => handler.clone(),
            None => {
                let compiled = ComposedComponent::compile(id, &composer.compose(trigger)?, &engine, &linker)?;
                let handler = Handler::new(Factory {
                    service: compiled.service,
                    engine: engine.clone(),
                    component: grants.of(id, &manifest.components[id])?,
                    reuse: options.limits.reuse,
                    memories: instances.memories.clone(),
                    memories_per_instance: compiled.memories.clamp(1, options.limits.pool.memories),
                    instances_created: instances.created.entry(id.to_owned()).or_default().clone(),
                    stop: instances.stop.clone(),
                });
                handlers.insert(key, handler.clone());
                handler
            }
        };
        routes.push((
            trigger.route.as_str(),
            Target {
                component: id.to_owned(),
                handler,
            },
        ));
    }
    let router = Router::build(routes).map_err(|error| StartError::Configuration {
        place: "trigger.http".to_owned(),
        reason: error.to_string(),
    })?;
    Ok((
        Server {
            router,
            limits: options.limits,
            requests: AtomicU64::new(0),
        },
        instances,
        checkpointer,
    ))
}

fn for_the_owner_alone(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// A directory, made if it is not there, for the owner alone: applications keep what nobody else is to read. Its path is
/// absolute, since that is what the cache asks for.
pub fn directory(parent: &Path, name: &str) -> Result<PathBuf, StartError> {
    let path = parent.join(name);
    let made = std::fs::create_dir_all(&path)
        .and_then(|()| for_the_owner_alone(&path))
        .and_then(|()| path.canonicalize());
    made.map_err(|source| StartError::StateDirectory { path, source })
}
