//! SQLite databases: one file for each label.

mod interface;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::types::{Value as SqlValue, ValueRef};
use rusqlite::{ErrorCode, params_from_iter};

use crate::bindings::spin::sqlite::sqlite::{Error, QueryResult, RowResult, Value};
use crate::storage::{self, Checkpointer, lock};

/// How many unused connections a database keeps, each with its prepared statements.
const IDLE_CONNECTIONS: usize = 8;

/// How much of a result the host holds for a guest, as in Spin.
const RESULT_BYTES: usize = 128 << 20;

/// The most that a statement waits for another connection's transaction to end.
const BUSY_ATTEMPTS: u32 = 1_000;
const BUSY_PAUSE: Duration = Duration::from_millis(5);

/// One database.
pub struct Database {
    path: PathBuf,
    idle: Mutex<Vec<PooledConnection>>,
    /// Writers take turns, since SQLite would have all but one of them wait and try again.
    turn: Mutex<()>,
}

struct PooledConnection {
    connection: rusqlite::Connection,
    /// Whether a guest has left something on the connection that the next one must not find.
    marked: Arc<AtomicBool>,
}

/// A guest's connection. It is its own: transactions, `changes` and `last_insert_rowid` do not mix with those of others.
pub struct Connection {
    database: Arc<Database>,
    /// Taken only when this is dropped.
    pooled: Option<PooledConnection>,
}

impl Database {
    /// Opens the file, creating it if need be.
    pub fn open(path: &Path, checkpointer: &Checkpointer) -> rusqlite::Result<Arc<Self>> {
        let first = PooledConnection::open(path)?;
        checkpointer.watch(path)?;
        Ok(Arc::new(Self {
            path: path.to_owned(),
            idle: Mutex::new(vec![first]),
            turn: Mutex::new(()),
        }))
    }

    /// A connection for a guest.
    pub fn connect(self: &Arc<Self>) -> Result<Connection, Error> {
        let idle = lock(&self.idle).pop();
        let pooled = match idle {
            Some(pooled) => pooled,
            None => PooledConnection::open(&self.path).map_err(io)?,
        };
        Ok(Connection {
            database: self.clone(),
            pooled: Some(pooled),
        })
    }
}

impl PooledConnection {
    fn open(path: &Path) -> rusqlite::Result<Self> {
        let mut connection = storage::open(path)?;
        // Waiting inside SQLite would hold up the thread that has the other connection's transaction to finish.
        connection.busy_timeout(Duration::ZERO)?;
        let marked = Arc::new(AtomicBool::new(false));
        let mark = marked.clone();
        connection.authorizer(Some(move |context: AuthContext<'_>| authorize(&context.action, &mark)))?;
        Ok(Self { connection, marked })
    }
}

/// Lets a guest reach no file but its database, as in Spin, and notes what would outlast its connection.
fn authorize(action: &AuthAction<'_>, mark: &AtomicBool) -> Authorization {
    match action {
        AuthAction::Attach { filename } if !matches!(*filename, "" | ":memory:") => return Authorization::Deny,
        AuthAction::Attach { .. }
        | AuthAction::Pragma {
            pragma_value: Some(_), ..
        }
        | AuthAction::CreateTempIndex { .. }
        | AuthAction::CreateTempTable { .. }
        | AuthAction::CreateTempTrigger { .. }
        | AuthAction::CreateTempView { .. } => mark.store(true, Relaxed),
        _ => {}
    }
    Authorization::Allow
}

impl Connection {
    fn inner(&self) -> &rusqlite::Connection {
        // Only `drop` takes it, and after that nobody can ask.
        &self
            .pooled
            .as_ref()
            .expect("a connection that is not dropped")
            .connection
    }

    /// Runs one statement. None means that another connection is writing, and that it is to be tried again.
    fn try_execute(&self, statement: &str, parameters: &[Value]) -> Result<Option<QueryResult>, Error> {
        let connection = self.inner();
        let prepared = connection.prepare_cached(statement);
        let outcome = prepared.and_then(|mut prepared| {
            let _turn = (!prepared.readonly()).then(|| lock(&self.database.turn));
            let columns = prepared.column_names().map(str::to_owned).collect();
            let mut rows = prepared.query(params_from_iter(parameters.iter().map(to_sql)))?;
            let mut result = QueryResult {
                columns,
                rows: Vec::new(),
            };
            let mut bytes = 0;
            while let Some(row) = rows.next()? {
                let values = (0..result.columns.len())
                    .map(|column| from_sql(row.get_ref(column)?))
                    .collect::<Result<_, _>>()?;
                let row = RowResult { values };
                bytes += row.values.iter().map(size).sum::<usize>();
                if bytes > RESULT_BYTES {
                    return Ok(Err(Error::Io(format!(
                        "query result exceeds limit of {RESULT_BYTES} bytes"
                    ))));
                }
                result.rows.push(row);
            }
            Ok(Ok(result))
        });
        match outcome {
            Ok(result) => result.map(Some),
            Err(error) if self.worth_waiting(&error) => Ok(None),
            Err(error) => Err(io(error)),
        }
    }

    /// A transaction that has read what another has since changed can never be written, however long it waits.
    fn worth_waiting(&self, error: &rusqlite::Error) -> bool {
        const SNAPSHOT_IS_OLD: std::ffi::c_int = rusqlite::ffi::SQLITE_BUSY_SNAPSHOT;
        match error {
            rusqlite::Error::SqliteFailure(failure, _) => {
                failure.code == ErrorCode::DatabaseBusy && failure.extended_code != SNAPSHOT_IS_OLD
            }
            _ => false,
        }
    }

    fn last_insert_rowid(&self) -> i64 {
        self.inner().last_insert_rowid()
    }

    fn changes(&self) -> u64 {
        self.inner().changes()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let Some(pooled) = self.pooled.take() else { return };
        let unfinished = !pooled.connection.is_autocommit();
        if pooled.marked.load(Relaxed) || (unfinished && pooled.connection.execute_batch("ROLLBACK").is_err()) {
            return;
        }
        let mut idle = lock(&self.database.idle);
        if idle.len() < IDLE_CONNECTIONS {
            idle.push(pooled);
        }
    }
}

fn to_sql(value: &Value) -> SqlValue {
    match value {
        Value::Integer(integer) => SqlValue::Integer(*integer),
        Value::Real(real) => SqlValue::Real(*real),
        Value::Text(text) => SqlValue::Text(text.clone()),
        Value::Blob(blob) => SqlValue::Blob(blob.clone()),
        Value::Null => SqlValue::Null,
    }
}

fn from_sql(value: ValueRef<'_>) -> rusqlite::Result<Value> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(integer) => Value::Integer(integer),
        ValueRef::Real(real) => Value::Real(real),
        ValueRef::Text(text) => Value::Text(str::from_utf8(text).map_err(rusqlite::Error::from)?.to_owned()),
        ValueRef::Blob(blob) => Value::Blob(blob.to_vec()),
    })
}

fn size(value: &Value) -> usize {
    size_of::<Value>()
        + match value {
            Value::Text(text) => text.len(),
            Value::Blob(blob) => blob.len(),
            _ => 0,
        }
}

fn io(error: rusqlite::Error) -> Error {
    Error::Io(error.to_string())
}

#[cfg(test)]
mod tests;
