//! What the process says of itself: health, status, metrics, the index, and requests to reload or to say what a reload would do.

pub(crate) mod endpoints;
pub(crate) mod index;
pub(crate) mod status;
