//! The upstream exchanges of one invocation, written down as they end, whatever becomes of the invocation. Does not log: whoever
//! answers the request writes one record of it all.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use http::{StatusCode, Uri};

use super::mask::Mask;

/// One exchange with an upstream: which operation, what it answered, how long that took.
pub struct UpstreamExchange {
    /// `namespace.operation`.
    pub name: Box<str>,
    /// The status of the final response; none when no response came.
    pub status: Option<StatusCode>,
    /// Until the head of the final response, or until the exchange was given up.
    pub elapsed: Duration,
    pub(crate) url: Uri,
    pub(crate) mask: Mask,
}

impl UpstreamExchange {
    /// The URL requested, secrets masked.
    #[must_use]
    pub fn url(&self) -> String {
        self.mask.apply(&self.url.to_string()).into_owned()
    }
}

impl fmt::Debug for UpstreamExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpstreamExchange")
            .field("name", &self.name)
            .field("status", &self.status)
            .field("elapsed", &self.elapsed)
            .field("url", &self.url())
            .finish()
    }
}

/// The upstream exchanges of one invocation, in the order in which they ended. Clones share one list: keep a clone, hand the
/// other to the engine with the [`Invocation`](crate::Invocation), and read it once the invocation is over. It is complete
/// after a fault, a deadline and a dropped invocation too.
#[derive(Clone, Debug, Default)]
pub struct ExchangeLog(Arc<Mutex<Vec<Arc<UpstreamExchange>>>>);

impl ExchangeLog {
    /// Everything written down so far.
    #[must_use]
    pub fn entries(&self) -> Vec<Arc<UpstreamExchange>> {
        self.read(<[_]>::to_vec)
    }

    /// Reads what is written down so far, without copying it. Exchanges that end meanwhile wait, so `read` is short.
    pub fn read<T>(&self, read: impl FnOnce(&[Arc<UpstreamExchange>]) -> T) -> T {
        read(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Writes an exchange down.
    pub(crate) fn push(&self, exchange: Arc<UpstreamExchange>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(exchange);
    }
}
