//! What activation makes of a client: where its requests go, the credential they bear, what a handshake left behind.

use std::sync::Arc;

use capstan_plan::{Client, Request};

use super::run::DigestState;
use crate::{
    base::fault::Fault,
    credential::activate::Ready,
    files::reader::Reader,
    target::routing::{BaseState, Routing, Target},
    template::scope::Scope,
};

/// An activated client.
pub(crate) struct UpstreamClient {
    pub(crate) base: BaseState,
    pub(crate) credential: Ready,
    pub(crate) digest: DigestState,
}

impl UpstreamClient {
    /// Fills in a client's credential and resolves its base. Never fails: what cannot be made fails the requests.
    pub(crate) fn activate(client: &Client, scope: Scope<'_>, routing: &Routing, reader: &mut Reader<'_>) -> Self {
        let credential = Ready::new(client, scope, reader);
        let base = BaseState::new(routing, client, scope, &credential.fields.path);
        Self { base, credential, digest: DigestState::default() }
    }

    /// Where a request of `client`, which this was made of, goes.
    pub(crate) fn target(
        &self,
        client: &Client,
        request: &Request,
        scope: Scope<'_>,
        routing: &Routing,
    ) -> Result<Arc<Target>, Fault> {
        if request.base.is_none()
            && let BaseState::Fixed(target) = &self.base
        {
            return target.clone();
        }
        let base = request.base.as_ref().unwrap_or(&client.base);
        routing.resolve(client, base, scope, &self.credential.fields.path).map(Arc::new)
    }
}
