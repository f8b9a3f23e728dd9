//! The command as a process among processes: what it starts, what it survives, what it leaves behind.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail where it stands")]

mod crash;
mod up;

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::{Value, json};

const PATIENT: &str = "Adam631_Cronin387_aff8f143-2375-416f-901d-b0e4c73e3e58";

fn manifest() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("spin.toml")
}

fn build_components() {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| medchat::components::build(&manifest(), |_| ()).unwrap());
}

fn medchat() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_medchat"));
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// An address that nobody listens on.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A process that does not outlive the test.
struct Process(Child);

impl Process {
    fn start(command: &mut Command) -> Self {
        Self(command.spawn().unwrap())
    }

    fn id(&self) -> u32 {
        self.0.id()
    }

    fn signal(id: u32, name: &str) {
        assert!(
            Command::new("kill")
                .args([name, &id.to_string()])
                .status()
                .unwrap()
                .success()
        );
    }

    fn is_running(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }

    async fn ended(mut self) -> std::process::ExitStatus {
        tokio::task::spawn_blocking(move || self.0.wait().unwrap())
            .await
            .unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a patient sees of the system at an address.
struct Api {
    base: String,
    client: reqwest::Client,
}

impl Api {
    fn at(address: SocketAddr) -> Self {
        Self {
            base: format!("http://{address}"),
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

    /// Waits until `process` answers for health with 200, or with anything where `unwell` will do.
    async fn ready(&self, process: &mut Process, unwell: bool) {
        let health = || async {
            let answer = self.client.get(format!("{}/api/health", self.base)).send().await.ok()?;
            Some(unwell || answer.status() == 200)
        };
        while health().await != Some(true) {
            assert!(process.is_running(), "the system ended while it was starting");
            tokio::task::yield_now().await;
        }
    }

    async fn log_in(&self) -> String {
        let request = self.client.post(format!("{}/api/auth/login", self.base));
        let body: Value = request
            .json(&json!({"patient_id": PATIENT}))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        body["access_token"].as_str().unwrap().to_owned()
    }

    async fn send(&self, token: &str, message: &str) -> reqwest::Result<(u16, Value)> {
        let request = self
            .client
            .post(format!("{}/api/chat/message", self.base))
            .bearer_auth(token);
        let answer = request.json(&json!({"message": message})).send().await?;
        Ok((answer.status().as_u16(), answer.json().await?))
    }

    /// Each message of the history with its status.
    async fn history(&self, token: &str) -> Vec<(String, String)> {
        let request = self
            .client
            .get(format!("{}/api/chat/history", self.base))
            .bearer_auth(token);
        let body: Value = request.send().await.unwrap().json().await.unwrap();
        let text = |turn: &Value, name: &str| turn[name].as_str().unwrap().to_owned();
        body["turns"]
            .as_array()
            .unwrap()
            .iter()
            .map(|turn| (text(turn, "message"), text(turn, "status")))
            .collect()
    }
}
