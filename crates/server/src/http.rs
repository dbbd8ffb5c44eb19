//! What every HTTP answer has in common, whoever gives it: bodies, problem documents, who may call from where, the access record,
//! and the handle to fixed routes. Knows no route and no adapter.

pub(crate) mod access;
pub mod body;
pub(crate) mod decoding;
pub(crate) mod fixed;
pub mod guard;
pub mod problem;
