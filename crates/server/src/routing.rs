//! From a method, a path and a query to a route. Knows nothing of what a route leads to.

pub mod router;
