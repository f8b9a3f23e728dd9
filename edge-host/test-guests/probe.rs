//! Uses a capability of the host and tells what came of it.

use spin_sdk::experimental::wasi::keyvalue::{atomics, batch, store};
use spin_sdk::http::body::IncomingBodyExt;
use spin_sdk::{key_value, sqlite, variables};

/// Uses `capability` with `argument`; what came of it as text, errors in their debug form.
pub async fn run(capability: &str, argument: &str) -> String {
    let outcome = match capability {
        "key-value" => key_value(argument).await,
        "wasi-key-value" => wasi_key_value(argument),
        "increment" => increment(argument),
        "swap" => swap(argument),
        "sqlite" => sqlite(argument).await,
        "sqlite-insert" => sqlite_insert(argument).await,
        "sqlite-select" => sqlite_select(argument).await,
        "variable" => variables::get(argument).await.map_err(|error| format!("{error:?}")),
        "fetch" => fetch(argument).await,
        "environment" => Ok(std::env::var(argument).unwrap_or_else(|_| "absent".to_owned())),
        "files" => Ok(format!("{}", std::fs::read_dir("/").is_ok())),
        other => Err(format!("no capability {other}")),
    };
    outcome.unwrap_or_else(|error| error)
}

async fn key_value(label: &str) -> Result<String, String> {
    let debug = |error: key_value::Error| format!("{error:?}");
    let store = key_value::Store::open(label).await.map_err(debug)?;
    store.set("key", b"value").await.map_err(debug)?;
    let value = store.get("key").await.map_err(debug)?.unwrap_or_default();
    let keys = store.get_keys().await.collect().await.map_err(debug)?;
    let found = store.exists("key").await.map_err(debug)?;
    store.delete("key").await.map_err(debug)?;
    let gone = store.get("key").await.map_err(debug)?;
    Ok(format!("{} {keys:?} {found} {gone:?}", String::from_utf8_lossy(&value)))
}

fn wasi_key_value(label: &str) -> Result<String, String> {
    let debug = |error: store::Error| format!("{error:?}");
    let bucket = store::open(label).map_err(debug)?;
    batch::set_many(&bucket, &[("b".to_owned(), b"2".to_vec())]).map_err(debug)?;
    let values = batch::get_many(&bucket, &["a".to_owned(), "b".to_owned()]).map_err(debug)?;
    batch::delete_many(&bucket, &["b".to_owned()]).map_err(debug)?;
    Ok(format!("{values:?} {:?}", bucket.list_keys(None).map_err(debug)?.keys))
}

fn increment(label: &str) -> Result<String, String> {
    let debug = |error: store::Error| format!("{error:?}");
    let bucket = store::open(label).map_err(debug)?;
    atomics::increment(&bucket, "incremented", 1)
        .map(|count| count.to_string())
        .map_err(debug)
}

/// Adds one to a counter by compare-and-swap, trying again until nobody comes between.
fn swap(label: &str) -> Result<String, String> {
    let debug = |error: store::Error| format!("{error:?}");
    let bucket = store::open(label).map_err(debug)?;
    let mut attempt = atomics::Cas::new(&bucket, "swapped").map_err(debug)?;
    loop {
        let count = attempt
            .current()
            .map_err(debug)?
            .map_or(0, |value| u32::from(value[0]) + 256 * u32::from(value[1]));
        let next = u16::try_from(count + 1).map_err(|error| error.to_string())?;
        match atomics::swap(attempt, &next.to_le_bytes()) {
            Ok(()) => return Ok(next.to_string()),
            Err(atomics::CasError::CasFailed(retry)) => attempt = retry,
            Err(atomics::CasError::StoreError(error)) => return Err(debug(error)),
        }
    }
}

async fn sqlite(label: &str) -> Result<String, String> {
    let debug = |error: sqlite::Error| format!("{error:?}");
    let connection = sqlite::Connection::open(label).await.map_err(debug)?;
    let execute = async |statement: &str, parameters: Vec<sqlite::Value>| {
        connection
            .execute(statement, parameters)
            .await
            .map_err(debug)?
            .collect()
            .await
            .map_err(debug)
    };
    execute("CREATE TABLE IF NOT EXISTS probe (a, b)", vec![]).await?;
    execute("DELETE FROM probe", vec![]).await?;
    let values = vec![sqlite::Value::Integer(7), sqlite::Value::Text("seven".to_owned())];
    execute("INSERT INTO probe VALUES (?, ?)", values).await?;
    let changes = connection.changes().await;
    let rows = execute("SELECT a, b FROM probe WHERE a = ?", vec![sqlite::Value::Integer(7)]).await?;
    let broken = execute("SELECT nothing FROM nowhere", vec![]).await.is_err();
    Ok(format!(
        "{changes} {:?} {broken}",
        rows.iter().map(|row| &row.values).collect::<Vec<_>>()
    ))
}

async fn sqlite_insert(label: &str) -> Result<String, String> {
    let debug = |error: sqlite::Error| format!("{error:?}");
    let connection = sqlite::Connection::open(label).await.map_err(debug)?;
    let values = [sqlite::Value::Text("hello".to_owned())];
    let outcome = connection
        .execute("INSERT INTO turns (text) VALUES (?)", values)
        .await
        .map_err(debug)?;
    if outcome.collect().await.is_err() {
        let create = "CREATE TABLE IF NOT EXISTS turns (id INTEGER PRIMARY KEY, text)";
        connection
            .execute(create, [])
            .await
            .map_err(debug)?
            .collect()
            .await
            .map_err(debug)?;
    }
    Ok("inserted".to_owned())
}

async fn sqlite_select(label: &str) -> Result<String, String> {
    let debug = |error: sqlite::Error| format!("{error:?}");
    let connection = sqlite::Connection::open(label).await.map_err(debug)?;
    let rows = connection
        .execute("SELECT id, text FROM turns ORDER BY id DESC LIMIT 10", [])
        .await
        .map_err(debug)?;
    Ok(rows.collect().await.map_err(debug)?.len().to_string())
}

async fn fetch(url: &str) -> Result<String, String> {
    let response = spin_sdk::http::get(url).await.map_err(|error| format!("{error:?}"))?;
    let status = response.status();
    let body = response
        .into_body()
        .bytes()
        .await
        .map_err(|error| format!("{error:?}"))?;
    Ok(format!("{} {}", status.as_u16(), String::from_utf8_lossy(&body)))
}
