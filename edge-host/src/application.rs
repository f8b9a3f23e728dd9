//! From `.wasm` files to components that can be run.

use std::io;
use std::path::{Path, PathBuf};

use wasmtime::Engine;
use wasmtime::component::{Component, Linker};
use wasmtime_wasi_http::p3::bindings::ServicePre;

use crate::capability::Capability;
use crate::compose::{Part, compose};
use crate::error::StartError;
use crate::manifest::{Dependency, HttpTrigger, Manifest, StringOr};
use crate::options::Options;
use crate::state::InstanceState;

/// Composes the components of a manifest.
pub struct Composer<'a> {
    manifest: &'a Manifest,
    directory: &'a Path,
    deny_adapter: Vec<u8>,
}

impl<'a> Composer<'a> {
    /// Reads the deny adapter, unless nothing could ever need it.
    pub fn new(manifest: &'a Manifest, options: &'a Options) -> Result<Self, StartError> {
        let directory = options.manifest.parent().unwrap_or(Path::new(""));
        let needed = manifest
            .components
            .values()
            .any(|component| !component.dependencies.is_empty())
            || manifest
                .triggers
                .http
                .iter()
                .any(|trigger| !trigger.dependencies.middleware.is_empty());
        let path = options
            .deny_adapter
            .clone()
            .unwrap_or_else(|| directory.join("target/wasm32-wasip2/release/deny_adapter.wasm"));
        let hint = "cargo build --release --target wasm32-wasip2 -p deny-adapter";
        let deny_adapter = if needed { read(path, hint)? } else { Vec::new() };
        Ok(Self {
            manifest,
            directory,
            deny_adapter,
        })
    }

    /// The component that a route leads to, composed with its dependencies and the route's middleware.
    pub fn compose(&self, trigger: &HttpTrigger) -> Result<Vec<u8>, StartError> {
        let id = trigger.component_id();
        let component = &self.manifest.components[id];
        let wasm = self.read(Path::new(component.source.as_str()), Some(id))?;
        let dependencies = component
            .dependencies
            .iter()
            .filter_map(|(name, dependency)| match dependency {
                StringOr::Other(dependency) => Some(self.part(name, dependency)),
                StringOr::String(_) => None,
            })
            .collect::<Result<Vec<_>, _>>()?;
        let middleware = &trigger.dependencies.middleware;
        let middleware = middleware
            .iter()
            .map(|part| self.part(&name(part), part))
            .collect::<Result<Vec<_>, _>>()?;
        compose(wasm, &dependencies, &middleware, &self.deny_adapter).map_err(|source| StartError::Composition {
            component: id.to_owned(),
            source,
        })
    }

    fn part(&self, name: &str, dependency: &Dependency) -> Result<Part, StartError> {
        let source = self.manifest.dependency_source(dependency).unwrap_or(Path::new(""));
        Ok(Part {
            name: name.to_owned(),
            wasm: self.read(source, dependency.component.as_deref())?,
            export: dependency.export.clone(),
            inherits: Capability::ALL
                .into_iter()
                .filter(|capability| dependency.inherits(*capability))
                .collect(),
        })
    }

    fn read(&self, source: &Path, component: Option<&str>) -> Result<Vec<u8>, StartError> {
        let command = component
            .and_then(|id| {
                self.manifest
                    .components
                    .get(id)?
                    .build
                    .as_ref()?
                    .get("command")?
                    .as_str()
            })
            .unwrap_or("spin build");
        read(self.directory.join(source), command)
    }
}

fn name(middleware: &Dependency) -> String {
    let path = || middleware.path.as_ref().map(|path| path.display().to_string());
    middleware.component.clone().or_else(path).unwrap_or_default()
}

fn read(path: PathBuf, hint: &str) -> Result<Vec<u8>, StartError> {
    std::fs::read(&path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => StartError::MissingComponent {
            path,
            hint: hint.to_owned(),
        },
        _ => StartError::UnreadableComponent { path, source },
    })
}

/// A component that can be instantiated.
pub struct ComposedComponent {
    /// Its way into an instance.
    pub service: ServicePre<InstanceState>,
    /// How many memories an instance has.
    pub memories: u32,
}

impl ComposedComponent {
    /// Compiles a component, or takes it from the cache, and resolves its imports.
    pub fn compile(id: &str, wasm: &[u8], engine: &Engine, linker: &Linker<InstanceState>) -> Result<Self, StartError> {
        let compile = || {
            let component = Component::new(engine, wasm)?;
            let memories = component
                .resources_required()
                .map_or(1, |resources| resources.num_memories);
            let service = ServicePre::new(linker.instantiate_pre(&component)?)?;
            wasmtime::error::Ok(Self { service, memories })
        };
        compile().map_err(|source| StartError::Component {
            component: id.to_owned(),
            source,
        })
    }
}
