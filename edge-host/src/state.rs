//! What an instance of a component carries, and the linker that gives it the host's interfaces.

use std::collections::HashMap;
use std::sync::Arc;

use wasmtime::component::{HasSelf, Linker, ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::bindings::{spin, wasi};
use crate::key_value::Store;
use crate::logs::ComponentLogs;
use crate::outbound::OutboundHttp;
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
    outbound: OutboundHttp,
}

impl InstanceState {
    /// The state of a new instance.
    pub fn new(component: Arc<ComponentContext>) -> Self {
        let wasi = WasiCtx::builder()
            .envs(&component.environment)
            .stdout(component.logs.stdout())
            .stderr(component.logs.stderr())
            .build();
        let outbound = component.outbound.clone();
        Self { component, table: ResourceTable::new(), wasi, http: WasiHttpCtx::new(), outbound }
    }
}

impl WasiView for InstanceState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for InstanceState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.outbound }
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
