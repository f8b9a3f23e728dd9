//! A stand-in for Ollama that speaks its real wire format, faults included. Tests only.
//!
//! ```no_run
//! # async fn example() {
//! use medchat_fake_ollama::{FakeOllama, Reply};
//!
//! let ollama = FakeOllama::start().await;
//! ollama.reply_once(Reply::failure(503, "server busy, please try again"));
//! ollama.reply_with(Reply::words(["Drink ", "water."]));
//! // point the code under test at ollama.url() ...
//! assert_eq!(ollama.chats(), 2);
//! # }
//! ```

mod reply;
mod server;
mod stage;

use std::{net::SocketAddr, sync::Arc};

use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};

pub use reply::{Hold, Reply, Step, Wait};
use stage::Stage;

/// The model that a fresh [`FakeOllama`] has pulled.
pub const MODEL: &str = "medgemma:4b";

/// A fake Ollama on a free port of 127.0.0.1. Dropping it closes its port and its connections.
#[derive(Debug)]
pub struct FakeOllama {
    address: SocketAddr,
    stage: Arc<Stage>,
    server: JoinHandle<()>,
}

impl FakeOllama {
    /// Starts one that has [`MODEL`] and answers every chat with a short text.
    ///
    /// # Panics
    ///
    /// When no port of 127.0.0.1 can be bound.
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .expect("loopback has a free port");
        Self::start_on(listener)
    }

    /// Starts one on a port of the test's choice, for tests in which Ollama goes away and comes back.
    ///
    /// # Panics
    ///
    /// When the listener has no address.
    pub fn start_on(listener: TcpListener) -> Self {
        let address = listener.local_addr().expect("a bound listener has an address");
        let stage = Arc::new(Stage::new(MODEL));
        let server = tokio::spawn(server::serve(listener, Arc::clone(&stage)));
        Self { address, stage, server }
    }

    /// Where it listens, such as `http://127.0.0.1:40001`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on every chat gets this reply, once those of [`reply_once`](Self::reply_once) are used up.
    pub fn reply_with(&self, reply: Reply) {
        self.stage.script().standing = reply;
    }

    /// The next chat that has no such reply yet gets this one.
    pub fn reply_once(&self, reply: Reply) {
        self.stage.script().once.push_back(reply);
    }

    /// Which models are pulled; any other is answered with 404, as Ollama does.
    pub fn set_models<const N: usize>(&self, models: [&str; N]) {
        self.stage.script().models = models.map(str::to_owned).into();
    }

    /// What `GET /api/tags` waits for before it answers, to play an Ollama that accepts connections and says nothing.
    pub fn hold_tags(&self, wait: Wait) {
        self.stage.script().tags = wait;
    }

    /// How many chats were asked for so far.
    pub fn chats(&self) -> usize {
        self.stage.seen().chats
    }

    /// How often the list of models was asked for so far.
    pub fn tag_lists(&self) -> usize {
        self.stage.seen().tag_lists
    }

    /// How many chats the client left before their end.
    pub fn cancellations(&self) -> usize {
        self.stage.seen().cancellations
    }

    /// The body of the latest chat request.
    pub fn last_chat(&self) -> Option<Value> {
        self.stage.script().chats.last().cloned()
    }

    /// The bodies of all chat requests, in the order of their coming.
    pub fn all_chats(&self) -> Vec<Value> {
        self.stage.script().chats.clone()
    }

    /// Waits until `n` chats were asked for in all.
    ///
    /// # Panics
    ///
    /// After a minute in vain.
    pub async fn chats_reached(&self, n: usize) {
        self.stage.wait_until(|seen| seen.chats >= n).await;
    }

    /// Waits until the client has left `n` chats in all before their end.
    ///
    /// # Panics
    ///
    /// After a minute in vain.
    pub async fn cancellations_reached(&self, n: usize) {
        self.stage.wait_until(|seen| seen.cancellations >= n).await;
    }

    /// Goes away: closes the port and every connection, and waits until that is done.
    pub async fn stop(mut self) {
        self.server.abort();
        // The only outcome of an aborted task is that it was aborted.
        let _ = (&mut self.server).await;
    }
}

impl Drop for FakeOllama {
    fn drop(&mut self) {
        self.server.abort();
    }
}
