//! What every HTTP request and answer has in common, whoever takes and gives it: bodies and how long they are waited for, problem
//! documents, who may call from where, the access record, and the handle to fixed routes. Knows no route and no adapter.

pub(crate) mod accept;
pub(crate) mod access;
pub mod body;
pub(crate) mod decoding;
pub(crate) mod fixed;
pub mod guard;
pub(crate) mod inbound;
pub(crate) mod pace;
pub mod problem;
pub(crate) mod traffic;
