//! Bytes to and from other machines: connections, TLS, bodies in both directions. The only room that opens connections;
//! redirects, credentials and the meaning of a response are not its business.

pub(crate) mod limited;
pub(crate) mod tls;
pub(crate) mod transport;
