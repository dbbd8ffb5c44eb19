//! Filling templates from a frame of values: segments, expressions, the functions expressions call, and how values print.
//! Knows nothing of requests, responses and who supplies the values.

pub(crate) mod computed;
pub(crate) mod expression;
pub(crate) mod functions;
pub(crate) mod scope;
