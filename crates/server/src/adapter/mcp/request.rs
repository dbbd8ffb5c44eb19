//! What is known of the HTTP request behind a message. rmcp hands a message's handler the head of its request; where it asks
//! without a message, and where a session is refused, the request is that of the task.

use std::{cell::Cell, net::IpAddr, sync::Arc};

use ::http::request::Parts;
use rmcp::{
    RoleServer,
    model::{Extensions, ProtocolVersion, RequestId},
    service::RequestContext,
};

use crate::{auth::Principal, capability::instance::Capability, http::access::CallRecord};

tokio::task_local! {
    static REQUEST: RequestScope;
}

struct RequestScope {
    /// The one of the snapshot the listener took.
    capability: Arc<Capability>,
    caller: Caller,
    /// How many bytes its message has.
    length: usize,
    /// Why its session did not take it.
    refusal: Cell<Option<Refusal>>,
}

/// Who sent a request, and from where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Caller {
    pub(super) principal: Principal,
    pub(super) peer: Option<IpAddr>,
}

/// Why a session did not take a request.
#[derive(Clone, Debug)]
pub(super) enum Refusal {
    /// There is no room for a session.
    Full,
    /// Its `initialize` has more than this many bytes.
    TooLong(usize),
    /// Another request with this id is not answered yet.
    Unanswered(RequestId),
}

/// Handles a caller's request of a capability, whose message has so many bytes; says also why its session did not take it, if so.
pub(super) async fn within<T>(
    capability: Arc<Capability>,
    (caller, length): (Caller, usize),
    work: impl Future<Output = T>,
) -> (T, Option<Refusal>) {
    let scope = RequestScope { capability, caller, length, refusal: Cell::new(None) };
    REQUEST.scope(scope, async { (work.await, REQUEST.with(|request| request.refusal.take())) }).await
}

/// Notes why a session does not take the request.
pub(super) fn refuse(why: Refusal) {
    // Without a request nobody waits for the answer.
    let _ = REQUEST.try_with(|request| request.refusal.set(Some(why)));
}

/// The caller of the request this task handles.
pub(super) fn caller() -> Caller {
    REQUEST.try_with(|request| request.caller).unwrap_or_default()
}

/// How many bytes the message of the request has that this task handles.
pub(super) fn length() -> usize {
    REQUEST.try_with(|request| request.length).unwrap_or_default()
}

/// The capability of the request this task handles.
pub(super) fn present() -> Option<Arc<Capability>> {
    REQUEST.try_with(|request| request.capability.clone()).ok()
}

/// The capability of the request behind a message.
pub(super) fn capability(extensions: &Extensions) -> Option<&Arc<Capability>> {
    extensions.get::<Parts>()?.extensions.get()
}

/// Whether a request is of the stateless generation.
pub(super) fn is_modern(context: &RequestContext<RoleServer>) -> bool {
    context.protocol_version().is_some_and(|version| version.as_str() >= ProtocolVersion::V_2026_07_28.as_str())
}

/// Who sent the request behind a message.
pub(super) fn principal(extensions: &Extensions) -> Principal {
    extensions.get::<Parts>().and_then(|parts| parts.extensions.get()).copied().unwrap_or_default()
}

/// The record of the call behind a message.
pub(super) fn record(extensions: &Extensions) -> Option<&CallRecord> {
    match extensions.get::<Parts>() {
        Some(parts) => parts.extensions.get(),
        None => extensions.get(),
    }
}
