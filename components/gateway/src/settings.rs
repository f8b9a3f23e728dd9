//! What the configuration says, read once an instance.

use std::net::IpAddr;
use std::sync::OnceLock;

use http::header::HeaderValue;
use ipnet::IpNet;
use medchat_api::error::ApiError;
use medchat_component_http::settings::{misconfigured, number, once, text};
use medchat_rate_limit::Limits;
use medchat_session::SigningKey;

/// The gateway's settings. None of it is a patient's.
pub(crate) struct Settings {
    pub(crate) key: SigningKey,
    pub(crate) session_idle_seconds: i64,
    pub(crate) limits: Limits,
    pub(crate) allowed_origins: Vec<HeaderValue>,
    pub(crate) trusted_proxies: Vec<IpNet>,
}

/// The settings.
///
/// # Errors
/// [`ApiError::Misconfigured`]: one of them is missing or wrong, and nothing is served until that is mended.
pub(crate) async fn get() -> Result<&'static Settings, ApiError> {
    static SETTINGS: OnceLock<Settings> = OnceLock::new();
    once(&SETTINGS, read()).await
}

async fn read() -> Result<Settings, ApiError> {
    Ok(Settings {
        key: SigningKey::new(&text("signing_key").await?)
            .map_err(|error| misconfigured("signing_key", &error.to_string()))?,
        session_idle_seconds: 60 * i64::from(number::<u32>("session_minutes").await?),
        limits: Limits {
            per_minute: number("rate_limit_minute").await?,
            per_hour: number("rate_limit_hour").await?,
        },
        allowed_origins: origins(&text("allowed_origins").await?)
            .ok_or_else(|| misconfigured("allowed_origins", "is not a list of origins"))?,
        trusted_proxies: networks(&text("trusted_proxies").await?)
            .ok_or_else(|| misconfigured("trusted_proxies", "is not a list of addresses or networks"))?,
    })
}

fn items(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|item| !item.is_empty())
}

/// `*` is refused: answers are given with credentials, and those are for named origins alone.
fn origins(list: &str) -> Option<Vec<HeaderValue>> {
    let origin = |item: &str| {
        let host = item.strip_prefix("https://").or_else(|| item.strip_prefix("http://"))?;
        let is_origin = !host.is_empty() && !host.contains(['/', '*', ' ']);
        is_origin.then(|| HeaderValue::from_str(item).ok()).flatten()
    };
    items(list).map(origin).collect()
}

fn networks(list: &str) -> Option<Vec<IpNet>> {
    let network = |item: &str| {
        item.parse::<IpNet>()
            .or_else(|_| item.parse::<IpAddr>().map(IpNet::from))
            .ok()
    };
    items(list).map(network).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_origins_is_read() {
        let list = origins("https://app.example.org, http://localhost:3000").unwrap();
        assert_eq!(list, ["https://app.example.org", "http://localhost:3000"]);
    }

    #[test]
    fn an_empty_list_allows_no_origin() {
        assert_eq!(origins(" , "), Some(Vec::new()));
    }

    #[test]
    fn a_wildcard_or_a_page_is_no_origin() {
        for list in [
            "*",
            "https://*.example.org",
            "https://app.example.org/page",
            "app.example.org",
            "https://",
        ] {
            assert_eq!(origins(list), None, "{list}");
        }
    }

    #[test]
    fn addresses_and_networks_are_read() {
        let list = networks("10.0.0.0/8, 192.0.2.1,::1").unwrap();
        assert_eq!(
            list.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["10.0.0.0/8", "192.0.2.1/32", "::1/128"]
        );
    }

    #[test]
    fn a_name_is_no_network() {
        assert_eq!(networks("proxy.example.org"), None);
    }
}
