//! Route tables: which routes a request's path and query lead to. Literal text beats placeholders, placeholders may be a part of
//! a segment, and a query match beats none (rule E3). Methods and the choice between duplicates (E1) are the caller's.

mod entry;
mod segment;
mod trie;

use http::Method;

use self::trie::Node;
pub use self::{entry::Entry, segment::decode};

/// A path table over values of type `T`.
#[derive(Debug)]
pub struct Router<T> {
    root: Node<T>,
}

/// The routes a path leads to, best place first.
#[derive(Debug)]
pub struct Found<'t, T> {
    /// The routes that may answer, in document order: one, unless they are duplicates (rule E1).
    pub entries: Vec<&'t Entry<T>>,
    /// The values of the placeholders, in the order of the pattern.
    pub captures: Vec<String>,
}

/// What a lookup gives.
#[derive(Debug)]
pub enum RouteMatch<'t, T> {
    /// At least one route.
    Found(Found<'t, T>),
    /// The path is known, the method is not.
    Method(Vec<Method>),
    /// The path is not known.
    Nothing,
}

impl<T> Default for Router<T> {
    fn default() -> Self {
        Self { root: Node::default() }
    }
}

impl<T> Router<T> {
    /// Adds a route.
    pub fn insert(&mut self, pattern: &capstan_plan::Pattern, entry: Entry<T>) {
        self.root.insert(&pattern.segments, entry);
    }

    /// Some route of a raw path, whatever its method and query.
    #[must_use]
    pub fn any(&self, path: &str) -> Option<&T> {
        let path = path.strip_prefix('/').unwrap_or(path);
        self.root.find(path, &mut Vec::new(), &mut |leaf| leaf.first().map(|entry| &entry.value))
    }

    /// The routes for a method, a raw path and a raw query.
    #[must_use]
    pub fn find(&self, method: &Method, path: &str, query: Option<&str>) -> RouteMatch<'_, T> {
        let path = path.strip_prefix('/').unwrap_or(path);
        let mut allowed: Vec<Method> = Vec::new();
        let mut captures = Vec::new();
        let found = self.root.find(path, &mut captures, &mut |leaf| {
            let entries = pick(leaf, method, query);
            if entries.is_empty() {
                allowed.extend(leaf.iter().filter_map(|e| e.method.clone()));
                return None;
            }
            Some(entries)
        });
        match found {
            Some(entries) => RouteMatch::Found(Found { entries, captures }),
            None if allowed.is_empty() => RouteMatch::Nothing,
            None => {
                if allowed.contains(&Method::GET) {
                    allowed.push(Method::HEAD);
                }
                allowed.sort_by(|a, b| a.as_str().cmp(b.as_str()));
                allowed.dedup();
                RouteMatch::Method(allowed)
            }
        }
    }
}

/// The entries of one leaf that answer: exact method, then GET for HEAD, then any method; the most query pairs win.
fn pick<'t, T>(leaf: &'t [Entry<T>], method: &Method, query: Option<&str>) -> Vec<&'t Entry<T>> {
    let mut best: Vec<&Entry<T>> = Vec::new();
    let mut score = None;
    for entry in leaf {
        let fit = match &entry.method {
            Some(m) if m == method => 2,
            Some(m) if *method == Method::HEAD && *m == Method::GET => 1,
            None => 0,
            Some(_) => continue,
        };
        if !entry.query.iter().all(|(k, v)| carries(query, k, v)) {
            continue;
        }
        let this = Some((entry.query.len(), fit));
        match this.cmp(&score) {
            std::cmp::Ordering::Greater => {
                score = this;
                best = vec![entry];
            }
            std::cmp::Ordering::Equal => best.push(entry),
            std::cmp::Ordering::Less => {}
        }
    }
    best
}

fn carries(query: Option<&str>, key: &str, value: &str) -> bool {
    query.is_some_and(|query| url::form_urlencoded::parse(query.as_bytes()).any(|(k, v)| k == key && v == value))
}

#[cfg(test)]
mod tests;
