//! The inference host, which a test can kill.

use std::net::SocketAddr;

use medchat_inference_host::{Config, serve};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::INFERENCE_KEY;

/// A running inference host.
///
/// It has a runtime of its own: dropping that drops every connection at once, as the death of its process would.
pub struct Inference {
    address: SocketAddr,
    runtime: Option<Runtime>,
}

impl Inference {
    /// Starts one on `address` that uses the Ollama at `ollama`.
    pub async fn start(address: SocketAddr, ollama: &str) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let listener = listener.into_std().unwrap();
        let mut config = Config::from_env().unwrap();
        config.listen = address;
        config.key = Some(INFERENCE_KEY.parse().unwrap());
        config.ollama_url = ollama.parse().unwrap();
        config.log = "off".to_owned();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            serve(config, listener, std::future::pending()).await.unwrap();
        });
        Self {
            address,
            runtime: Some(runtime),
        }
    }

    /// Where it listens, or did.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it without a word.
    pub fn kill(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Inference {
    fn drop(&mut self) {
        self.kill();
    }
}
