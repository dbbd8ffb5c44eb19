//! The check in front of an exposure. A gate is made when a capability is activated; whatever it lacks then closes it to everyone.
//! Comparisons take the same time wherever texts differ. Knows nothing of routes: whoever routes asks here first.

mod digest;
mod gate;
mod keys;
mod metadata;
mod oauth2;
mod refusal;
mod secret;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use capstan_engine::{Engine, Host};
use http::{Response, header, request::Parts};

pub use self::gate::Gate;
pub(crate) use self::metadata::{WELL_KNOWN, metadata};
use self::{digest::Desk, keys::KeyRing, refusal::Refusal};
use crate::{http::body::Body, publication::table::AdapterRef, shared::Shared};

/// What checks remember across snapshots.
#[derive(Debug)]
pub struct Memory {
    keys: KeyRing,
    desk: Desk,
}

impl Memory {
    /// Nothing remembered yet.
    #[must_use]
    pub fn new(host: &dyn Host) -> Self {
        Self { keys: KeyRing::default(), desk: Desk::new(host) }
    }
}

/// Lets a caller pass, or says why not. No gate lets everyone pass.
pub(crate) async fn admit(
    gate: Option<&Gate>,
    engine: &Arc<Engine>,
    shared: &Shared,
    parts: &Parts,
) -> Option<Response<Body>> {
    let host = shared.engine.host();
    let checked = match gate? {
        Gate::Secret(secret) => secret.check(parts),
        Gate::Digest(user) => shared.memory.desk.check(user, parts, &**host),
        Gate::OAuth2(resource) => resource.check(parts, engine, &shared.memory.keys, host.now_ms()).await,
        Gate::Closed(closed) => return Some(closed.answer()),
    };
    checked.err().map(Refusal::answer)
}

/// The same for a request that fits no route of these adapters: it passes where one of them would let it pass.
pub(crate) async fn admit_any(
    adapters: impl IntoIterator<Item = AdapterRef>,
    shared: &Shared,
    parts: &Parts,
) -> Option<Response<Body>> {
    let mut refused = None;
    for adapter in adapters {
        let Some(engine) = adapter.capability.engine() else { continue };
        let answer = admit(adapter.gate(), engine, shared, parts).await?;
        refused.get_or_insert(answer);
    }
    refused
}

/// The credentials of an `Authorization` header of that scheme.
fn credentials<'p>(parts: &'p Parts, scheme: &str) -> Option<&'p str> {
    let text = std::str::from_utf8(parts.headers.get(header::AUTHORIZATION)?.as_bytes()).ok()?;
    let (given, rest) = text.trim().split_once(' ')?;
    given.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}
