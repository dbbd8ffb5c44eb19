//! What running a flow may use: the activated plan's parts, the way to upstreams, the circumstances of the invocation.

use std::sync::Arc;

use bytes::Bytes;
use capstan_plan::{ClientId, Flow, Plan, Request};
use http::HeaderMap;
use serde_json::Value as Json;

use super::{scripts::Scripts, state::FlowState};
use crate::{
    base::bindings::Bindings,
    base::fault::{CapabilityFault, Fault, FaultKind},
    base::invocation::Invocation,
    base::secrets::Secrets,
    base::value::{memory, size},
    base::workers::{IN_PLACE, Turns},
    exchange::client::UpstreamClient,
    exchange::network::Network,
    exchange::run::{Admission, Exchange},
    files::table::Files,
    job::{handle::Resumed, running::Running},
    target::{address::Target, base::BaseState},
    template::scope::Scope,
    wire::buffers::{Held, NoRoom},
    wire::collect::{collect, no_room},
    wire::encodings::decoded,
    wire::upstream_body::UpstreamBody,
};

/// A flow that outlives the caller who began it.
#[derive(Clone, Copy)]
pub(crate) struct Detached<'a> {
    pub(crate) running: &'a Arc<Running>,
    pub(crate) flow: &'a Flow,
    pub(crate) state: &'a FlowState,
}

/// What running a flow may use.
#[derive(Clone, Copy)]
pub(crate) struct Execution<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) bindings: &'a Bindings,
    pub(crate) files: &'a Files,
    pub(crate) clients: &'a [UpstreamClient],
    pub(crate) network: Network<'a>,
    /// Turns at work that takes long.
    pub(crate) turns: &'a Turns,
    /// Threads for scripts.
    pub(crate) scripts: &'a Scripts,
    /// The most bytes of a response that is mapped.
    pub(crate) limit: usize,
    /// Room for the large values of the invocation.
    pub(crate) room: &'a Held,
    pub(crate) invocation: &'a Invocation,
    /// Whether its exchanges take places of their clients.
    pub(crate) admission: Admission,
    /// The client of addresses that belong to no API.
    pub(crate) anonymous: &'a UpstreamClient,
    /// What outlives the caller, when this does.
    pub(crate) detached: Option<Detached<'a>>,
    /// The job that is taken up again instead of being submitted.
    pub(crate) resumed: Option<&'a Resumed>,
}

impl<'a> Execution<'a> {
    /// Does `work`, which looks at the frame and at about `size` other bytes, in place or in turn.
    pub(crate) async fn compute<'s, T>(
        &self,
        scope: Scope<'s>,
        size: usize,
        work: impl Fn(Scope<'s>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.turns.attempt(size.saturating_add(scope.frame.size()), |effort| work(scope.with(effort))).await
    }

    /// Counts memory of values for as long as the invocation runs.
    pub(crate) fn keep(&self, bytes: usize) -> Result<(), Fault> {
        if bytes == 0 { Ok(()) } else { self.room.grow(bytes).map_err(|NoRoom| no_room()) }
    }

    /// Room for a value that outlives the invocation; none for a small one.
    pub(crate) fn room_for(&self, value: &Json) -> Result<Option<Arc<Held>>, Fault> {
        if size(value) <= IN_PLACE {
            return Ok(None);
        }
        let room = self.network.upstreams.buffers.begin();
        room.grow(memory(value)).map_err(|NoRoom| no_room())?;
        Ok(Some(Arc::new(room)))
    }

    /// The whole of a body, at most `limit` bytes of it, as it was before it was encoded.
    pub(crate) async fn whole(&self, body: UpstreamBody, headers: &HeaderMap, limit: usize) -> Result<Bytes, Fault> {
        let buffers = self.network.upstreams.buffers;
        let body = collect(buffers, body, limit).await?;
        decoded(buffers, self.turns, body, headers, limit).await
    }

    /// An activated client.
    pub(crate) fn client(&self, id: ClientId) -> Result<&'a UpstreamClient, Fault> {
        self.clients.get(usize::from(id)).ok_or_else(no_such_client)
    }

    /// What no answer may show.
    pub(crate) fn secrets(&self) -> &'a Secrets {
        self.network.mask.secrets()
    }

    /// Where a request goes.
    pub(crate) fn target(&self, request: &Request, scope: Scope<'_>) -> Result<Arc<Target>, Fault> {
        let planned = self.plan.clients.get(request.client).ok_or_else(no_such_client)?;
        self.client(request.client)?.target(planned, request, scope, self.network.upstreams.routing)
    }

    /// The server of a client's base URI, where that is the same for all requests.
    pub(crate) fn base(&self, id: ClientId) -> Result<Arc<Target>, Fault> {
        match &self.client(id)?.base {
            BaseState::Fixed(target) => target.clone(),
            BaseState::PerRequest => {
                let why = "the base URI depends on what a caller gives, so that no address can be told to be of it";
                Err(Fault::capability(CapabilityFault::BadBase, why))
            }
        }
    }

    /// One exchange with a client's upstream, called `name` where it is written down.
    pub(crate) fn exchange(&self, client: &'a UpstreamClient, name: &'a str) -> Exchange<'a> {
        Exchange { network: self.network, client, name, invocation: self.invocation, admission: self.admission }
    }
}

fn no_such_client() -> Fault {
    Fault::new(FaultKind::Internal, "the plan has no such client")
}
