//! Which paths an adapter claims: those of its routes, or a few that are the same for every document.

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
    /// Whether a route at the same path goes first.
    pub yields: bool,
    /// Under a gateway, below the capability's id; none when it is not reached there.
    pub below_an_id: Option<&'static str>,
    /// What clients are pointed to on a port.
    pub entry: &'static str,
}

impl FixedPaths {
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
