//! Which paths an adapter claims: those of its routes, or a few that are the same for every document; and who answers where both
//! have one.

use http::{HeaderMap, Method, Request};

/// The paths of an adapter.
#[derive(Clone, Copy, Debug)]
pub enum Paths {
    /// Those of its routes; adapters that share a port merge them.
    Routes,
    /// These.
    Fixed(&'static FixedPaths),
}

/// Paths that are the same for every document.
#[derive(Debug)]
pub struct FixedPaths {
    /// On a port: exactly these.
    pub exact: &'static [&'static str],
    /// On a port: everything that begins so.
    pub prefixes: &'static [&'static str],
    /// Who answers where a route has the same path.
    pub beside: Beside,
    /// Under a gateway, below the capability's id; none when it is not reached there.
    pub below_an_id: Option<&'static str>,
    /// What clients are pointed to on a port.
    pub entry: &'static str,
}

/// Who answers at a fixed path that is a route's too.
#[derive(Clone, Copy, Debug)]
pub enum Beside {
    /// The route.
    Route,
    /// The adapter, if the headers speak its protocol or no route of exactly that path has the method.
    Spoken(fn(&HeaderMap) -> bool),
}

/// What of a request decides who answers it, beside its path.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'r> {
    /// The method.
    pub method: &'r Method,
    /// The query.
    pub query: Option<&'r str>,
    /// The headers.
    pub headers: &'r HeaderMap,
}

impl<'r> Asked<'r> {
    /// Of a request.
    #[must_use]
    pub fn of<B>(request: &'r Request<B>) -> Self {
        Self { method: request.method(), query: request.uri().query(), headers: request.headers() }
    }
}

impl FixedPaths {
    /// Whether a route at the path answers instead. `route` says whether there is one: for a method and query, or for any.
    /// Without a request, what speaks a protocol of its own is the one at the path.
    pub(crate) fn yields(
        &self,
        asked: Option<Asked<'_>>,
        route: impl FnOnce(Option<(&Method, Option<&str>)>) -> bool,
    ) -> bool {
        match (self.beside, asked) {
            (Beside::Route, _) => route(None),
            (Beside::Spoken(_), None) => false,
            (Beside::Spoken(speaks), Some(asked)) => !speaks(asked.headers) && route(Some((asked.method, asked.query))),
        }
    }

    /// Whether a path of a port is one of these.
    #[must_use]
    pub fn claims(&self, path: &str) -> bool {
        self.exact.contains(&path) || self.prefixes.iter().any(|prefix| path.starts_with(prefix))
    }

    /// Whether a path below a capability's id is one of these.
    #[must_use]
    pub fn claims_below_an_id(&self, path: &str) -> bool {
        self.below_an_id.is_some_and(|own| path == own || self.prefixes.iter().any(|prefix| path.starts_with(prefix)))
    }
}
