//! The request's id.

use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};
use medchat_api::headers::REQUEST_ID;
use uuid::Uuid;

const LONGEST: usize = 64;

/// The client's own id for the request if it is a sane one, else a UUIDv7, which sorts by time.
pub(crate) fn choose(headers: &HeaderMap) -> String {
    let own = headers
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|id| is_sane(id));
    own.map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}

/// Short, and of characters that mean nothing to a log, a shell or a page.
fn is_sane(id: &str) -> bool {
    (1..=LONGEST).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// Puts the id on the response.
pub(crate) fn add(headers: &mut HeaderMap, id: &str) {
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(HeaderName::from_static(REQUEST_ID), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(inbound: &str) -> String {
        choose(
            &[(HeaderName::from_static(REQUEST_ID), inbound.parse().unwrap())]
                .into_iter()
                .collect(),
        )
    }

    #[test]
    fn a_sane_inbound_id_is_kept() {
        assert_eq!(chosen("web-42_a.b"), "web-42_a.b");
    }

    #[test]
    fn an_id_that_could_forge_a_log_line_is_replaced() {
        for inbound in ["", "a b", "a\"b", "<script>", "a/b", &"x".repeat(65)] {
            assert_ne!(chosen(inbound), inbound);
        }
    }

    #[test]
    fn a_request_without_an_id_gets_one_of_its_own() {
        let (first, second) = (choose(&HeaderMap::new()), choose(&HeaderMap::new()));
        assert_ne!(first, second);
        assert_eq!(Uuid::parse_str(&first).unwrap().get_version_num(), 7);
    }
}
