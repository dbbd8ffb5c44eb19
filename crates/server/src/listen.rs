//! Listeners: sockets, connections, and the way of one request to whoever answers it. Does not decide what is served.

pub(crate) mod accept;
pub(crate) mod answer;
pub(crate) mod dispatch;
pub(crate) mod listeners;
pub(crate) mod takeover;

pub use self::listeners::ListenerInfo;
