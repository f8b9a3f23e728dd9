//! Why an application does not start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::compose::ComposeError;
use crate::manifest::ManifestError;
use crate::variables::VariableError;

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
