//! What every HTTP answer has in common, whoever gives it: bodies, problem documents, who may call from where, and the access
//! record. Knows no route and no adapter.

pub(crate) mod access;
pub mod body;
pub mod guard;
pub mod problem;
