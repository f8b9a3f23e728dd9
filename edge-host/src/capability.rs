//! The sets of host interfaces that a dependency or a middleware may inherit from the component it serves.

use std::fmt;

/// A named set of host interfaces, as `inherit_configuration` in a manifest knows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capability {
    /// Large language models of the host. Spin knows it; this host has none to offer.
    AiModels,
    /// Requests over the network.
    AllowedOutboundHosts,
    /// Environment variables.
    Environment,
    /// Mounted files. Spin knows it; this host mounts none.
    Files,
    /// Key-value stores.
    KeyValueStores,
    /// SQLite databases.
    SqliteDatabases,
    /// Application variables.
    Variables,
}

impl Capability {
    /// Every capability, in the order in which Spin documents them.
    pub const ALL: [Self; 7] = [
        Self::AiModels,
        Self::AllowedOutboundHosts,
        Self::Environment,
        Self::Files,
        Self::KeyValueStores,
        Self::SqliteDatabases,
        Self::Variables,
    ];

    /// The capability of that name in a manifest.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|capability| capability.name() == name)
    }

    /// How a manifest calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::AiModels => "ai_models",
            Self::AllowedOutboundHosts => "allowed_outbound_hosts",
            Self::Environment => "environment",
            Self::Files => "files",
            Self::KeyValueStores => "key_value_stores",
            Self::SqliteDatabases => "sqlite_databases",
            Self::Variables => "variables",
        }
    }

    /// The capability that guards a host interface, such as `spin:sqlite/sqlite@3.1.0`; none for interfaces that every
    /// component may use.
    pub fn guarding(interface: &str) -> Option<Self> {
        let unversioned = interface.split('@').next().unwrap_or(interface);
        match unversioned {
            "wasi:http/client" => Some(Self::AllowedOutboundHosts),
            "wasi:cli/environment" => Some(Self::Environment),
            "spin:key-value/key-value" | "wasi:keyvalue/store" | "wasi:keyvalue/atomics" | "wasi:keyvalue/batch" => {
                Some(Self::KeyValueStores)
            }
            "spin:sqlite/sqlite" => Some(Self::SqliteDatabases),
            "spin:variables/variables" => Some(Self::Variables),
            _ => None,
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
