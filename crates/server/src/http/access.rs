//! The access line: one per request, with who answered, how, and how long it took.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use capstan_engine::{ExchangeLog, Fault, FaultKind, Invocation};
use http::{HeaderValue, Method, Response};

use crate::{capability::instance::Capability, http::body::Body, metrics::Meter, shared::Shared};

/// What is known of one request while it is answered.
#[derive(Debug)]
pub(crate) struct Trace {
    id: Box<str>,
    method: Method,
    path: Box<str>,
    started: Instant,
    capability: Option<Arc<str>>,
    unit: Option<Box<str>>,
    exchanges: ExchangeLog,
    fault: Option<Fault>,
    meter: Option<Arc<Meter>>,
}

/// The longest id taken from a caller.
const LONGEST_ID: usize = 128;

impl Trace {
    /// Begins with the request; its own id is kept when it has a usable one.
    pub(crate) fn new<B>(request: &http::Request<B>, shared: &Shared) -> Self {
        let given = request.headers().get("x-request-id").and_then(|id| id.to_str().ok());
        let usable =
            given.filter(|id| !id.is_empty() && id.len() <= LONGEST_ID && id.bytes().all(|b| b.is_ascii_graphic()));
        Self {
            id: usable.map_or_else(|| shared.request_id().into(), Into::into),
            method: request.method().clone(),
            path: request.uri().path().into(),
            started: Instant::now(),
            capability: None,
            unit: None,
            exchanges: ExchangeLog::default(),
            fault: None,
            meter: None,
        }
    }

    /// Who answers.
    pub(crate) fn capability(&mut self, capability: &Capability) {
        self.capability = Some(capability.id.clone());
    }

    /// Which unit answers.
    pub(crate) fn unit(&mut self, capability: &Capability, unit: &str) {
        self.capability(capability);
        self.meter = capability.meter("rest", unit).cloned();
        self.unit = Some(unit.into());
    }

    /// An invocation on behalf of this request.
    pub(crate) fn invocation(&self) -> Invocation {
        Invocation { request_id: Some((&*self.id).into()), exchanges: self.exchanges.clone(), ..Invocation::default() }
    }

    /// What went wrong.
    pub(crate) fn fault(&mut self, fault: &Fault) {
        if !matches!(fault.kind, FaultKind::Caller(_)) {
            self.fault = Some(fault.clone());
        }
    }

    /// Writes the line and names the request in the answer.
    pub(crate) fn finish(self, response: &mut Response<Body>) {
        // An upstream's own id is passed on; ours is in the log beside it.
        if let Ok(id) = HeaderValue::from_str(&self.id) {
            response.headers_mut().entry("x-request-id").or_insert(id);
        }
        if let Some(meter) = &self.meter {
            meter.record(response.status().as_u16(), self.started.elapsed());
        }
        if let Some(fault) = &self.fault {
            let origin = fault.origin.as_ref().map(tracing::field::display);
            tracing::warn!(request_id = &*self.id, origin, "{fault}");
        }
        let upstream = self.exchanges.entries().pop();
        tracing::info!(
            target: "capstan::access",
            request_id = &*self.id,
            method = self.method.as_str(),
            path = &*self.path,
            status = response.status().as_u16(),
            capability = self.capability.as_deref(),
            unit = self.unit.as_deref(),
            upstream_status = upstream.as_ref().and_then(|exchange| exchange.status).map(|status| status.as_u16()),
            upstream_us = upstream.as_ref().map(|exchange| micros(exchange.elapsed)),
            us = micros(self.started.elapsed()),
        );
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
