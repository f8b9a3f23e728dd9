//! `spin:key-value@3.0.0`.

use std::future::ready;

use wasmtime::component::{Access, Accessor, FutureReader, HasSelf, Resource, StreamReader};

use super::{KeyValueError, Store};
use crate::bindings::spin::key_value::key_value::{self, Error};
use crate::state::InstanceState;

type Result<T> = wasmtime::Result<std::result::Result<T, Error>>;

impl From<KeyValueError> for Error {
    fn from(error: KeyValueError) -> Self {
        tracing::warn!(%error, "key-value");
        Self::Other(error.to_string())
    }
}

impl key_value::Host for InstanceState {}

impl key_value::HostStore for InstanceState {
    fn drop(&mut self, store: Resource<Store>) -> wasmtime::Result<()> {
        self.table.delete(store)?;
        Ok(())
    }
}

/// The store behind a guest's handle. Cloning it costs two counters, and frees the instance for other requests.
fn store<T: Send>(accessor: &Accessor<T, HasSelf<InstanceState>>, store: &Resource<Store>) -> wasmtime::Result<Store> {
    accessor.with(|mut access| Ok(access.get().table.get(store)?.clone()))
}

impl<T: Send> key_value::HostStoreWithStore<T> for HasSelf<InstanceState> {
    async fn open(accessor: &Accessor<T, Self>, label: String) -> Result<Resource<Store>> {
        accessor.with(|mut access| {
            let state = access.get();
            match state.component.key_value_stores.get(&label) {
                Some(store) => Ok(Ok(state.table.push(store.clone())?)),
                None => Ok(Err(Error::AccessDenied)),
            }
        })
    }

    async fn get(accessor: &Accessor<T, Self>, handle: Resource<Store>, key: String) -> Result<Option<Vec<u8>>> {
        Ok(store(accessor, &handle)?.get(&key).map_err(Error::from))
    }

    async fn set(accessor: &Accessor<T, Self>, handle: Resource<Store>, key: String, value: Vec<u8>) -> Result<()> {
        Ok(store(accessor, &handle)?.set(&key, &value).map_err(Error::from))
    }

    async fn delete(accessor: &Accessor<T, Self>, handle: Resource<Store>, key: String) -> Result<()> {
        Ok(store(accessor, &handle)?.delete(&key).map_err(Error::from))
    }

    async fn exists(accessor: &Accessor<T, Self>, handle: Resource<Store>, key: String) -> Result<bool> {
        Ok(store(accessor, &handle)?.exists(&key).map_err(Error::from))
    }

    async fn get_keys(
        accessor: &Accessor<T, Self>,
        handle: Resource<Store>,
    ) -> wasmtime::Result<(StreamReader<String>, FutureReader<std::result::Result<(), Error>>)> {
        let (keys, outcome) = match store(accessor, &handle)?.keys() {
            Ok(keys) => (keys, Ok(())),
            Err(error) => (Vec::new(), Err(error.into())),
        };
        accessor.with(|mut access: Access<'_, T, Self>| {
            let keys = StreamReader::new(&mut access, keys)?;
            let outcome = FutureReader::new(&mut access, ready(wasmtime::error::Ok(outcome)))?;
            Ok((keys, outcome))
        })
    }
}
