//! Bytes to and from other machines: connections, TLS, bodies in both directions. The only room that opens connections;
//! redirects, credentials and the meaning of a response are not its business.

pub(crate) mod body;
pub(crate) mod buffers;
pub(crate) mod client_body;
pub(crate) mod clients;
pub(crate) mod collect;
pub(crate) mod encodings;
pub(crate) mod failure;
pub(crate) mod network;
pub(crate) mod plain;
pub(crate) mod proxy;
pub(crate) mod size_limit;
pub(crate) mod tls;
pub(crate) mod transport;
pub(crate) mod upload;
pub(crate) mod upstream_body;
