//! Settings: the application's variables. Which there are, and what they mean, stands in `spin.toml`.

use std::str::FromStr;
use std::sync::OnceLock;

use medchat_api::error::ApiError;
use spin_sdk::variables;

/// What `read` gives, read once an instance: settings are the same for every request.
///
/// # Errors
/// Those of `read`, which is asked again by the next request.
pub async fn once<S>(
    cell: &'static OnceLock<S>,
    read: impl Future<Output = Result<S, ApiError>>,
) -> Result<&'static S, ApiError> {
    if let Some(settings) = cell.get() {
        return Ok(settings);
    }
    let settings = read.await?;
    Ok(cell.get_or_init(|| settings))
}

/// The variable `name`.
///
/// # Errors
/// [`ApiError::Misconfigured`]: the component was not granted it, or it has no value. The log says which.
pub async fn text(name: &'static str) -> Result<String, ApiError> {
    variables::get(name).await.map_err(|error| {
        // The error names the variable at most, never its value.
        misconfigured(name, &error.to_string())
    })
}

/// The variable `name` as a number.
///
/// # Errors
/// As [`text`], and where the value is no such number.
pub async fn number<N: FromStr>(name: &'static str) -> Result<N, ApiError> {
    text(name)
        .await?
        .trim()
        .parse()
        .map_err(|_| misconfigured(name, "is not a number in range"))
}

/// Notes in the log that the variable `name` is wrong.
pub fn misconfigured(name: &'static str, reason: &str) -> ApiError {
    let line = serde_json::json!({"level": "error", "event": "misconfigured", "variable": name, "reason": reason});
    eprintln!("{line}");
    ApiError::Misconfigured
}
