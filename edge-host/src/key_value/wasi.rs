//! `wasi:keyvalue@0.2.0-draft2`: store, atomics and batch.

use wasmtime::component::Resource;

use super::{CompareAndSwap, KeyValueError, Store};
use crate::bindings::wasi::keyvalue::store::{Error, KeyResponse};
use crate::bindings::wasi::keyvalue::{atomics, batch, store};
use crate::state::InstanceState;

type Result<T> = wasmtime::Result<std::result::Result<T, Error>>;

impl From<KeyValueError> for Error {
    fn from(error: KeyValueError) -> Self {
        tracing::warn!(%error, "key-value");
        Self::Other(error.to_string())
    }
}

impl store::Host for InstanceState {
    fn open(&mut self, label: String) -> Result<Resource<Store>> {
        match self.component.key_value_stores.get(&label) {
            Some(store) => Ok(Ok(self.table.push(store.clone())?)),
            None => Ok(Err(Error::AccessDenied)),
        }
    }
}

impl store::HostBucket for InstanceState {
    fn get(&mut self, bucket: Resource<Store>, key: String) -> Result<Option<Vec<u8>>> {
        Ok(self.table.get(&bucket)?.get(&key).map_err(Error::from))
    }

    fn set(&mut self, bucket: Resource<Store>, key: String, value: Vec<u8>) -> Result<()> {
        Ok(self.table.get(&bucket)?.set(&key, &value).map_err(Error::from))
    }

    fn delete(&mut self, bucket: Resource<Store>, key: String) -> Result<()> {
        Ok(self.table.get(&bucket)?.delete(&key).map_err(Error::from))
    }

    fn exists(&mut self, bucket: Resource<Store>, key: String) -> Result<bool> {
        Ok(self.table.get(&bucket)?.exists(&key).map_err(Error::from))
    }

    fn list_keys(&mut self, bucket: Resource<Store>, cursor: Option<String>) -> Result<KeyResponse> {
        if cursor.is_some() {
            // No answer of this host carries a cursor, so a guest cannot have one.
            return Ok(Err(Error::Other("list_keys: cursor not supported".to_owned())));
        }
        Ok(self
            .table
            .get(&bucket)?
            .keys()
            .map(|keys| KeyResponse { keys, cursor: None })
            .map_err(Error::from))
    }

    fn drop(&mut self, bucket: Resource<Store>) -> wasmtime::Result<()> {
        self.table.delete(bucket)?;
        Ok(())
    }
}

impl atomics::Host for InstanceState {
    fn increment(&mut self, bucket: Resource<Store>, key: String, delta: i64) -> Result<i64> {
        Ok(self.table.get(&bucket)?.increment(&key, delta).map_err(Error::from))
    }

    fn swap(
        &mut self,
        cas: Resource<CompareAndSwap>,
        value: Vec<u8>,
    ) -> wasmtime::Result<std::result::Result<(), atomics::CasError>> {
        Ok(match self.table.delete(cas)?.swap(&value) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(retry)) => Err(atomics::CasError::CasFailed(self.table.push(retry)?)),
            Err(error) => Err(atomics::CasError::StoreError(error.into())),
        })
    }
}

impl atomics::HostCas for InstanceState {
    fn new(&mut self, bucket: Resource<Store>, key: String) -> Result<Resource<CompareAndSwap>> {
        match self.table.get(&bucket)?.compare_and_swap(key) {
            Ok(cas) => Ok(Ok(self.table.push(cas)?)),
            Err(error) => Ok(Err(error.into())),
        }
    }

    fn current(&mut self, cas: Resource<CompareAndSwap>) -> Result<Option<Vec<u8>>> {
        Ok(self.table.get_mut(&cas)?.current().map_err(Error::from))
    }

    fn drop(&mut self, cas: Resource<CompareAndSwap>) -> wasmtime::Result<()> {
        self.table.delete(cas)?;
        Ok(())
    }
}

impl batch::Host for InstanceState {
    fn get_many(&mut self, bucket: Resource<Store>, keys: Vec<String>) -> Result<Vec<(String, Option<Vec<u8>>)>> {
        Ok(self.table.get(&bucket)?.get_many(keys).map_err(Error::from))
    }

    fn set_many(&mut self, bucket: Resource<Store>, values: Vec<(String, Vec<u8>)>) -> Result<()> {
        Ok(self.table.get(&bucket)?.set_many(&values).map_err(Error::from))
    }

    fn delete_many(&mut self, bucket: Resource<Store>, keys: Vec<String>) -> Result<()> {
        Ok(self.table.get(&bucket)?.delete_many(&keys).map_err(Error::from))
    }
}
