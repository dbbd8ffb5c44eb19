//! The access record: one line per request, whatever the protocol, with who answered, how, what the upstreams did, and how long
//! it took. The record begins with the request and ends with its answer; of an answer that is a stream with a call's result in
//! it, with the stream. Counting and logging happen here and nowhere else on the way of a request.

use std::{
    fmt::Write as _,
    net::IpAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use bytes::Bytes;
use capstan_engine::{ExchangeLog, Fault, FaultKind, Invocation, UpstreamExchange};
use http::{HeaderValue, Method, Request, Response};
use http_body::{Body as _, Frame, SizeHint};

use super::body::{Body, BodyError};
use crate::metrics::Meter;

/// The longest id taken from a caller.
const LONGEST_ID: usize = 128;

/// What is known of one request while it is answered.
#[derive(Debug)]
pub(crate) struct AccessRecord {
    id: Arc<str>,
    /// Who asks; a message on standard input comes from nowhere.
    peer: Option<IpAddr>,
    /// Method and path; a message on standard input has none.
    line: Option<(Method, Box<str>)>,
    started: Instant,
    capability: Option<Arc<str>>,
    adapter: Option<&'static str>,
    status: Option<u16>,
    bytes: Option<u64>,
    call: Call,
    /// The call, when somebody else knows more of it: what the request carries is called elsewhere.
    elsewhere: Option<CallRecord>,
    /// Whether the record ends with the answer's last byte.
    streams: bool,
}

/// What is known of the one call a request makes.
#[derive(Debug, Default)]
struct Call {
    unit: Option<Box<str>>,
    meter: Option<Arc<Meter>>,
    /// The status of a result that travels inside an answer.
    status: Option<u16>,
    fault: Option<Fault>,
    exchanges: ExchangeLog,
}

/// The record of a call that is made by a protocol's own task; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct CallRecord {
    request_id: Arc<str>,
    call: Arc<Mutex<Call>>,
}

impl AccessRecord {
    /// Begins with the request; its own id is kept when it has a usable one.
    pub(crate) fn begin<B>(request: &Request<B>, peer: IpAddr, fresh_id: impl FnOnce() -> String) -> Self {
        let given = request.headers().get("x-request-id").and_then(|id| id.to_str().ok());
        let usable =
            given.filter(|id| !id.is_empty() && id.len() <= LONGEST_ID && id.bytes().all(|b| b.is_ascii_graphic()));
        let mut record = Self::of_message(usable.map_or_else(|| fresh_id().into(), Into::into));
        record.peer = Some(peer);
        record.line = Some((request.method().clone(), request.uri().path().into()));
        record
    }

    /// Begins with a message that came without HTTP.
    pub(crate) fn of_message(id: Arc<str>) -> Self {
        Self {
            id,
            peer: None,
            line: None,
            started: Instant::now(),
            capability: None,
            adapter: None,
            status: None,
            bytes: None,
            call: Call::default(),
            elsewhere: None,
            streams: false,
        }
    }

    /// Who asks.
    pub(crate) fn peer(&self) -> Option<IpAddr> {
        self.peer
    }

    /// Who answers.
    pub(crate) fn adapter(&mut self, capability: &Arc<str>, adapter: &'static str) {
        self.capability = Some(capability.clone());
        self.adapter = Some(adapter);
    }

    /// Which unit answers, and what is counted of it.
    pub(crate) fn unit(&mut self, unit: &str, meter: Option<Arc<Meter>>) {
        self.call.unit = Some(unit.into());
        self.call.meter = meter;
    }

    /// An invocation on behalf of this request.
    pub(crate) fn invocation(&self) -> Invocation {
        invocation(&self.id, &self.call)
    }

    /// Which unit answers, as far as it is known.
    pub(crate) fn unit_name(&self) -> Option<Box<str>> {
        match &self.elsewhere {
            Some(elsewhere) => elsewhere.lock().unit.clone(),
            None => self.call.unit.clone(),
        }
    }

    /// What happened upstream.
    pub(crate) fn exchanges(&self) -> ExchangeLog {
        match &self.elsewhere {
            Some(elsewhere) => elsewhere.lock().exchanges.clone(),
            None => self.call.exchanges.clone(),
        }
    }

    /// What went wrong.
    pub(crate) fn fault(&mut self, fault: &Fault) {
        self.call.fault(fault);
    }

    /// Hands the call to whoever makes it.
    pub(crate) fn elsewhere(&mut self) -> CallRecord {
        let call = CallRecord { request_id: self.id.clone(), call: Arc::default() };
        self.elsewhere.insert(call).clone()
    }

    /// The answer is a stream that ends with the call.
    pub(crate) fn ends_with_the_stream(&mut self) {
        self.streams = true;
    }

    /// Names the request in the answer and ends the record, or has the answer's body end it.
    pub(crate) fn finish(mut self, response: &mut Response<Body>) {
        // What callers quote is what the log has; an upstream's own id is passed on under another name.
        if let Ok(id) = HeaderValue::from_str(&self.id)
            && let Some(theirs) = response.headers_mut().insert("x-request-id", id.clone())
            && theirs != id
        {
            response.headers_mut().insert("x-upstream-request-id", theirs);
        }
        self.status = Some(response.status().as_u16());
        self.bytes = response.body().size_hint().exact();
        if self.streams {
            let body = std::mem::take(response.body_mut());
            *response.body_mut() = Body::stream(Recorded { body, _record: self });
        }
    }
}

/// A record is written when it ends, be it that nobody waits for the answer any more.
impl Drop for AccessRecord {
    /// Counts and logs. What is not known is left out of the line: of a request that was given up, the status.
    fn drop(&mut self) {
        let Self { id, line, started, capability, adapter, status, bytes, call, elsewhere, .. } = self;
        if let Some(elsewhere) = elsewhere {
            *call = std::mem::take(&mut *elsewhere.lock());
        }
        let elapsed = started.elapsed();
        if let (Some(meter), Some(status)) = (&call.meter, call.status.or(*status)) {
            meter.record(status, elapsed);
        }
        if let Some(fault) = &call.fault {
            let origin = fault.origin.as_ref().map(tracing::field::display);
            tracing::warn!(request_id = &**id, unit = call.unit.as_deref(), origin, "{fault}");
        }
        call.exchanges.read(|exchanges| {
            let last = exchanges.last();
            tracing::info!(
                target: "capstan::access",
                request_id = &**id,
                method = line.as_ref().map(|(method, _)| method.as_str()),
                path = line.as_ref().map(|(_, path)| &**path),
                status = *status,
                capability = capability.as_deref(),
                adapter = *adapter,
                unit = call.unit.as_deref(),
                call_status = call.status,
                upstream = last.map(|_| in_words(exchanges)).as_deref(),
                upstream_status = last.and_then(|exchange| exchange.status).map(|status| status.as_u16()),
                upstream_us = last.map(|exchange| micros(exchange.elapsed)),
                bytes = *bytes,
                us = micros(elapsed),
            );
        });
    }
}

impl CallRecord {
    /// Which unit is called, and what is counted of it.
    pub(crate) fn unit(&self, unit: &str, meter: Option<Arc<Meter>>) {
        let mut call = self.lock();
        call.unit = Some(unit.into());
        call.meter = meter;
    }

    /// An invocation that makes the call.
    pub(crate) fn invocation(&self) -> Invocation {
        invocation(&self.request_id, &self.lock())
    }

    /// How the call ended.
    pub(crate) fn ended(&self, status: u16, fault: Option<&Fault>) {
        let mut call = self.lock();
        call.status = Some(status);
        if let Some(fault) = fault {
            call.fault(fault);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Call> {
        self.call.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Call {
    /// Remembers what the log tells of: what callers do wrong is their business.
    fn fault(&mut self, fault: &Fault) {
        if !matches!(fault.kind, FaultKind::Caller(_)) {
            self.fault = Some(fault.clone());
        }
    }
}

fn invocation(id: &Arc<str>, call: &Call) -> Invocation {
    Invocation { request_id: Some(id.clone()), exchanges: call.exchanges.clone(), ..Invocation::default() }
}

/// `api.get 200 12.3ms, api.put - 4.5ms`.
fn in_words(exchanges: &[Arc<UpstreamExchange>]) -> String {
    let mut out = String::with_capacity(64);
    for exchange in exchanges {
        let comma = if out.is_empty() { "" } else { ", " };
        let status = exchange.status.as_ref().map_or("-", |status| status.as_str());
        // Whole numbers: printing a fraction exactly costs more than the rest of the line.
        let tenths = micros(exchange.elapsed).saturating_add(50) / 100;
        // Writing to a string does not fail.
        let _ = write!(out, "{comma}{} {status} {}.{}ms", exchange.name, tenths / 10, tenths % 10);
    }
    out
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// A body that keeps its request's record until it ends, or until nobody wants the rest of it.
struct Recorded {
    body: Body,
    _record: AccessRecord,
}

impl http_body::Body for Recorded {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
