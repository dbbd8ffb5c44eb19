//! An activated plan, ready to be invoked. The top of the house: it lends every room what that room needs.

mod activated;
pub(crate) mod jobs;
pub(crate) mod shared;

use std::{fmt, pin::pin, sync::Arc};

use capstan_plan::{BindingId, FilePath, Flow, FlowId, Forward, Plan, Template, Unavailable};

use self::{activated::Activated, shared::Shared};
use crate::{
    base::bindings::{BindingResolver, MissingBinding},
    base::fault::{CapabilityFault, Fault, FaultKind},
    base::invocation::Invocation,
    base::mask::Mask,
    base::value::Inputs,
    base::workers::Turns,
    credential::tokens,
    exchange::network::Network,
    exchange::run::Admission,
    files::{reader::ReadFile, table::Files},
    flow::execution::Execution,
    flow::forward::{self, ForwardRequest},
    flow::run,
    flow::until::until,
    response::answer::{Answer, Collected},
    target::overrides::Overrides,
    target::upstreams::Upstreams,
    template::scope::Scope,
    wire::buffers::Held,
};

/// The most bytes of a response that is mapped.
const MAPPED_RESPONSE: usize = 10 << 20;

/// An activated plan.
pub struct Engine {
    plan: Arc<Plan>,
    shared: Arc<Shared>,
    activated: Activated,
}

impl Engine {
    /// Gives a plan its bindings, files and clients. Never fails: what is missing fails the units that need it. Reads files, so
    /// not for a thread that answers requests.
    #[must_use]
    pub fn activate(
        plan: Arc<Plan>,
        resolver: &dyn BindingResolver,
        overrides: &Overrides,
        shared: Arc<Shared>,
    ) -> Self {
        let activated = Activated::new(&plan, resolver, overrides, &shared);
        Self { plan, shared, activated }
    }

    /// Turns at work that takes long.
    #[must_use]
    pub fn turns(&self) -> &Turns {
        &self.shared.turns
    }

    /// The plan it runs.
    #[must_use]
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Bindings without a value, optional ones left out.
    #[must_use]
    pub fn missing(&self) -> &[MissingBinding] {
        self.activated.bindings.missing()
    }

    /// The value of a binding. A secret: for comparisons only.
    #[must_use]
    pub fn binding(&self, id: BindingId) -> Option<&str> {
        self.activated.bindings.get(id)
    }

    /// Replaces secrets in texts.
    #[must_use]
    pub fn mask(&self) -> &Mask {
        &self.activated.mask
    }

    /// The text of a template over bindings only (authenticators); never empty.
    ///
    /// # Errors
    /// [`CapabilityFault::MissingBinding`] naming what is not set.
    pub fn secret_text(&self, template: &Template) -> Result<String, Fault> {
        let mut needed = Vec::new();
        template.bindings(&mut needed);
        self.activated.bindings.require(&needed)?;
        let (nothing, functions) = (Inputs::default(), self.activated.functions("", &self.shared));
        let text = Scope::new(&nothing, &self.activated.bindings, &functions).text(template)?;
        text.map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
            .ok_or_else(|| Fault::capability(CapabilityFault::MissingBinding, "a secret has no value"))
    }

    /// Reads a public document of an authorization server (metadata, keys): its status and at most 1 MiB. It goes the way
    /// requests to upstreams go, so that overrides and sandboxes hold; redirects are not followed.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn document(&self, url: &url::Url) -> Result<(u16, bytes::Bytes), Fault> {
        tokens::document(url, self.upstreams()).await
    }

    /// Whether nothing may leave the machine.
    #[must_use]
    pub fn is_sandboxed(&self) -> bool {
        self.activated.routing.is_sandboxed()
    }

    /// Runs a flow. Its upstream exchanges are in the invocation's log, whatever the outcome.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn invoke(&self, flow: FlowId, inputs: Inputs, invocation: Invocation) -> Result<Answer, Fault> {
        let (Some(planned), Some(state)) = (self.plan.flows.get(flow), self.activated.flows.get(usize::from(flow)))
        else {
            return Err(Fault::new(FaultKind::Internal, "the plan has no such flow"));
        };
        let room = self.shared.buffers.begin();
        let execution = self.execution(&invocation, &room);
        let work = pin!(run::run(&execution, planned, state, inputs));
        until(work, &invocation).await.map_err(|fault| self.finish(fault, Some(planned)))
    }

    /// Runs a flow and waits for its whole answer, at most `limit` bytes.
    ///
    /// # Errors
    /// Why there is no answer, or no end of it.
    pub async fn invoke_whole(
        &self,
        flow: FlowId,
        inputs: Inputs,
        invocation: Invocation,
        limit: usize,
    ) -> Result<Collected, Fault> {
        self.collect(self.invoke(flow, inputs, invocation).await?, limit).await
    }

    /// Waits for the whole of an answer, at most `limit` bytes.
    ///
    /// # Errors
    /// Why there is no end of it.
    pub async fn collect(&self, answer: Answer, limit: usize) -> Result<Collected, Fault> {
        answer.collect(&self.shared.buffers, &self.shared.turns, limit).await
    }

    /// Passes a request on. Its upstream exchange is in the invocation's log, whatever the outcome.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn forward(
        &self,
        forward: &Forward,
        inputs: Inputs,
        request: ForwardRequest,
        invocation: Invocation,
    ) -> Result<Answer, Fault> {
        let functions = self.activated.functions(FilePath::folder_of(&forward.request.origin.file), &self.shared);
        let room = self.shared.buffers.begin();
        let execution = self.execution(&invocation, &room);
        let work = pin!(forward::run(&execution, forward, &functions, inputs, request));
        until(work, &invocation).await.map_err(|fault| self.finish(fault, None))
    }

    /// The fault of a unit that did not compile.
    #[must_use]
    pub fn unavailable(unit: &Unavailable) -> Fault {
        let mut fault = Fault::capability(CapabilityFault::Unavailable, &*unit.message).at(&unit.origin);
        fault.code = Some(unit.code.clone());
        fault
    }

    /// Masks a fault's texts and says where it happened.
    fn finish(&self, mut fault: Fault, flow: Option<&Flow>) -> Fault {
        let detail = self.activated.mask.apply(&fault.detail).into_owned();
        fault.detail = detail;
        for violation in &mut fault.violations {
            let message = self.activated.mask.apply(&violation.message).into_owned();
            violation.message = message;
        }
        match flow {
            Some(flow) if !matches!(fault.kind, FaultKind::Caller(_)) => fault.at(&flow.origin),
            _ => fault,
        }
    }

    /// The files its plan lists, as they were when it was activated.
    #[must_use]
    pub fn files(&self) -> &Files {
        &self.activated.files
    }

    /// Every file and folder that was read when it was activated, with what it held.
    #[must_use]
    pub fn read_files(&self) -> &[ReadFile] {
        &self.activated.read_files
    }

    /// What running a flow may use.
    fn execution<'a>(&'a self, invocation: &'a Invocation, room: &'a Held) -> Execution<'a> {
        let Activated { bindings, mask, timeouts, clients, anonymous, .. } = &self.activated;
        Execution {
            plan: &self.plan,
            bindings,
            files: self.files(),
            clients,
            network: Network {
                host: &self.shared.host,
                upstreams: self.upstreams(),
                tokens: &self.shared.tokens,
                timeouts: *timeouts,
                mask,
            },
            turns: &self.shared.turns,
            scripts: &self.shared.scripts,
            limit: MAPPED_RESPONSE,
            room,
            invocation,
            admission: Admission::Own,
            anonymous,
            detached: None,
            resumed: None,
        }
    }

    fn upstreams(&self) -> Upstreams<'_> {
        let Shared { clients, buffers, turns, .. } = &*self.shared;
        Upstreams { clients, routing: &self.activated.routing, buffers, turns }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("label", &self.plan.info.label)
            .field("missing", &self.missing())
            .finish_non_exhaustive()
    }
}
