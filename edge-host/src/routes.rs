//! Which component answers a path. The matching is that of Spin, which uses the same crate underneath.

use std::borrow::Cow;

/// Finds the target of a request's path: exact routes go before wildcards, longer prefixes before shorter ones.
pub struct Router<T>(routefinder::Router<Route<T>>);

struct Route<T> {
    pattern: String,
    target: T,
}

/// Why a route cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the route \"{route}\" is malformed: {reason}")]
pub struct RouteError {
    route: String,
    reason: String,
}

/// A route that matched a path.
pub struct RouteMatch<'router, 'path, T> {
    route: &'router Route<T>,
    captures: routefinder::Captures<'router, 'path>,
    path: &'path str,
}

impl<T> Router<T> {
    /// A router of `(pattern, target)` pairs. A pattern may end in `/...` and have `:named` segments.
    pub fn build<'a>(routes: impl IntoIterator<Item = (&'a str, T)>) -> Result<Self, RouteError> {
        let mut router = routefinder::Router::new();
        for (pattern, target) in routes {
            router
                .add(
                    specification(pattern),
                    Route {
                        pattern: pattern.to_owned(),
                        target,
                    },
                )
                .map_err(|reason| RouteError {
                    route: pattern.to_owned(),
                    reason: reason.to_string(),
                })?;
        }
        Ok(Self(router))
    }

    /// The best match for a path.
    pub fn route<'router, 'path>(&'router self, path: &'path str) -> Option<RouteMatch<'router, 'path, T>> {
        let best = self.0.best_match(path)?;
        Some(RouteMatch {
            route: best.handler(),
            captures: best.captures(),
            path,
        })
    }
}

/// The route from the root on, without a slash at its end.
fn absolute(pattern: &str) -> Cow<'_, str> {
    let trimmed = pattern.strip_suffix('/').unwrap_or(pattern);
    if pattern.starts_with('/') {
        trimmed.into()
    } else {
        format!("/{trimmed}").into()
    }
}

fn specification(pattern: &str) -> String {
    let pattern = absolute(pattern);
    match pattern.strip_suffix("/...") {
        Some(prefix) => format!("{prefix}/*"),
        None => pattern.into_owned(),
    }
}

impl<'router, T> RouteMatch<'router, '_, T> {
    /// What the route leads to.
    pub fn target(&self) -> &'router T {
        &self.route.target
    }

    /// The route as the manifest has it.
    pub fn raw_route(&self) -> &'router str {
        &self.route.pattern
    }

    /// The route with its base, which is always the root.
    pub fn matched_route(&self) -> Cow<'router, str> {
        absolute(&self.route.pattern)
    }

    /// The route as the manifest has it, without a trailing wildcard.
    pub fn route_without_wildcard(&self) -> &'router str {
        self.route.pattern.strip_suffix("/...").unwrap_or(&self.route.pattern)
    }

    /// The `:named` segments, as name and value.
    pub fn named_segments(&self) -> impl Iterator<Item = (&str, &str)> {
        self.captures.iter()
    }

    /// What the trailing wildcard stands for: with the slash before it, and with one after it if the path has one,
    /// which the underlying crate would drop.
    pub fn trailing_wildcard(&self) -> Cow<'_, str> {
        let Some(rest) = self.captures.wildcard() else {
            return "".into();
        };
        match (rest.is_empty(), self.path.ends_with('/')) {
            (true, false) => "".into(),
            (true, true) => "/".into(),
            (false, false) => format!("/{rest}").into(),
            (false, true) => format!("/{rest}/").into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn router() -> Router<&'static str> {
        Router::build([
            ("/", "root"),
            ("/api/...", "api"),
            ("/api/chat/...", "chat"),
            ("/api/chat/history", "history"),
            ("/files/:id", "file"),
            ("/patients/:patient/records/...", "records"),
        ])
        .unwrap()
    }

    fn target(path: &str) -> Option<&'static str> {
        router().route(path).map(|found| *found.target())
    }

    #[test]
    fn an_exact_route_goes_before_a_wildcard() {
        assert_eq!(target("/api/chat/history"), Some("history"));
        assert_eq!(target("/api/chat/other"), Some("chat"));
    }

    #[test]
    fn the_longest_prefix_wins() {
        assert_eq!(target("/api/other"), Some("api"));
        assert_eq!(target("/api/chat/a/b"), Some("chat"));
    }

    #[test]
    fn a_wildcard_takes_its_own_prefix_too() {
        assert_eq!(target("/api"), Some("api"));
        assert_eq!(target("/api/"), Some("api"));
    }

    #[test]
    fn a_path_of_no_route_has_no_target() {
        assert_eq!(target("/elsewhere"), None);
        assert_eq!(target("/files"), None);
        assert_eq!(target("/files/1/2"), None);
    }

    #[test]
    fn named_segments_are_told() {
        let router = router();
        let found = router.route("/patients/p1/records/a/b").unwrap();
        assert_eq!(found.named_segments().collect::<Vec<_>>(), [("patient", "p1")]);
        assert_eq!(found.trailing_wildcard(), "/a/b");
        assert_eq!(found.route_without_wildcard(), "/patients/:patient/records");
    }

    #[test]
    fn the_slash_at_the_end_of_a_path_is_kept_in_the_wildcard() {
        let router = router();
        for (path, wildcard) in [("/api", ""), ("/api/", "/"), ("/api/a", "/a"), ("/api/a/", "/a/")] {
            assert_eq!(router.route(path).unwrap().trailing_wildcard(), wildcard, "{path}");
        }
    }
}
