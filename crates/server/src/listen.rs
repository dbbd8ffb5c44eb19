//! Listeners: sockets, connections, and the way of one request to whoever answers it. Does not decide what is served.

pub mod accept;
pub(crate) mod dispatch;
