//! What went wrong before a response came, told from the errors of the HTTP clients.

use std::{error::Error as StdError, io};

use super::plain::Failed;
use crate::base::fault::{Fault, UpstreamFault};

/// What went wrong before the head of a response came.
pub(crate) fn explain(error: &(dyn StdError + 'static)) -> Fault {
    let mut kind = UpstreamFault::Protocol;
    let mut reason = error.to_string();
    if error.downcast_ref::<hyper_util::client::legacy::Error>().is_some_and(|e| e.is_connect())
        || error.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_connect)
        || matches!(error.downcast_ref(), Some(Failed::Connect(_)))
    {
        kind = UpstreamFault::Connect;
    }
    let mut source = error.source();
    while let Some(cause) = source {
        // What the caller sends may be at fault.
        if let Some(fault) = cause.downcast_ref::<Fault>() {
            return fault.clone();
        }
        reason = cause.to_string();
        if let Some(error) = cause.downcast_ref::<io::Error>() {
            if let Some(alert) = alert(error) {
                kind = UpstreamFault::Connect;
                reason = format!("the upstream refused the TLS connection: {alert:?}");
            }
            match error.kind() {
                io::ErrorKind::TimedOut => kind = UpstreamFault::Timeout,
                io::ErrorKind::ConnectionRefused => reason = "connection refused".to_owned(),
                io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe if kind != UpstreamFault::Connect => {
                    kind = UpstreamFault::CutShort;
                    "the connection was closed before an answer came".clone_into(&mut reason);
                }
                _ => {}
            }
        }
        if let Some(error) = cause.downcast_ref::<hyper::Error>()
            && error.is_incomplete_message()
        {
            kind = UpstreamFault::CutShort;
            "the connection was closed before an answer came".clone_into(&mut reason);
        }
        source = cause.source();
    }
    Fault::upstream(kind, reason)
}

/// Why the upstream ended the TLS connection: a certificate that is missing or not trusted, which TLS 1.3 tells after the
/// handshake only.
fn alert(error: &io::Error) -> Option<rustls::AlertDescription> {
    let inner = error.get_ref()?;
    match inner.downcast_ref() {
        Some(rustls::Error::AlertReceived(alert)) => Some(*alert),
        Some(_) => None,
        None => alert(inner.downcast_ref()?),
    }
}
