//! Writes an exchange down when it ends, be it that nobody waits for it any more.

use std::{sync::Arc, time::Instant};

use http::{StatusCode, Uri};

use super::network::Network;
use crate::base::{exchange_log::UpstreamExchange, invocation::Invocation};

/// An exchange that has begun.
pub(super) struct Record<'a> {
    name: &'a str,
    network: Network<'a>,
    invocation: &'a Invocation,
    started: Instant,
    /// Taken when the exchange is written down.
    url: Option<Uri>,
}

impl<'a> Record<'a> {
    pub(super) fn begin(name: &'a str, url: Uri, network: Network<'a>, invocation: &'a Invocation) -> Self {
        Self { name, network, invocation, started: Instant::now(), url: Some(url) }
    }

    /// The exchange ended with a response, or with none.
    pub(super) fn end(mut self, status: Option<StatusCode>) -> Arc<UpstreamExchange> {
        let url = self.url.take().unwrap_or_default();
        self.write(url, status)
    }

    fn write(&self, url: Uri, status: Option<StatusCode>) -> Arc<UpstreamExchange> {
        let elapsed = self.started.elapsed();
        tracing::debug!(
            target: "capstan::upstream",
            request_id = self.invocation.request_id.as_deref(),
            name = self.name,
            status = status.map(|status| status.as_u16()),
            us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
        );
        let (name, mask) = (self.name.into(), self.network.mask.clone());
        let exchange = Arc::new(UpstreamExchange { name, status, elapsed, url, mask });
        self.invocation.exchanges.push(Arc::clone(&exchange));
        exchange
    }
}

impl Drop for Record<'_> {
    fn drop(&mut self) {
        if let Some(url) = self.url.take() {
            self.write(url, None);
        }
    }
}
