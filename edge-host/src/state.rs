//! What an instance of a component carries, and the linker that gives it the host's interfaces.

use std::collections::HashMap;
use std::sync::Arc;

use http::{HeaderName, Request};
use wasmtime::component::{HasSelf, Linker, ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{
    DEFAULT_FORBIDDEN_HEADERS, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView,
};

use crate::bindings::{spin, wasi};
use crate::key_value::Store;
use crate::logs::ComponentLogs;
use crate::outbound::{OutboundHttp, Outcome, Transmitted};
use crate::sqlite::Database;

/// What the manifest grants a component, resolved once at start and shared by its instances.
pub struct ComponentContext {
    /// The component's id.
    pub id: String,
    /// Its environment variables.
    pub environment: Vec<(String, String)>,
    /// Its variables' values.
    pub variables: HashMap<String, String>,
    /// Its key-value stores by label.
    pub key_value_stores: HashMap<String, Store>,
    /// Its databases by label.
    pub sqlite_databases: HashMap<String, Arc<Database>>,
    /// Its way out.
    pub outbound: OutboundHttp,
    /// Where its output goes.
    pub logs: ComponentLogs,
}

/// The state of one instance.
pub struct InstanceState {
    pub(crate) component: Arc<ComponentContext>,
    pub(crate) table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    hooks: Hooks,
}

impl InstanceState {
    /// The state of a new instance.
    pub fn new(component: Arc<ComponentContext>) -> Self {
        let wasi = WasiCtx::builder()
            .envs(&component.environment)
            .stdout(component.logs.stdout())
            .stderr(component.logs.stderr())
            .build();
        let hooks = Hooks {
            outbound: component.outbound.clone(),
            receiving: false,
        };
        Self {
            component,
            table: ResourceTable::new(),
            wasi,
            http: WasiHttpCtx::new(),
            hooks,
        }
    }

    /// The view with which a request is handed to the component.
    pub fn incoming_http(&mut self) -> WasiHttpCtxView<'_> {
        self.hooks.receiving = true;
        WasiHttpCtxView {
            ctx: &mut self.http,
            table: &mut self.table,
            hooks: &mut self.hooks,
        }
    }
}

impl WasiView for InstanceState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for InstanceState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        self.hooks.receiving = false;
        WasiHttpCtxView {
            ctx: &mut self.http,
            table: &mut self.table,
            hooks: &mut self.hooks,
        }
    }
}

/// How this host does HTTP.
struct Hooks {
    outbound: OutboundHttp,
    /// Whether a request from a client is being handed over, rather than one made by the component.
    receiving: bool,
}

impl WasiHttpHooks for Hooks {
    /// Spin shows a component every header of a request, `host` among them, and only keeps it from sending some itself.
    fn is_forbidden_header(&mut self, name: &HeaderName) -> bool {
        !self.receiving && DEFAULT_FORBIDDEN_HEADERS.contains(name)
    }

    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        // Tells whether the response was taken whole; there is nobody here to tell it to.
        _transmitted: Transmitted,
    ) -> Box<dyn Future<Output = Outcome> + Send> {
        self.outbound.send(request, options.unwrap_or_default())
    }
}

/// Gives components every interface of the host: WASI 0.3, WASI 0.2 for what Rust's standard library imports, and Spin's.
pub fn add_to_linker(linker: &mut Linker<InstanceState>) -> wasmtime::Result<()> {
    fn state(state: &mut InstanceState) -> &mut InstanceState {
        state
    }
    type Host = HasSelf<InstanceState>;

    wasmtime_wasi::p2::add_to_linker_async(linker)?;
    wasmtime_wasi::p3::add_to_linker(linker)?;
    wasmtime_wasi_http::p3::add_to_linker(linker)?;
    spin::key_value::key_value::add_to_linker::<_, Host>(linker, state)?;
    spin::sqlite::sqlite::add_to_linker::<_, Host>(linker, state)?;
    spin::variables::variables::add_to_linker::<_, Host>(linker, state)?;
    wasi::keyvalue::store::add_to_linker::<_, Host>(linker, state)?;
    wasi::keyvalue::atomics::add_to_linker::<_, Host>(linker, state)?;
    wasi::keyvalue::batch::add_to_linker::<_, Host>(linker, state)
}
