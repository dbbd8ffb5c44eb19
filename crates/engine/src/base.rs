//! What every room may use: the machine ([`host`]), values, faults, ids, encodings, secrets in texts, external values.
//! Knows nothing of plans being run, templates or HTTP connections.

pub(crate) mod bindings;
pub(crate) mod digest;
mod disguise;
pub mod door;
pub(crate) mod encode;
pub(crate) mod exchange_log;
pub(crate) mod fault;
pub(crate) mod form;
pub(crate) mod host;
pub(crate) mod ids;
pub(crate) mod invocation;
pub(crate) mod mask;
pub(crate) mod media_type;
pub(crate) mod patterns;
pub(crate) mod secrets;
pub(crate) mod time;
pub(crate) mod url_path;
pub(crate) mod value;
pub(crate) mod walk;
pub mod workers;
