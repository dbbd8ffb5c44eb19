//! The check in front of an exposure. A gate is made when a capability is activated; whatever it lacks then closes it to everyone.
//! Comparisons take the same time wherever texts differ. Knows nothing of routes: whoever routes asks here first.

mod closed;
mod credentials;
mod digest;
mod gate;
mod keys;
mod metadata;
mod oauth2;
mod principal;
mod refusal;
mod secret;
mod well_known;

#[cfg(test)]
mod tests;

use std::{fmt, sync::Arc};

use capstan_engine::{Engine, Host};
use http::{Response, request::Parts};

use self::{digest::DigestVerifier, keys::KeyRing, refusal::Refusal};
pub use self::{gate::Gate, principal::Principal};
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

/// Lets a caller pass and says who it is, or why it does not pass. No gate lets everyone pass.
pub(crate) async fn admit(
    gate: Option<&Gate>,
    engine: &Arc<Engine>,
    memory: &Memory,
    parts: &Parts,
) -> Result<Principal, Response<Body>> {
    let host = &*memory.host;
    let Some(gate) = gate else { return Ok(Principal::Anyone) };
    let checked = match gate {
        Gate::Secret(secret) => secret.check(parts),
        Gate::Digest(user) => memory.digest.check(user, parts, host),
        Gate::OAuth2(resource) => resource.check(parts, engine, &memory.keys, host.now_ms()).await,
        Gate::Closed(closed) => return Err(closed.answer()),
    };
    checked.map_err(Refusal::answer)
}
