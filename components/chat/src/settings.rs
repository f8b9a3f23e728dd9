//! What the configuration says, read once an instance.

use std::sync::OnceLock;

use http::Uri;
use medchat_api::error::ApiError;
use medchat_component_http::settings::{misconfigured, number, once, text};
use medchat_inference_api::routes::CHAT_COMPLETIONS;
use medchat_orchestrator::{Settings as Turns, locale};

/// Chat's settings. None of it is a patient's.
pub(crate) struct Settings {
    /// Where the inference host completes chats.
    pub(crate) completions: Uri,
    /// The inference host's bearer key; empty where it wants none.
    pub(crate) inference_key: String,
    /// How long the inference host may take to begin its answer, in nanoseconds.
    pub(crate) model_timeout: u64,
    pub(crate) turns: Turns,
}

/// The settings.
///
/// # Errors
/// [`ApiError::Misconfigured`]
pub(crate) async fn get() -> Result<&'static Settings, ApiError> {
    static SETTINGS: OnceLock<Settings> = OnceLock::new();
    once(&SETTINGS, read()).await
}

async fn read() -> Result<Settings, ApiError> {
    let base = text("inference_url").await?;
    let completions = format!("{}{CHAT_COMPLETIONS}", base.trim_end_matches('/'))
        .parse()
        .map_err(|_| misconfigured("inference_url", "is not a URL"))?;
    let timeout_seconds = u64::from(number::<u32>("model_timeout_seconds").await?);
    Ok(Settings {
        completions,
        inference_key: text("inference_key").await?,
        model_timeout: timeout_seconds * 1_000_000_000,
        turns: Turns {
            locale: locale(
                &text("locale").await?,
                &text("emergency_number").await?,
                &text("crisis_line").await?,
                &text("poison_line").await?,
            ),
            memory_turns: number("memory_turns").await?,
        },
    })
}
