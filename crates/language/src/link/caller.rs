//! Who calls: the adapter whose unit is linked, or an aggregate's flow behind it. Fixed before a unit is linked.

use super::names::KIND_ROOTS;

/// Which side calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Rest,
    Mcp,
}

/// The calling side of one unit.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) kind: Kind,
    /// Words that stand for the caller: the kind words and the adapter's (or aggregate's) namespace.
    roots: Vec<String>,
    /// Its requests carry a body: an undeclared query or header input could come in either.
    pub(super) postish: bool,
    /// What is linked is an aggregate's flow, in which inputs may be named without a root.
    pub(super) in_flow: bool,
    /// The adapter's limit for binary answers.
    pub(super) max_binary: Option<u64>,
}

impl Caller {
    /// An adapter of this namespace.
    pub(super) fn new(kind: Kind, namespace: &str) -> Self {
        Self { kind, roots: roots(namespace), postish: false, in_flow: false, max_binary: None }
    }

    /// The same caller under its adapter's limit for binary answers.
    pub(super) fn limited(self, max_binary: Option<u64>) -> Self {
        Self { max_binary, ..self }
    }

    /// The same caller with requests that carry a body, or not.
    pub(super) fn posting(self, postish: bool) -> Self {
        Self { postish, ..self }
    }

    /// The same caller, as a flow of the aggregate `namespace` sees it.
    pub(super) fn of_flow(&self, namespace: &str) -> Self {
        Self { roots: roots(namespace), in_flow: true, ..self.clone() }
    }

    /// Splits a reference at the longest root.
    pub(super) fn root<'t>(&self, text: &'t str) -> Option<(&'t str, &'t str)> {
        self.roots
            .iter()
            .filter_map(|root| Some((text.get(..root.len())?, text.strip_prefix(root.as_str())?.strip_prefix('.')?)))
            .filter(|(_, rest)| !rest.is_empty() && !rest.contains(char::is_whitespace))
            .max_by_key(|(root, _)| root.len())
    }

    /// The namespace of the adapter or aggregate: what a reference to the caller officially begins with.
    pub(super) fn name(&self) -> &str {
        self.roots.first().map_or("", String::as_str)
    }

    /// The words an author would begin a reference to the caller with.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        [self.name(), "rest", "tools"].into_iter().filter(|word| !word.is_empty())
    }

    /// Whether `name` alone stands for the caller.
    pub(super) fn is_root(&self, name: &str) -> bool {
        self.roots.iter().any(|root| root == name)
    }
}

fn roots(namespace: &str) -> Vec<String> {
    std::iter::once(namespace).chain(KIND_ROOTS.iter().copied()).map(str::to_owned).collect()
}
