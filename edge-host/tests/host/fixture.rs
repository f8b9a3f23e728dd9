//! An application of test components, in a directory of its own.

use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use medchat_edge_host::{EdgeHost, Limits, LogStream, Options, StartError};

/// The test components, built once. The middleware is built apart, since cargo would otherwise give the others its features.
fn components() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT
        .get_or_init(|| {
            let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned();
            let together = [
                "deny-adapter",
                "test-guest-plain",
                "test-guest-dependency",
                "test-guest-dependent",
            ];
            for packages in [&together[..], &["test-guest-middleware"]] {
                let mut cargo = Command::new(env!("CARGO"));
                cargo
                    .current_dir(&root)
                    .args(["build", "--release", "--target", "wasm32-wasip2"]);
                cargo.args(packages.iter().flat_map(|package| ["-p", package]));
                assert!(cargo.status().unwrap().success(), "the test components do not build");
            }
            let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
            root.join(target).join("wasm32-wasip2/release")
        })
        .clone()
}

/// Everything that can be granted, for `[component.x]`.
pub const EVERYTHING: &str = r#"
    key_value_stores = ["default"]
    sqlite_databases = ["default"]
    allowed_outbound_hosts = ["http://{{ host }}"]
    environment = { GREETING = "hello" }
    variables = { greeting = "good {{ time }}" }
"#;

/// An application before it is started.
pub struct Application {
    pub directory: tempfile::TempDir,
    pub options: Options,
    pub lines: Arc<Mutex<Vec<(String, LogStream, String)>>>,
}

impl Application {
    /// An application of the given triggers and components, in TOML; a component's source is `$plain.wasm` and the like.
    pub fn new(manifest: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let components = components();
        let prefix = format!("{}/test_guest_", components.display());
        let manifest = format!(
            "spin_manifest_version = 2\n[application]\nname = \"test\"\n\
             [variables]\nhost = {{ default = \"\" }}\ntime = {{ default = \"morning\" }}\n{}",
            manifest.replace('$', &prefix)
        );
        let path = directory.path().join("spin.toml");
        std::fs::write(&path, manifest).unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let mut options = Options::new(path);
        options.listen = ([127, 0, 0, 1], 0).into();
        options.deny_adapter = Some(components.join("deny_adapter.wasm"));
        // Next to what else is built, so that each component is compiled for the first test only.
        options.cache_directory = Some(components.join("edge-host-tests"));
        let seen = lines.clone();
        options.logs.observer = Some(Arc::new(move |component, stream, line| {
            seen.lock()
                .unwrap()
                .push((component.to_owned(), stream, line.to_owned()));
        }));
        Self {
            directory,
            options,
            lines,
        }
    }

    /// One component, `plain`, at every path, with what its table holds.
    pub fn plain(grants: &str) -> Self {
        Self::new(&format!(
            "[[trigger.http]]\nroute = \"/...\"\ncomponent = \"plain\"\n\
             [component.plain]\nsource = \"$plain.wasm\"\n{grants}"
        ))
    }

    /// The same behind a middleware that inherits what is given, in TOML.
    pub fn behind_middleware(grants: &str, inherit: &str) -> Self {
        Self::new(&format!(
            "[[trigger.http]]\nroute = \"/...\"\ncomponent = \"plain\"\n\
             dependencies.middleware = [{{ component = \"middleware\", inherit_configuration = {inherit} }}]\n\
             [component.middleware]\nsource = \"$middleware.wasm\"\n\
             [component.plain]\nsource = \"$plain.wasm\"\n{grants}"
        ))
    }

    /// A component with a dependency that inherits what is given, in TOML.
    pub fn with_dependency(grants: &str, inherit: &str) -> Self {
        Self::new(&format!(
            "[[trigger.http]]\nroute = \"/...\"\ncomponent = \"dependent\"\n\
             [component.dependency]\nsource = \"$dependency.wasm\"\n\
             [component.dependent]\nsource = \"$dependent.wasm\"\n{grants}\n\
             [component.dependent.dependencies]\n\
             \"test:probe\" = {{ component = \"dependency\", inherit_configuration = {inherit} }}"
        ))
    }

    pub fn variable(mut self, name: &str, value: impl ToString) -> Self {
        self.options.variables.insert(name.to_owned(), value.to_string());
        self
    }

    pub fn limits(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.options.limits);
        self
    }

    pub async fn start(self) -> Running {
        let host = EdgeHost::start(self.options.clone()).await.unwrap();
        Running {
            host,
            client: client(),
            application: self,
        }
    }

    pub async fn refused(self) -> StartError {
        EdgeHost::start(self.options)
            .await
            .err()
            .expect("the application should not start")
    }
}

/// A running application and a client for it.
pub struct Running {
    pub host: EdgeHost,
    pub client: TestClient,
    pub application: Application,
}

pub type TestClient = Client<HttpConnector, Full<Bytes>>;

pub fn client() -> TestClient {
    Client::builder(TokioExecutor::new()).build_http()
}

impl Running {
    pub fn request(&self, method: Method, path: &str) -> hyper::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.host.local_addr()))
    }

    pub async fn send(&self, request: Request<Full<Bytes>>) -> Response<Bytes> {
        let (parts, body) = self.client.request(request).await.unwrap().into_parts();
        Response::from_parts(parts, body.collect().await.unwrap().to_bytes())
    }

    pub async fn get(&self, path: &str) -> Response<Bytes> {
        self.send(self.request(Method::GET, path).body(Full::default()).unwrap())
            .await
    }

    /// The body of a GET that succeeds.
    pub async fn text(&self, path: &str) -> String {
        let response = self.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}: {response:?}");
        String::from_utf8(response.into_body().to_vec()).unwrap()
    }

    /// What comes of a capability in the component that is served, or in its dependency.
    pub async fn probe(&self, capability: &str, argument: &str) -> String {
        self.text(&format!("/probe/{capability}?{argument}")).await
    }

    /// What comes of a capability in the middleware.
    pub async fn probe_middleware(&self, capability: &str, argument: &str) -> String {
        let request = self
            .request(Method::GET, "/")
            .header("x-probe", format!("{capability} {argument}"));
        let response = self.send(request.body(Full::default()).unwrap()).await;
        String::from_utf8(response.into_body().to_vec()).unwrap()
    }
}

/// A server that answers "hello" on a free port, until the test's runtime ends. Returns its `host:port`.
pub async fn hello_server() -> String {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let hello = service_fn(async |_| hyper::Result::Ok(Response::new(Full::new(Bytes::from_static(b"hello")))));
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), hello));
        }
    });
    address.to_string()
}
