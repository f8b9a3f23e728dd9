//! Whose request it is, for the rate limit and the log.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;
use ipnet::IpNet;
use medchat_api::headers::SPIN_CLIENT_ADDRESS;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The address of whoever is connected, as the host says; behind a trusted proxy, the address that the proxy was asked
/// from. A forwarding header from anyone else is a claim, and is not heard.
pub(crate) fn find(headers: &HeaderMap, trusted_proxies: &[IpNet]) -> Option<IpAddr> {
    let connected: SocketAddr = headers.get(SPIN_CLIENT_ADDRESS)?.to_str().ok()?.parse().ok()?;
    let is_trusted = |address: &IpAddr| trusted_proxies.iter().any(|network| network.contains(address));
    let mut client = connected.ip().to_canonical();
    // Each proxy appends whom it was asked by, so the list is read from its end for as long as the speaker is trusted.
    let claimed = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect::<Vec<_>>();
    for address in claimed.iter().flat_map(|list| list.split(',')).rev() {
        if !is_trusted(&client) {
            break;
        }
        let Some(address) = read(address.trim()) else {
            break;
        };
        client = address.to_canonical();
    }
    Some(client)
}

/// An address; some proxies add the port, and then put an IPv6 address into brackets.
fn read(text: &str) -> Option<IpAddr> {
    text.parse()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(connected: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut headers: HeaderMap = [(SPIN_CLIENT_ADDRESS.parse().unwrap(), connected.parse().unwrap())]
            .into_iter()
            .collect();
        for value in forwarded {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        find(&headers, &trusted).unwrap().to_string()
    }

    #[test]
    fn whoever_is_connected_is_the_client() {
        assert_eq!(client("192.0.2.1:4711", &[], &[]), "192.0.2.1");
        assert_eq!(client("[2001:db8::1]:4711", &[], &[]), "2001:db8::1");
    }

    #[test]
    fn a_stranger_cannot_pose_as_another_client() {
        assert_eq!(
            client("192.0.2.1:4711", &["198.51.100.7"], &["10.0.0.0/8"]),
            "192.0.2.1"
        );
    }

    #[test]
    fn a_trusted_proxy_says_who_the_client_is() {
        assert_eq!(
            client("10.0.0.1:4711", &["198.51.100.7"], &["10.0.0.0/8"]),
            "198.51.100.7"
        );
    }

    #[test]
    fn what_a_client_told_the_proxy_is_not_believed() {
        assert_eq!(
            client("10.0.0.1:4711", &["203.0.113.9, 198.51.100.7"], &["10.0.0.0/8"]),
            "198.51.100.7"
        );
        assert_eq!(
            client("10.0.0.1:4711", &["203.0.113.9", "198.51.100.7"], &["10.0.0.0/8"]),
            "198.51.100.7"
        );
    }

    #[test]
    fn a_chain_of_trusted_proxies_is_followed() {
        let list = &["198.51.100.7, 10.0.0.2"];
        assert_eq!(client("10.0.0.1:4711", list, &["10.0.0.0/8"]), "198.51.100.7");
    }

    #[test]
    fn a_proxy_may_add_the_port() {
        assert_eq!(
            client("10.0.0.1:4711", &["198.51.100.7:4711"], &["10.0.0.0/8"]),
            "198.51.100.7"
        );
        assert_eq!(
            client("10.0.0.1:4711", &["[2001:db8::7]:4711"], &["10.0.0.0/8"]),
            "2001:db8::7"
        );
    }

    #[test]
    fn an_address_that_cannot_be_read_counts_as_the_proxys() {
        assert_eq!(client("10.0.0.1:4711", &["unknown"], &["10.0.0.0/8"]), "10.0.0.1");
    }

    #[test]
    fn both_spellings_of_an_address_are_one_client() {
        assert_eq!(client("[::ffff:192.0.2.1]:4711", &[], &[]), "192.0.2.1");
    }

    #[test]
    fn a_request_without_an_address_has_no_client() {
        assert_eq!(find(&HeaderMap::new(), &[]), None);
    }
}
