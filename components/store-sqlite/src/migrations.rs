//! The schema, version by version.

use spin_sdk::sqlite::{Connection, Error, Value};

use crate::database::run;

/// Statements by version, oldest first. A version that was released is never changed; a new one is added.
///
/// Each statement can be repeated: two instances that start at once both apply a version, and one that is killed half-way
/// applies it again.
const MIGRATIONS: &[&[&str]] = &[&[
    "CREATE TABLE IF NOT EXISTS turns (
        id TEXT PRIMARY KEY,
        session_id TEXT NOT NULL,
        patient_id TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        input_type TEXT NOT NULL,
        message TEXT NOT NULL,
        idempotency_key TEXT,
        claimed_until INTEGER NOT NULL,
        response TEXT,
        metadata TEXT,
        answered_at INTEGER
    )",
    "CREATE INDEX IF NOT EXISTS turns_by_session ON turns (session_id, id)",
    "CREATE INDEX IF NOT EXISTS turns_by_patient ON turns (patient_id, created_at)",
    "CREATE INDEX IF NOT EXISTS turns_by_created_at ON turns (created_at)",
    "CREATE UNIQUE INDEX IF NOT EXISTS turns_by_idempotency_key ON turns (session_id, idempotency_key)
        WHERE idempotency_key IS NOT NULL",
]];

/// Brings the database to the newest version.
pub(crate) async fn apply(connection: &Connection) -> Result<(), Error> {
    run(
        connection,
        "CREATE TABLE IF NOT EXISTS schema_versions (version INTEGER PRIMARY KEY)",
        [],
    )
    .await?;
    let rows = run(connection, "SELECT COALESCE(MAX(version), 0) FROM schema_versions", []).await?;
    let current: usize = rows.first().and_then(|row| row.get(0)).unwrap_or(0);
    for (index, statements) in MIGRATIONS.iter().enumerate().skip(current) {
        for statement in *statements {
            run(connection, statement, []).await?;
        }
        let version = i64::try_from(index + 1).map_err(|error| Error::Io(error.to_string()))?;
        run(
            connection,
            "INSERT INTO schema_versions (version) VALUES (?) ON CONFLICT DO NOTHING",
            [Value::Integer(version)],
        )
        .await?;
    }
    Ok(())
}
