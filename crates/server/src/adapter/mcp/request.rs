//! What is known of the HTTP request behind a message. rmcp hands a message's handler the head of its request; where it asks
//! without a message, and where a session is refused, the request is that of the task.

use std::{cell::Cell, sync::Arc};

use ::http::request::Parts;
use rmcp::model::Extensions;

use crate::{capability::instance::Capability, http::access::CallRecord};

tokio::task_local! {
    static REQUEST: RequestScope;
}

struct RequestScope {
    /// The one of the snapshot the listener took.
    capability: Arc<Capability>,
    /// Whether a session was refused for want of room.
    refused: Cell<bool>,
}

/// Handles a request of a capability; says also whether a session was refused meanwhile.
pub(super) async fn within<T>(capability: Arc<Capability>, work: impl Future<Output = T>) -> (T, bool) {
    let scope = RequestScope { capability, refused: Cell::new(false) };
    REQUEST.scope(scope, async { (work.await, REQUEST.with(|request| request.refused.get())) }).await
}

/// Notes that there is no room for a session.
pub(super) fn refuse() {
    // Without a request nobody waits for the answer.
    let _ = REQUEST.try_with(|request| request.refused.set(true));
}

/// The capability of the request this task handles.
pub(super) fn present() -> Option<Arc<Capability>> {
    REQUEST.try_with(|request| request.capability.clone()).ok()
}

/// The capability of the request behind a message.
pub(super) fn capability(extensions: &Extensions) -> Option<&Arc<Capability>> {
    extensions.get::<Parts>()?.extensions.get()
}

/// The record of the call behind a message.
pub(super) fn record(extensions: &Extensions) -> Option<&CallRecord> {
    match extensions.get::<Parts>() {
        Some(parts) => parts.extensions.get(),
        None => extensions.get(),
    }
}
