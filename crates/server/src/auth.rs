//! The check in front of an exposure. A gate is made when a capability is activated; whatever it lacks then closes it to everyone.
//! Comparisons take the same time wherever texts differ. Knows nothing of routes: whoever routes asks here first.

mod closed;
mod credentials;
mod digest;
mod gate;
mod keys;
mod metadata;
mod oauth2;
mod refusal;
mod secret;
mod well_known;

#[cfg(test)]
mod tests;

use std::{fmt, sync::Arc};

use capstan_engine::{Engine, Host};
use http::{Response, request::Parts};

pub use self::gate::Gate;
use self::{digest::DigestVerifier, keys::KeyRing, refusal::Refusal};
pub(crate) use self::{metadata::metadata, well_known::WELL_KNOWN};
use crate::http::body::Body;

/// What checks remember across publications.
pub struct Memory {
    host: Arc<dyn Host>,
    keys: KeyRing,
    digest: DigestVerifier,
}

impl Memory {
    /// Nothing remembered yet.
    #[must_use]
    pub fn new(host: Arc<dyn Host>) -> Self {
        Self { keys: KeyRing::default(), digest: DigestVerifier::new(&*host), host }
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

/// Lets a caller pass, or says why not. No gate lets everyone pass.
pub(crate) async fn admit(
    gate: Option<&Gate>,
    engine: &Arc<Engine>,
    memory: &Memory,
    parts: &Parts,
) -> Option<Response<Body>> {
    let host = &*memory.host;
    let checked = match gate? {
        Gate::Secret(secret) => secret.check(parts),
        Gate::Digest(user) => memory.digest.check(user, parts, host),
        Gate::OAuth2(resource) => resource.check(parts, engine, &memory.keys, host.now_ms()).await,
        Gate::Closed(closed) => return Some(closed.answer()),
    };
    checked.err().map(Refusal::answer)
}
