//! `allowed_outbound_hosts`: the hosts to which a component may send requests.

use http::Uri;
use url::Host;

/// The hosts that one component may reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedHosts(Vec<AllowedHost>);

/// One entry, `scheme://host[:port]`; each part may be `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedHost {
    scheme: Scheme,
    host: HostPattern,
    port: Port,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Scheme {
    Any,
    Exactly(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum HostPattern {
    Any,
    /// The part after the `*`, with its dot.
    AnySubdomain(String),
    Exactly(Host),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Port {
    Any,
    Exactly(u16),
    /// The end is exclusive.
    Range(u16, u16),
}

impl AllowedHosts {
    /// Parses entries whose templates are filled in. An entry that a variable left empty is skipped, so that an endpoint
    /// can be optional.
    pub fn parse<S: AsRef<str>>(entries: impl IntoIterator<Item = S>) -> Result<Self, String> {
        entries
            .into_iter()
            .filter(|entry| !matches!(entry.as_ref().trim(), "" | "http://" | "https://"))
            .map(|entry| AllowedHost::parse(entry.as_ref()))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether a request may go to that address.
    pub fn allows(&self, uri: &Uri) -> bool {
        let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else {
            return false;
        };
        let Ok(host) = Host::parse(host) else { return false };
        let port = uri.port_u16().or_else(|| well_known_port(scheme));
        self.0.iter().any(|entry| entry.allows(scheme, &host, port))
    }
}

impl AllowedHost {
    /// Parses one entry, or says what is wrong with it.
    pub fn parse(entry: &str) -> Result<Self, String> {
        let invalid = |reason: &str| format!("\"{entry}\" {reason}");
        let (scheme, rest) = entry
            .trim()
            .split_once("://")
            .ok_or_else(|| invalid("is not of the form scheme://host[:port]"))?;
        let (host, port) = split_port(rest);
        if port.is_some_and(|port| port.contains('/')) || host.trim_end_matches('/').contains('/') {
            return Err(invalid(
                "has a path or an address range, which the edge host does not support",
            ));
        }
        Ok(Self {
            scheme: Scheme::parse(scheme).map_err(|reason| invalid(&reason))?,
            host: HostPattern::parse(host.trim_end_matches('/')).map_err(|reason| invalid(&reason))?,
            port: Port::parse(port, scheme).map_err(|reason| invalid(&reason))?,
        })
    }

    fn allows(&self, scheme: &str, host: &Host, port: Option<u16>) -> bool {
        self.scheme.allows(scheme) && self.host.allows(host) && self.port.allows(port)
    }
}

/// Takes a port off the end. A colon inside the brackets of an IPv6 address does not begin one.
fn split_port(rest: &str) -> (&str, Option<&str>) {
    match rest.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port.trim_end_matches('/')).filter(|p| !p.is_empty())),
        _ => (rest, None),
    }
}

impl Scheme {
    fn parse(scheme: &str) -> Result<Self, String> {
        match scheme {
            "*" => Ok(Self::Any),
            "https" => Err("asks for https, which the edge host does not support".to_owned()),
            _ if !scheme.is_empty() && scheme.chars().all(char::is_alphabetic) => Ok(Self::Exactly(scheme.to_owned())),
            _ => Err(format!("has \"{scheme}\" for a scheme, which must be letters only")),
        }
    }

    fn allows(&self, scheme: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exactly(allowed) => allowed == scheme,
        }
    }
}

impl HostPattern {
    fn parse(host: &str) -> Result<Self, String> {
        if host == "*" {
            return Ok(Self::Any);
        }
        if host == "self" || host == "self.alt" || host.ends_with(".spin.internal") {
            return Err(format!(
                "names \"{host}\": requests of the application to itself are not supported"
            ));
        }
        let parse = |host: &str| Host::parse(host).map_err(|error| format!("has no valid host: {error}"));
        match host.strip_prefix("*.") {
            Some(domain) => match parse(domain)? {
                Host::Domain(domain) if !domain.contains('*') => Ok(Self::AnySubdomain(format!(".{domain}"))),
                _ => Err("has a wildcard that is not the first part of a domain".to_owned()),
            },
            None if host.contains('*') => Err("has a wildcard that is not the first part of a domain".to_owned()),
            None => Ok(Self::Exactly(parse(host)?)),
        }
    }

    fn allows(&self, host: &Host) -> bool {
        match (self, host) {
            (Self::Any, _) => true,
            (Self::AnySubdomain(suffix), Host::Domain(domain)) => domain.ends_with(suffix),
            (Self::AnySubdomain(_), _) => false,
            (Self::Exactly(allowed), host) => allowed == host,
        }
    }
}

impl Port {
    fn parse(port: Option<&str>, scheme: &str) -> Result<Self, String> {
        let number = |text: &str| text.parse::<u16>().map_err(|_| format!("has \"{text}\" for a port"));
        match port {
            None => well_known_port(scheme)
                .map(Self::Exactly)
                .ok_or_else(|| format!("has no port, and \"{scheme}\" has none by default")),
            Some("*") => Ok(Self::Any),
            Some(port) => match port.split_once("..") {
                Some((start, end)) => Ok(Self::Range(number(start)?, number(end)?)),
                None => Ok(Self::Exactly(number(port)?)),
            },
        }
    }

    fn allows(&self, port: Option<u16>) -> bool {
        match (self, port) {
            (Self::Any, _) => true,
            (Self::Exactly(allowed), Some(port)) => *allowed == port,
            (Self::Range(start, end), Some(port)) => (*start..*end).contains(&port),
            (_, None) => false,
        }
    }
}

fn well_known_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(entry: &str, uri: &str) -> bool {
        AllowedHosts::parse([entry]).unwrap().allows(&uri.parse().unwrap())
    }

    #[test]
    fn a_listed_host_and_port_is_allowed() {
        assert!(allows("http://localhost:8080", "http://localhost:8080/v1"));
        assert!(allows("http://example.com", "http://example.com/"));
        assert!(allows("http://127.0.0.1:9/", "http://127.0.0.1:9/"));
        assert!(allows("http://[::1]:9", "http://[::1]:9/"));
    }

    #[test]
    fn another_host_port_or_scheme_is_denied() {
        assert!(!allows("http://localhost:8080", "http://localhost:8081/"));
        assert!(!allows("http://localhost:8080", "http://example.com:8080/"));
        assert!(!allows("http://example.com", "https://example.com/"));
        assert!(!allows("http://example.com", "http://example.com.evil.org/"));
    }

    #[test]
    fn with_nothing_listed_everything_is_denied() {
        assert!(!AllowedHosts::default().allows(&Uri::from_static("http://localhost/")));
    }

    #[test]
    fn a_star_stands_for_any_scheme_host_or_port() {
        assert!(allows("*://*:*", "http://anything.example:1234/"));
        assert!(allows("http://*:8080", "http://anything.example:8080/"));
        assert!(!allows("http://*:8080", "http://anything.example:8081/"));
        assert!(allows("http://localhost:*", "http://localhost:1/"));
    }

    #[test]
    fn a_star_before_a_domain_stands_for_its_subdomains_only() {
        assert!(allows("http://*.example.com", "http://a.b.example.com/"));
        assert!(!allows("http://*.example.com", "http://example.com/"));
        assert!(!allows("http://*.example.com", "http://notexample.com/"));
    }

    #[test]
    fn a_range_of_ports_ends_before_its_end() {
        assert!(allows("http://localhost:8000..8010", "http://localhost:8009/"));
        assert!(!allows("http://localhost:8000..8010", "http://localhost:8010/"));
    }

    #[test]
    fn an_entry_that_a_variable_left_empty_allows_nothing() {
        let hosts = AllowedHosts::parse(["", "http://"]).unwrap();
        assert_eq!(hosts, AllowedHosts::default());
    }

    #[test]
    fn what_is_not_an_entry_is_refused() {
        for entry in [
            "*",
            "localhost",
            "http://a/path",
            "http://10.0.0.0/8",
            "http://a.*.b",
            "ftp://a",
            "http://a:port",
            "https://a",
            "http://self",
            "http://chat.spin.internal",
        ] {
            assert!(AllowedHost::parse(entry).is_err(), "{entry}");
        }
    }
}
