//! From a method, a path and a query to a route. Knows nothing of how a route is answered.

pub mod job_routes;
pub mod router;
pub mod routes;
