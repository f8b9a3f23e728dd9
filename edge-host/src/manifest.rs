//! `spin.toml`, manifest version 2: its shape as far as this host serves it.
//!
//! What Spin knows and this host does not is parsed nevertheless, so that [`validate`] can refuse it by its name.

mod validation;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::capability::Capability;
use crate::template::TemplateError;

/// A well-formed manifest in which every reference leads somewhere.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    spin_manifest_version: toml::Value,
    /// Name and description.
    pub application: Application,
    /// Variables that the operator sets.
    #[serde(default)]
    pub variables: BTreeMap<String, Variable>,
    /// What makes components run.
    #[serde(default, rename = "trigger")]
    pub triggers: Triggers,
    /// Components by id.
    #[serde(default, rename = "component")]
    pub components: BTreeMap<String, Component>,
}

/// The `[application]` table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// The application's name.
    pub name: String,
    /// Its version, for people.
    #[serde(default)]
    pub version: String,
    /// What it is, for people.
    #[serde(default)]
    pub description: String,
    /// Who made it.
    #[serde(default)]
    pub authors: Vec<String>,
    #[serde(default)]
    trigger: Option<toml::Value>,
    #[serde(default, rename = "targets")]
    _targets: Option<toml::Value>,
    #[serde(default, rename = "tool")]
    _tool: Option<toml::Value>,
}

/// One entry of `[variables]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// The value when the operator sets none.
    pub default: Option<String>,
    /// Whether the application refuses to start without a value.
    #[serde(default)]
    pub required: bool,
    /// Whether the value must not be shown.
    #[serde(default)]
    pub secret: bool,
}

/// The `[[trigger.…]]` entries.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Triggers {
    /// HTTP routes, in the manifest's order.
    #[serde(default)]
    pub http: Vec<HttpTrigger>,
    #[serde(flatten)]
    others: BTreeMap<String, toml::Value>,
}

/// One `[[trigger.http]]` entry.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpTrigger {
    /// The route, such as `/api/chat/...` or `/files/:id`.
    pub route: StringOrTable,
    /// The component that answers.
    pub component: Option<StringOrTable>,
    /// The middleware in front of the component.
    #[serde(default)]
    pub dependencies: TriggerDependencies,
    #[serde(default, rename = "id")]
    _id: Option<String>,
    executor: Option<toml::Value>,
    static_response: Option<toml::Value>,
}

/// The dependencies of a trigger.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TriggerDependencies {
    /// Middleware, outermost first.
    #[serde(default)]
    pub middleware: Vec<Dependency>,
}

/// One `[component.x]` table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// Where the `.wasm` file is, relative to the manifest.
    pub source: StringOrTable,
    /// What the component is, for people.
    #[serde(default)]
    pub description: String,
    /// The component's variables, as templates over the application's.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// Environment variables.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// The hosts to which the component may send requests.
    #[serde(default)]
    pub allowed_outbound_hosts: Vec<String>,
    /// Labels of the key-value stores that it may open.
    #[serde(default)]
    pub key_value_stores: Vec<String>,
    /// Labels of the SQLite databases that it may open.
    #[serde(default)]
    pub sqlite_databases: Vec<String>,
    /// The components that satisfy its imports, by package or interface name.
    #[serde(default)]
    pub dependencies: BTreeMap<String, StringOr<Dependency>>,
    /// How `spin build` builds it.
    #[serde(default)]
    pub build: Option<toml::Value>,
    #[serde(default)]
    files: Vec<toml::Value>,
    #[serde(default)]
    exclude_files: Vec<toml::Value>,
    #[serde(default)]
    allowed_http_hosts: Vec<toml::Value>,
    #[serde(default)]
    ai_models: Vec<toml::Value>,
    #[serde(default)]
    profile: Option<toml::Value>,
    #[serde(default)]
    dependencies_inherit_configuration: Option<bool>,
    #[serde(default, rename = "targets")]
    _targets: Option<toml::Value>,
    #[serde(default, rename = "tool")]
    _tool: Option<toml::Value>,
}

/// A component that serves another: a middleware, or one that satisfies an import.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dependency {
    /// The id of a component of the same manifest.
    pub component: Option<String>,
    /// A `.wasm` file, relative to the manifest.
    pub path: Option<PathBuf>,
    /// The export that satisfies the import, when it has another name.
    pub export: Option<String>,
    /// What the dependency may use of that which the component was granted; nothing by default.
    pub inherit_configuration: Option<InheritConfiguration>,
    #[serde(rename = "version")]
    _version: Option<String>,
    registry: Option<String>,
    package: Option<String>,
    #[serde(rename = "digest")]
    _digest: Option<String>,
    url: Option<String>,
}

/// What a dependency inherits: everything, nothing, or named sets of interfaces.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum InheritConfiguration {
    /// Everything or nothing.
    All(bool),
    /// The named capabilities.
    Named(Vec<String>),
}

/// A string, or something that only Spin accepts in its place.
pub type StringOrTable = StringOr<toml::Value>;

/// A string or something else.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum StringOr<T> {
    /// A string.
    String(String),
    /// Something else.
    Other(T),
}

impl StringOrTable {
    /// The string; empty when a table stands in its place, which [`validate`] has refused.
    pub fn as_str(&self) -> &str {
        match self {
            Self::String(string) => string,
            Self::Other(_) => "",
        }
    }
}

impl HttpTrigger {
    /// The id of the component that answers.
    pub fn component_id(&self) -> &str {
        self.component.as_ref().map_or("", StringOr::as_str)
    }
}

impl Dependency {
    /// Whether the dependency may use a capability of the component that it serves.
    pub fn inherits(&self, capability: Capability) -> bool {
        match &self.inherit_configuration {
            None => false,
            Some(InheritConfiguration::All(all)) => *all,
            Some(InheritConfiguration::Named(names)) => names.iter().any(|name| name == capability.name()),
        }
    }
}

impl Manifest {
    /// Reads the manifest at `path` and makes sure that this host can serve it.
    pub fn load(path: &Path) -> Result<Self, ManifestError> {
        let text = std::fs::read_to_string(path).map_err(|source| ManifestError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text)
    }

    /// Parses a manifest's text and makes sure that this host can serve it.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        let manifest: Self = toml::from_str(text)?;
        validation::check(&manifest)?;
        Ok(manifest)
    }

    /// The `.wasm` file of a dependency, relative to the manifest.
    pub fn dependency_source<'a>(&'a self, dependency: &'a Dependency) -> Option<&'a Path> {
        match (&dependency.component, &dependency.path) {
            (Some(component), _) => Some(Path::new(self.components.get(component)?.source.as_str())),
            (None, path) => path.as_deref(),
        }
    }
}

/// Checks, without running anything, that the manifest at `path` is well formed, that each component it refers to
/// exists, that capability names are names Spin knows, and that it asks for nothing this host does not have.
pub fn validate(path: &Path) -> Result<Manifest, ManifestError> {
    Manifest::load(path)
}

/// Why a manifest cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}", path = path.display())]
    Unreadable {
        /// The manifest's path.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not TOML, or not of a manifest's shape.
    #[error("{0}")]
    Malformed(#[from] toml::de::Error),
    /// Spin may know it, this host does not.
    #[error("{place}: {feature} is not supported by the edge host")]
    Unsupported {
        /// Where in the manifest.
        place: String,
        /// What.
        feature: String,
    },
    /// A reference leads nowhere.
    #[error("{place}: there is no component \"{component}\"")]
    UnknownComponent {
        /// Where in the manifest.
        place: String,
        /// The id that nothing has.
        component: String,
    },
    /// Spin would silently ignore such a name.
    #[error("{place}: inherit_configuration names \"{name}\", which is no capability")]
    UnknownCapability {
        /// Where in the manifest.
        place: String,
        /// The name.
        name: String,
    },
    /// Grants belong to the component that is served.
    #[error(
        "component \"{component}\" serves as a dependency or middleware and so cannot declare {resource} itself: \
         grant it to the component that it serves and inherit it"
    )]
    DeclaresResources {
        /// The component.
        component: String,
        /// The key in its table.
        resource: &'static str,
    },
    /// Something is not as it must be.
    #[error("{place}: {reason}")]
    Invalid {
        /// Where in the manifest.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A `{{ … }}` template cannot be used.
    #[error("{place}: {source}")]
    Template {
        /// Where in the manifest.
        place: String,
        /// Why.
        source: TemplateError,
    },
}

#[cfg(test)]
mod tests;
