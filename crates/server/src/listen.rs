//! Listeners: sockets, connections and how long each may take, and the way of one request to whoever answers it. Does not decide
//! what is served.

pub(crate) mod accept;
pub(crate) mod answer;
mod connection;
pub(crate) mod connections;
pub(crate) mod descriptors;
pub(crate) mod dispatch;
mod linger;
pub(crate) mod listeners;
mod outbound;
mod socket;
mod streams;
pub(crate) mod takeover;
mod vigil;

pub use self::listeners::ListenerInfo;
