//! `spin:sqlite@3.1.0`.

use std::future::ready;

use wasmtime::component::{Accessor, FutureReader, HasSelf, Resource, StreamReader};

use super::{BUSY_ATTEMPTS, BUSY_PAUSE, Connection};
use crate::bindings::spin::sqlite::sqlite::{
    Error, Host, HostConnection, HostConnectionWithStore, QueryResult, RowResult, Value,
};
use crate::state::InstanceState;

type Result<T> = wasmtime::Result<std::result::Result<T, Error>>;
type Rows = (
    Vec<String>,
    StreamReader<RowResult>,
    FutureReader<std::result::Result<(), Error>>,
);

fn still_busy() -> Error {
    Error::Io("database is locked".to_owned())
}

fn open(state: &mut InstanceState, label: &str) -> Result<Resource<Connection>> {
    let Some(database) = state.component.sqlite_databases.get(label) else {
        return Ok(Err(Error::AccessDenied));
    };
    match database.connect() {
        Ok(connection) => Ok(Ok(state.table.push(connection)?)),
        Err(error) => Ok(Err(error)),
    }
}

impl Host for InstanceState {}

impl HostConnection for InstanceState {
    fn open(&mut self, label: String) -> Result<Resource<Connection>> {
        open(self, &label)
    }

    async fn execute(
        &mut self,
        handle: Resource<Connection>,
        statement: String,
        parameters: Vec<Value>,
    ) -> Result<QueryResult> {
        for _ in 0..BUSY_ATTEMPTS {
            match self.table.get(&handle)?.try_execute(&statement, &parameters) {
                Ok(Some(result)) => return Ok(Ok(result)),
                Ok(None) => tokio::time::sleep(BUSY_PAUSE).await,
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Err(still_busy()))
    }

    fn last_insert_rowid(&mut self, handle: Resource<Connection>) -> wasmtime::Result<i64> {
        Ok(self.table.get(&handle)?.last_insert_rowid())
    }

    fn changes(&mut self, handle: Resource<Connection>) -> wasmtime::Result<u64> {
        Ok(self.table.get(&handle)?.changes())
    }

    fn drop(&mut self, handle: Resource<Connection>) -> wasmtime::Result<()> {
        self.table.delete(handle)?;
        Ok(())
    }
}

impl<T: Send> HostConnectionWithStore<T> for HasSelf<InstanceState> {
    async fn open_async(accessor: &Accessor<T, Self>, label: String) -> Result<Resource<Connection>> {
        accessor.with(|mut access| open(access.get(), &label))
    }

    async fn execute_async(
        accessor: &Accessor<T, Self>,
        handle: Resource<Connection>,
        statement: String,
        parameters: Vec<Value>,
    ) -> Result<Rows> {
        let mut outcome = Err(still_busy());
        for _ in 0..BUSY_ATTEMPTS {
            let attempt = accessor.with(|mut access| {
                let connection = access.get().table.get(&handle)?;
                wasmtime::error::Ok(connection.try_execute(&statement, &parameters))
            })?;
            match attempt {
                Ok(Some(result)) => outcome = Ok(result),
                Ok(None) => {
                    tokio::time::sleep(BUSY_PAUSE).await;
                    continue;
                }
                Err(error) => outcome = Err(error),
            }
            break;
        }
        // As in Spin, an error comes after the rows, of which there are none then.
        let (result, outcome) = match outcome {
            Ok(result) => (result, Ok(())),
            Err(error) => (
                QueryResult {
                    columns: Vec::new(),
                    rows: Vec::new(),
                },
                Err(error),
            ),
        };
        accessor.with(|mut access| {
            let rows = StreamReader::new(&mut access, result.rows)?;
            let outcome = FutureReader::new(&mut access, ready(wasmtime::error::Ok(outcome)))?;
            Ok(Ok((result.columns, rows, outcome)))
        })
    }

    async fn last_insert_rowid_async(
        accessor: &Accessor<T, Self>,
        handle: Resource<Connection>,
    ) -> wasmtime::Result<i64> {
        accessor.with(|mut access| Ok(access.get().table.get(&handle)?.last_insert_rowid()))
    }

    async fn changes_async(accessor: &Accessor<T, Self>, handle: Resource<Connection>) -> wasmtime::Result<u64> {
        accessor.with(|mut access| Ok(access.get().table.get(&handle)?.changes()))
    }
}
