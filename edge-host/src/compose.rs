//! Makes one component of a component, its dependencies and the middleware in front of it.
//!
//! The order is Spin's: dependencies go into the component first, then the middleware is chained over
//! `wasi:http/handler`. What a dependency or middleware does not inherit is answered by the deny adapter, so that the
//! host need not tell apart who of the composed components calls.

use wac_graph::types::{Package, SubtypeChecker, are_semver_compatible};
use wac_graph::{CompositionGraph, EncodeOptions, NodeId};

use crate::capability::Capability;

const HANDLER: &str = "wasi:http/handler@0.3.0";

/// A component that serves another, and what it may use.
pub struct Part {
    /// The name in the manifest: of an import for a dependency, of a component for a middleware.
    pub name: String,
    /// The component's bytes.
    pub wasm: Vec<u8>,
    /// The export that satisfies the import, when it has another name.
    pub export: Option<String>,
    /// The capabilities that it inherits.
    pub inherits: Vec<Capability>,
}

/// Why components do not fit together.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// The bytes are not a component.
    #[error("\"{name}\" is not a WebAssembly component: {reason}")]
    NotAComponent {
        /// Whose bytes.
        name: String,
        /// Why.
        reason: String,
    },
    /// The component does not import what the dependency is for.
    #[error("the dependency \"{0}\" matches no import of the component")]
    NoSuchImport(String),
    /// Two dependencies are for the same import.
    #[error("the dependencies \"{0}\" and \"{1}\" are for the same import")]
    Conflict(String, String),
    /// The dependency has no such export, or one of another shape.
    #[error("the dependency \"{dependency}\" does not satisfy the import \"{import}\": {reason}")]
    Mismatch {
        /// The dependency's name.
        dependency: String,
        /// The import.
        import: String,
        /// What does not fit.
        reason: String,
    },
    /// The middleware does not pass requests on.
    #[error("\"{0}\" does not both import and export {HANDLER}, so it is no middleware")]
    NotAMiddleware(String),
    /// The result cannot be encoded.
    #[error("the components cannot be composed: {0}")]
    Encode(String),
}

/// Composes a component with its dependencies and the middleware in front of it, outermost first.
pub fn compose(
    component: Vec<u8>,
    dependencies: &[Part],
    middleware: &[Part],
    deny_adapter: &[u8],
) -> Result<Vec<u8>, ComposeError> {
    let component = plug_dependencies(component, dependencies, deny_adapter)?;
    chain_middleware(component, middleware, deny_adapter)
}

/// A graph under construction.
#[derive(Default)]
struct Graph(CompositionGraph);

/// A component in the graph, with the names of what it imports and exports.
struct Instance {
    node: NodeId,
    imports: Vec<String>,
    exports: Vec<String>,
    world: wac_graph::types::WorldId,
}

impl Graph {
    fn add(&mut self, name: &str, wasm: Vec<u8>) -> Result<Instance, ComposeError> {
        let not_a_component = |reason: String| ComposeError::NotAComponent {
            name: name.to_owned(),
            reason,
        };
        let package = Package::from_bytes(name, None, wasm, self.0.types_mut())
            .map_err(|error| not_a_component(format!("{error:#}")))?;
        let world = package.ty();
        let package = self
            .0
            .register_package(package)
            .map_err(|error| not_a_component(error.to_string()))?;
        let node = self.0.instantiate(package);
        let types = self.0.types();
        let imports = types[world].imports.keys().cloned().collect();
        let exports = types[world].exports.keys().cloned().collect();
        Ok(Instance {
            node,
            imports,
            exports,
            world,
        })
    }

    /// Whether `from`'s export has the shape of `to`'s import, or what is in the way.
    fn fits(&self, from: &Instance, export: &str, to: &Instance, import: &str) -> Result<(), String> {
        let types = self.0.types();
        let exported = types[from.world]
            .exports
            .get(export)
            .ok_or_else(|| format!("it does not export {export}"))?;
        let imported = types[to.world]
            .imports
            .get(import)
            .ok_or_else(|| format!("nothing imports {import}"))?;
        let mut cache = Default::default();
        SubtypeChecker::new(&mut cache)
            .is_subtype(*exported, types, *imported, types)
            .map_err(|error| format!("{error:#}"))
    }

    fn connect(&mut self, from: NodeId, export: &str, to: NodeId, import: &str) -> Result<(), ComposeError> {
        let alias = self.0.alias_instance_export(from, export).map_err(encode_error)?;
        self.0
            .set_instantiation_argument(to, import, alias)
            .map_err(encode_error)
    }

    fn export(&mut self, from: NodeId, name: &str) -> Result<(), ComposeError> {
        let alias = self.0.alias_instance_export(from, name).map_err(encode_error)?;
        self.0.export(alias, name).map(drop).map_err(encode_error)
    }

    fn encode(&self) -> Result<Vec<u8>, ComposeError> {
        // The parts were validated when they were added, and the result is when it is compiled.
        self.0
            .encode(EncodeOptions {
                validate: false,
                ..EncodeOptions::default()
            })
            .map_err(encode_error)
    }
}

fn encode_error(error: impl std::fmt::Display) -> ComposeError {
    ComposeError::Encode(error.to_string())
}

/// Satisfies imports of `component` with exports of its dependencies.
fn plug_dependencies(component: Vec<u8>, dependencies: &[Part], deny: &[u8]) -> Result<Vec<u8>, ComposeError> {
    if dependencies.is_empty() {
        return Ok(component);
    }
    let mut graph = Graph::default();
    let main = graph.add("component", component)?;
    let mut satisfied: Vec<(String, &str)> = Vec::new();
    for dependency in dependencies {
        let imports: Vec<_> = main
            .imports
            .iter()
            .filter(|import| is_for(&dependency.name, import))
            .cloned()
            .collect();
        if imports.is_empty() {
            return Err(ComposeError::NoSuchImport(dependency.name.clone()));
        }
        let instance = graph.add(&dependency.name, deny_ungranted(dependency, deny)?)?;
        for import in imports {
            if let Some((_, other)) = satisfied.iter().find(|(taken, _)| *taken == import) {
                return Err(ComposeError::Conflict((*other).to_owned(), dependency.name.clone()));
            }
            let export = dependency.export.as_deref().unwrap_or(&import);
            graph
                .fits(&instance, export, &main, &import)
                .map_err(|reason| ComposeError::Mismatch {
                    dependency: dependency.name.clone(),
                    import: import.clone(),
                    reason,
                })?;
            graph.connect(instance.node, export, main.node, &import)?;
            satisfied.push((import, &dependency.name));
        }
    }
    for name in &main.exports {
        graph.export(main.node, name)?;
    }
    graph.encode()
}

/// Whether a dependency of that name, `package:name[/interface][@version]` or a plain one, is for an import.
fn is_for(dependency: &str, import: &str) -> bool {
    let split = |name: &'_ str| -> (String, Option<String>, Option<String>) {
        let (path, version) = match name.split_once('@') {
            Some((path, version)) => (path, Some(version.to_owned())),
            None => (name, None),
        };
        match path.split_once('/') {
            Some((package, interface)) => (package.to_owned(), Some(interface.to_owned()), version),
            None => (path.to_owned(), None, version),
        }
    };
    let (package, interface, version) = split(dependency);
    let (import_package, import_interface, import_version) = split(import);
    package == import_package
        && (interface.is_none() || interface == import_interface)
        && (version.is_none() || version == import_version)
}

/// Puts each middleware in front of what comes after it.
fn chain_middleware(component: Vec<u8>, middleware: &[Part], deny: &[u8]) -> Result<Vec<u8>, ComposeError> {
    if middleware.is_empty() {
        return Ok(component);
    }
    let mut graph = Graph::default();
    let mut inner = graph.add("component", component)?;
    for (index, part) in middleware.iter().enumerate().rev() {
        let outer = graph.add(&format!("middleware{index}"), deny_ungranted(part, deny)?)?;
        let is_handler = |name: &String| name == HANDLER;
        if !outer.imports.iter().any(is_handler) || !outer.exports.iter().any(is_handler) {
            return Err(ComposeError::NotAMiddleware(part.name.clone()));
        }
        graph.connect(inner.node, HANDLER, outer.node, HANDLER)?;
        inner = outer;
    }
    graph.export(inner.node, HANDLER)?;
    graph.encode()
}

/// Answers, with the deny adapter, every guarded import of a part that it does not inherit.
fn deny_ungranted(part: &Part, deny_adapter: &[u8]) -> Result<Vec<u8>, ComposeError> {
    let mut graph = Graph::default();
    let instance = graph.add(&part.name, part.wasm.clone())?;
    let denied: Vec<_> = instance
        .imports
        .iter()
        .filter(|import| Capability::guarding(import).is_some_and(|guard| !part.inherits.contains(&guard)))
        .cloned()
        .collect();
    if denied.is_empty() {
        return Ok(part.wasm.clone());
    }
    let adapter = graph.add("deny-adapter", deny_adapter.to_vec())?;
    for import in denied {
        let mismatch = |reason: String| ComposeError::Mismatch {
            dependency: "deny adapter".to_owned(),
            import: import.clone(),
            reason,
        };
        let export = adapter
            .exports
            .iter()
            .find(|export| **export == import || are_semver_compatible(export, &import))
            .ok_or_else(|| mismatch("it knows no such interface".to_owned()))?;
        graph.fits(&adapter, export, &instance, &import).map_err(mismatch)?;
        graph.connect(adapter.node, export, instance.node, &import)?;
    }
    for name in &instance.exports {
        graph.export(instance.node, name)?;
    }
    graph.encode()
}

#[cfg(test)]
mod tests {
    use super::is_for;

    #[test]
    fn a_package_name_is_for_all_its_interfaces() {
        assert!(is_for("medchat:store", "medchat:store/records@0.1.0"));
        assert!(is_for("medchat:store@0.1.0", "medchat:store/records@0.1.0"));
        assert!(!is_for("medchat:store@0.2.0", "medchat:store/records@0.1.0"));
        assert!(!is_for("medchat:stores", "medchat:store/records@0.1.0"));
    }

    #[test]
    fn an_interface_name_is_for_that_interface_only() {
        assert!(is_for("medchat:store/records", "medchat:store/records@0.1.0"));
        assert!(is_for("medchat:store/records@0.1.0", "medchat:store/records@0.1.0"));
        assert!(!is_for("medchat:store/records", "medchat:store/audit@0.1.0"));
    }

    #[test]
    fn a_plain_name_is_for_the_import_of_that_name() {
        assert!(is_for("greet", "greet"));
        assert!(!is_for("greet", "greeting"));
    }
}
