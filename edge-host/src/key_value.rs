//! Key-value stores: one table of one SQLite file, for `spin:key-value` and `wasi:keyvalue` alike.

mod spin;
mod wasi;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use rusqlite::{Connection, OptionalExtension, params};

use crate::storage::{self, lock};

const GET: &str = "SELECT value FROM key_value WHERE store = ?1 AND key = ?2";
const SET: &str = "INSERT INTO key_value (store, key, value) VALUES (?1, ?2, ?3)
                   ON CONFLICT (store, key) DO UPDATE SET value = ?3";
const DELETE: &str = "DELETE FROM key_value WHERE store = ?1 AND key = ?2";
const EXISTS: &str = "SELECT 1 FROM key_value WHERE store = ?1 AND key = ?2";
const KEYS: &str = "SELECT key FROM key_value WHERE store = ?1";
const SET_IF_ABSENT: &str = "INSERT INTO key_value (store, key, value) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
const SET_IF_SAME: &str = "UPDATE key_value SET value = ?3 WHERE store = ?1 AND key = ?2 AND value = ?4";

/// All key-value stores of an application.
pub struct KeyValueStores {
    writer: Mutex<Connection>,
    readers: Vec<Mutex<Connection>>,
}

/// One store, by its label.
#[derive(Clone)]
pub struct Store {
    stores: Arc<KeyValueStores>,
    label: Arc<str>,
}

/// A value that is replaced only if nobody else has changed it since it was read.
pub struct CompareAndSwap {
    store: Store,
    key: String,
    seen: Option<Vec<u8>>,
}

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum KeyValueError {
    /// SQLite says no.
    #[error("the key-value store failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// `increment` of a value that is no number.
    #[error("the value is not a 64-bit integer")]
    NotANumber,
    /// `increment` beyond what fits.
    #[error("the sum does not fit into 64 bits")]
    Overflow,
}

type Result<T> = std::result::Result<T, KeyValueError>;

impl KeyValueStores {
    /// Opens the file, creating it if need be, with as many connections for reading as there are threads to read.
    pub fn open(path: &Path, readers: usize) -> rusqlite::Result<Self> {
        let writer = storage::open(path)?;
        writer.execute_batch(
            "CREATE TABLE IF NOT EXISTS key_value (
                 store TEXT NOT NULL,
                 key TEXT NOT NULL,
                 value BLOB NOT NULL,
                 PRIMARY KEY (store, key)
             ) WITHOUT ROWID",
        )?;
        let readers = (0..readers.max(1))
            .map(|_| storage::open(path).map(Mutex::new))
            .collect::<rusqlite::Result<_>>()?;
        Ok(Self {
            writer: Mutex::new(writer),
            readers,
        })
    }

    /// The store of that label.
    pub fn store(self: &Arc<Self>, label: &str) -> Store {
        Store {
            stores: self.clone(),
            label: label.into(),
        }
    }

    fn reader(&self) -> MutexGuard<'_, Connection> {
        self.readers
            .iter()
            .find_map(|reader| reader.try_lock().ok())
            .unwrap_or_else(|| lock(&self.readers[0]))
    }
}

impl Store {
    /// A key's value.
    pub fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        get(&self.stores.reader(), &self.label, key)
    }

    /// The values of several keys, in their order.
    pub fn get_many(&self, keys: Vec<String>) -> Result<Vec<(String, Option<Vec<u8>>)>> {
        let reader = self.stores.reader();
        keys.into_iter()
            .map(|key| get(&reader, &self.label, &key).map(|value| (key, value)))
            .collect()
    }

    /// Whether a key has a value.
    pub fn exists(&self, key: &str) -> Result<bool> {
        Ok(self
            .stores
            .reader()
            .prepare_cached(EXISTS)?
            .exists(params![self.label, key])?)
    }

    /// Every key that has a value.
    pub fn keys(&self) -> Result<Vec<String>> {
        let reader = self.stores.reader();
        let mut statement = reader.prepare_cached(KEYS)?;
        let keys = statement.query_map([&self.label], |row| row.get(0))?;
        Ok(keys.collect::<rusqlite::Result<_>>()?)
    }

    /// Gives a key a value.
    pub fn set(&self, key: &str, value: &[u8]) -> Result<()> {
        lock(&self.stores.writer)
            .prepare_cached(SET)?
            .execute(params![self.label, key, value])?;
        Ok(())
    }

    /// Gives several keys values, all or none.
    pub fn set_many(&self, values: &[(String, Vec<u8>)]) -> Result<()> {
        self.transaction(|writer| {
            let mut statement = writer.prepare_cached(SET)?;
            for (key, value) in values {
                statement.execute(params![self.label, key, value])?;
            }
            Ok(())
        })
    }

    /// Takes a key's value away, if it has one.
    pub fn delete(&self, key: &str) -> Result<()> {
        lock(&self.stores.writer)
            .prepare_cached(DELETE)?
            .execute(params![self.label, key])?;
        Ok(())
    }

    /// Takes several keys' values away, all or none.
    pub fn delete_many(&self, keys: &[String]) -> Result<()> {
        self.transaction(|writer| {
            let mut statement = writer.prepare_cached(DELETE)?;
            for key in keys {
                statement.execute(params![self.label, key])?;
            }
            Ok(())
        })
    }

    /// Adds to a number, which is zero at first, and returns the sum. As in Spin, a number is eight bytes, little-endian.
    pub fn increment(&self, key: &str, delta: i64) -> Result<i64> {
        self.transaction(|writer| {
            let number = match get(writer, &self.label, key)? {
                Some(value) => i64::from_le_bytes(value.try_into().map_err(|_| KeyValueError::NotANumber)?),
                None => 0,
            };
            let sum = number.checked_add(delta).ok_or(KeyValueError::Overflow)?;
            writer
                .prepare_cached(SET)?
                .execute(params![self.label, key, sum.to_le_bytes()])?;
            Ok(sum)
        })
    }

    /// Begins to replace a key's value.
    pub fn compare_and_swap(&self, key: String) -> Result<CompareAndSwap> {
        let seen = self.get(&key)?;
        Ok(CompareAndSwap {
            store: self.clone(),
            key,
            seen,
        })
    }

    fn transaction<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let mut writer = lock(&self.stores.writer);
        let transaction = writer.transaction()?;
        let result = work(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }
}

impl CompareAndSwap {
    /// The value as it is now, which is what it must still be when it is swapped.
    pub fn current(&mut self) -> Result<Option<Vec<u8>>> {
        self.seen = self.store.get(&self.key)?;
        Ok(self.seen.clone())
    }

    /// Replaces the value, unless it has changed; then the result is a new attempt.
    pub fn swap(self, value: &[u8]) -> Result<std::result::Result<(), Self>> {
        let Self { store, key, seen } = &self;
        let writer = lock(&store.stores.writer);
        let changed = match seen {
            None => writer
                .prepare_cached(SET_IF_ABSENT)?
                .execute(params![store.label, key, value])?,
            Some(seen) => writer
                .prepare_cached(SET_IF_SAME)?
                .execute(params![store.label, key, value, seen])?,
        };
        drop(writer);
        if changed == 1 {
            return Ok(Ok(()));
        }
        Ok(Err(self.store.compare_and_swap(self.key)?))
    }
}

fn get(connection: &Connection, label: &str, key: &str) -> Result<Option<Vec<u8>>> {
    Ok(connection
        .prepare_cached(GET)?
        .query_row(params![label, key], |row| row.get(0))
        .optional()?)
}

#[cfg(test)]
mod tests;
