//! Input contracts: what callers send is coerced where models are known to err, then checked against its schema. Does not
//! decide where a value is found in a caller's request.

pub(crate) mod check;
mod coerce;
mod explain;
mod schema;
