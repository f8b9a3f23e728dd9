//! What to run, and how.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::limits::Limits;
use crate::logs::LogOptions;

/// What to run, and how.
#[derive(Clone)]
pub struct Options {
    /// The path of `spin.toml`.
    pub manifest: PathBuf,
    /// The directory for stores, databases, component logs and compiled components; made if it is not there.
    pub state_directory: PathBuf,
    /// The directory for compiled components, if not `cache` of the state directory. Several hosts may share it.
    pub cache_directory: Option<PathBuf>,
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
            logs: LogOptions {
                directory: Some(directory.join("logs")),
                ..LogOptions::default()
            },
            state_directory: directory,
            cache_directory: None,
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
