//! The connection.

use std::sync::atomic::{AtomicBool, Ordering};

use spin_sdk::sqlite::{Connection, RowResult, Value};

use crate::bindings::exports::medchat::store::conversations::Error;
use crate::migrations;

/// Runs one statement on the migrated database, with its parameters bound, and returns all its rows.
pub(crate) async fn query(
    statement: &str,
    parameters: impl IntoIterator<Item = Value>,
) -> Result<Vec<RowResult>, Error> {
    // Whether this instance has seen the schema up to date, so that only its first statement asks.
    static MIGRATED: AtomicBool = AtomicBool::new(false);
    let connection = Connection::open_default().await.map_err(unavailable)?;
    if !MIGRATED.load(Ordering::Relaxed) {
        migrations::apply(&connection).await.map_err(unavailable)?;
        MIGRATED.store(true, Ordering::Relaxed);
    }
    run(&connection, statement, parameters).await.map_err(unavailable)
}

/// Runs one statement.
pub(crate) async fn run(
    connection: &Connection,
    statement: &str,
    parameters: impl IntoIterator<Item = Value>,
) -> Result<Vec<RowResult>, spin_sdk::sqlite::Error> {
    connection.execute(statement, parameters).await?.collect().await
}

fn unavailable(error: spin_sdk::sqlite::Error) -> Error {
    Error::Unavailable(error.to_string())
}
