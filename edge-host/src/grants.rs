//! Turns what the manifest grants a component into what its instances can use.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::allowed_hosts::AllowedHosts;
use crate::error::StartError;
use crate::host::directory;
use crate::key_value::KeyValueStores;
use crate::logs::{ComponentLogs, LogOptions};
use crate::manifest::Component;
use crate::outbound::Connections;
use crate::sqlite::Database;
use crate::state::ComponentContext;
use crate::storage::Checkpointer;
use crate::variables::Variables;

/// What can be granted.
pub struct Grants<'a> {
    variables: &'a Variables,
    checkpointer: &'a Checkpointer,
    logs: &'a LogOptions,
    key_value_stores: Arc<KeyValueStores>,
    databases_directory: PathBuf,
    databases: HashMap<String, Arc<Database>>,
    connections: Connections,
    granted: HashMap<String, Arc<ComponentContext>>,
}

impl<'a> Grants<'a> {
    /// Opens the stores in the state directory.
    pub fn new(
        options: &'a crate::options::Options,
        variables: &'a Variables,
        checkpointer: &'a Checkpointer,
    ) -> Result<Self, StartError> {
        if let Some(logs) = &options.logs.directory {
            directory(logs, "")?;
        }
        let path = options.state_directory.join("key-value.db");
        let readers = std::thread::available_parallelism().map_or(2, usize::from);
        let key_value_stores = KeyValueStores::open(&path, readers).map_err(store_error(&path))?;
        checkpointer.watch(&path).map_err(store_error(&path))?;
        Ok(Self {
            variables,
            checkpointer,
            logs: &options.logs,
            key_value_stores: Arc::new(key_value_stores),
            databases_directory: directory(&options.state_directory, "sqlite")?,
            databases: HashMap::new(),
            connections: Connections::new(),
            granted: HashMap::new(),
        })
    }

    /// What a component is granted.
    pub fn of(&mut self, id: &str, component: &Component) -> Result<Arc<ComponentContext>, StartError> {
        if let Some(context) = self.granted.get(id) {
            return Ok(context.clone());
        }
        let databases = component
            .sqlite_databases
            .iter()
            .map(|label| Ok((label.clone(), self.database(label)?)));
        let sqlite_databases = databases.collect::<Result<_, StartError>>()?;
        let stores = component.key_value_stores.iter();
        let variables = self.variables.of_component(component);
        let logs = ComponentLogs::open(id, self.logs).map_err(|source| StartError::StateDirectory {
            path: self.logs.directory.clone().unwrap_or_default(),
            source,
        })?;
        let context = Arc::new(ComponentContext {
            id: id.to_owned(),
            environment: component.environment.clone().into_iter().collect(),
            variables: variables.map_err(|error| configuration(id, error))?,
            key_value_stores: stores
                .map(|label| (label.clone(), self.key_value_stores.store(label)))
                .collect(),
            sqlite_databases,
            outbound: self.connections.limited_to(self.allowed_hosts(id, component)?),
            logs,
        });
        self.granted.insert(id.to_owned(), context.clone());
        Ok(context)
    }

    fn database(&mut self, label: &str) -> Result<Arc<Database>, StartError> {
        if let Some(database) = self.databases.get(label) {
            return Ok(database.clone());
        }
        let path = self.databases_directory.join(format!("{label}.db"));
        let database = Database::open(&path, self.checkpointer).map_err(store_error(&path))?;
        self.databases.insert(label.to_owned(), database.clone());
        Ok(database)
    }

    fn allowed_hosts(&self, id: &str, component: &Component) -> Result<AllowedHosts, StartError> {
        let mut hosts = Vec::new();
        for template in &component.allowed_outbound_hosts {
            let host = self
                .variables
                .render(template)
                .map_err(|error| configuration(id, error))?;
            // What is wrong would be told with the value, which may be a secret.
            AllowedHosts::parse([&host]).map_err(|_| {
                configuration(
                    id,
                    format!("\"{template}\" is no allowed host with its variables filled in"),
                )
            })?;
            hosts.push(host);
        }
        AllowedHosts::parse(hosts).map_err(|error| configuration(id, error))
    }
}

fn store_error(path: &Path) -> impl FnOnce(rusqlite::Error) -> StartError {
    let path = path.to_owned();
    move |source| StartError::Store { path, source }
}

fn configuration(component: &str, reason: impl ToString) -> StartError {
    StartError::Configuration {
        place: format!("component.{component}"),
        reason: reason.to_string(),
    }
}
