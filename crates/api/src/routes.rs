//! The routes that exist, as the gateway and the components agree on them.

use http::Method;

/// A path, the methods that it takes and whether it may be called without a session.
#[derive(Debug, PartialEq, Eq)]
pub struct Route {
    /// The path: no route of this version has a parameter in it.
    pub path: &'static str,
    /// The methods it answers. `GET` includes `HEAD` (RFC 9110, section 9.1).
    pub methods: &'static [Method],
    /// Who may call it.
    pub access: Access,
}

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone, within the rate limit.
    Public,
    /// Anyone, uncounted: what a load balancer asks every second must not use up a patient's requests.
    Probe,
    /// A patient with a live session.
    Session,
}

/// Log in.
pub const LOGIN: &str = "/api/auth/login";
/// End the session.
pub const LOGOUT: &str = "/api/auth/logout";
/// Ask by text.
pub const MESSAGE: &str = "/api/chat/message";
/// Read or clear the conversation.
pub const HISTORY: &str = "/api/chat/history";
/// Is the system well?
pub const HEALTH: &str = "/api/health";

/// Every route. What is not listed is not found, whatever `spin.toml` routes there: so nobody opens a route to strangers
/// by forgetting to say who may call it.
pub const ROUTES: &[Route] = &[
    Route {
        path: LOGIN,
        methods: &[Method::POST],
        access: Access::Public,
    },
    Route {
        path: LOGOUT,
        methods: &[Method::POST],
        access: Access::Session,
    },
    Route {
        path: MESSAGE,
        methods: &[Method::POST],
        access: Access::Session,
    },
    Route {
        path: HISTORY,
        methods: &[Method::GET, Method::DELETE],
        access: Access::Session,
    },
    Route {
        path: HEALTH,
        methods: &[Method::GET],
        access: Access::Probe,
    },
];

/// The part of the path space that is rate limited.
pub const PROTECTED_PREFIX: &str = "/api/";

/// The route at `path`.
#[must_use]
pub fn find(path: &str) -> Option<&'static Route> {
    ROUTES.iter().find(|route| route.path == path)
}

impl Route {
    /// Whether the route answers `method`.
    #[must_use]
    pub fn allows(&self, method: &Method) -> bool {
        let asked = if method == Method::HEAD { &Method::GET } else { method };
        self.methods.contains(asked)
    }

    /// The value of an `Allow` header.
    #[must_use]
    pub fn allow(&self) -> String {
        let mut names: Vec<&str> = Vec::with_capacity(self.methods.len() + 1);
        for method in self.methods {
            names.push(method.as_str());
            if method == Method::GET {
                names.push(Method::HEAD.as_str());
            }
        }
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_login_and_health_are_open_to_strangers() {
        let open: Vec<_> = ROUTES
            .iter()
            .filter(|r| r.access != Access::Session)
            .map(|r| r.path)
            .collect();
        assert_eq!(open, [LOGIN, HEALTH]);
    }

    #[test]
    fn a_route_that_takes_get_takes_head() {
        let health = find(HEALTH).unwrap();
        assert!(health.allows(&Method::HEAD));
        assert_eq!(health.allow(), "GET, HEAD");
    }

    #[test]
    fn a_route_that_takes_post_refuses_head() {
        assert!(!find(LOGIN).unwrap().allows(&Method::HEAD));
    }

    #[test]
    fn a_path_that_only_begins_like_a_route_is_no_route() {
        assert_eq!(find("/api/auth/login/again"), None);
    }
}
