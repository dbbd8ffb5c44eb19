//! What activation makes of a client: where its requests go, the credential they bear, what its exchanges leave behind.

use std::sync::Arc;

use capstan_plan::{Client, Request};

use super::state::{ClientState, ClientStates};
use crate::{
    base::fault::Fault,
    credential::fields::Fields,
    credential::scheme::Scheme,
    credential::upstream::UpstreamCredential,
    files::reader::Reader,
    target::address::Target,
    target::base::{self, BaseState},
    target::routing::Routing,
    template::scope::Scope,
};

/// An activated client.
pub(crate) struct UpstreamClient {
    pub(crate) base: BaseState,
    pub(crate) credential: UpstreamCredential,
    pub(crate) state: Arc<ClientState>,
}

impl UpstreamClient {
    /// Fills in a client's credential and resolves its base. Never fails: what cannot be made fails the requests.
    pub(crate) fn activate(
        client: &Client,
        scope: Scope<'_>,
        routing: &Routing,
        reader: &mut Reader<'_>,
        states: &ClientStates,
    ) -> Self {
        let credential = UpstreamCredential::activate(client, scope, reader);
        let base = BaseState::new(routing, client, scope, &credential.fields.path);
        let state = states.of(client, &credential, routing.is_sandboxed());
        Self { base, credential, state }
    }

    /// One that proves nothing, for addresses that are not of an API.
    pub(crate) fn anonymous() -> Self {
        let credential = UpstreamCredential { fields: Fields::default(), scheme: Scheme::Fixed };
        Self { base: BaseState::PerRequest, credential, state: Arc::default() }
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
        base::resolve(routing, client, base, scope, &self.credential.fields.path).map(Arc::new)
    }
}
