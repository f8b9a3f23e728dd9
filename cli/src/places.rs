//! Where the parts of a local Medchat stand.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;

/// The flags that say so, alike for what brings the parts up and for what checks that they can be.
#[derive(Args)]
pub struct Places {
    /// Where to listen for patients
    #[arg(long, env = "MEDCHAT_LISTEN", default_value = "127.0.0.1:3000")]
    pub listen: SocketAddr,
    /// Where the inference host listens
    #[arg(long, env = "MEDCHAT_INFERENCE_LISTEN", default_value = "127.0.0.1:8090")]
    pub inference_listen: SocketAddr,
    /// Where stores, logs and the signing key are kept [default: .medchat beside spin.toml]
    #[arg(long, env = "MEDCHAT_STATE")]
    state: Option<PathBuf>,
}

impl Places {
    /// The state directory of the application in `folder`.
    #[must_use]
    pub fn state(&self, folder: &Path) -> PathBuf {
        self.state.clone().unwrap_or_else(|| folder.join(".medchat"))
    }
}
