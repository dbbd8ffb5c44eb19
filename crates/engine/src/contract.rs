//! Input contracts: what callers send is coerced where models are known to err, then checked against its schema, and what is
//! wrong is said so that it can be mended. Does not decide where a value is found in a caller's request.

pub(crate) mod check;
mod coerce;
mod compile;
pub(crate) mod example;
mod explain;
mod pattern;
pub(crate) mod promise;
mod schema;
mod slips;
