//! The protocol as clients meet it, in process.

pub(super) mod fixture;
mod legacy;
mod modern;
mod transport;
