//! One route of a table.

use http::Method;

/// One route of the table.
#[derive(Debug)]
pub struct Entry<T> {
    /// The method; `None` answers every method.
    pub method: Option<Method>,
    /// Query pairs the request must carry.
    pub query: Box<[(Box<str>, Box<str>)]>,
    /// What the route leads to.
    pub value: T,
}
