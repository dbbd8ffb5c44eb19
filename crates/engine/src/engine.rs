//! An activated plan: bindings have values, base URIs are resolved, credentials filled in; contracts compile on first use.

pub(crate) mod shared;

use std::{collections::HashMap, fmt, sync::Arc};

use capstan_plan::{BindingId, ClientId, FileId, Flow, FlowId, Forward, Plan, PlanFile, Template, Unavailable};

use crate::{
    base::bindings::{BindingResolver, MissingBinding},
    base::fault::{CapabilityFault, Fault, FaultKind},
    base::invocation::Invocation,
    base::mask::Mask,
    base::value::Inputs,
    contract::check::Contract,
    credential::activate::Ready,
    engine::shared::Shared,
    exchange::run::{DigestState, Exchange},
    flow::forward::ForwardRequest,
    response::answer::Answer,
    target::base::{BaseState, Routing, Target},
    target::overrides::{Overrides, Timeouts},
    template::eval::{Bindings, Scope},
    template::functions::Functions,
};

/// The most bytes of a response that is mapped.
const MAPPED_RESPONSE: usize = 10 << 20;

/// An activated plan.
pub struct Engine {
    plan: Arc<Plan>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) bindings: Bindings,
    missing: Vec<MissingBinding>,
    unusable: HashMap<BindingId, MissingBinding>,
    pub(crate) mask: Mask,
    pub(crate) routing: Routing,
    pub(crate) timeouts: Timeouts,
    pub(crate) limit: usize,
    clients: Vec<ClientState>,
    flows: Vec<FlowState>,
}

/// What activation made of a client.
pub(crate) struct ClientState {
    pub(crate) base: BaseState,
    pub(crate) credential: Ready,
    pub(crate) digest: DigestState,
}

/// What activation made of a flow.
pub(crate) struct FlowState {
    /// What its only call's mapping reads.
    pub(crate) wanted: std::sync::OnceLock<Option<Box<crate::response::shape::wanted::Wanted>>>,
    pub(crate) contract: Contract,
    pub(crate) functions: Functions,
}

impl Engine {
    /// Gives a plan its bindings and clients. Never fails: what is missing fails the units that need it.
    #[must_use]
    pub fn activate(
        plan: Arc<Plan>,
        resolver: &dyn BindingResolver,
        overrides: &Overrides,
        shared: Arc<Shared>,
    ) -> Self {
        let mut bindings = Bindings::default();
        let mut missing = Vec::new();
        let mut unusable = HashMap::new();
        for (id, binding) in plan.bindings.entries() {
            let (value, why) = match resolver.resolve(binding) {
                Ok(value) => (value.filter(|v| !v.trim().is_empty()), None),
                Err(why) => (None, Some(why.into_boxed_str())),
            };
            if value.is_none() {
                let gap = MissingBinding { name: binding.name.clone(), origin: binding.origin.clone(), why };
                if !binding.optional || gap.why.is_some() {
                    missing.push(gap.clone());
                }
                unusable.insert(id, gap);
            }
            bindings.push(value);
        }
        let routing = Routing::new(overrides);
        let mut folders: HashMap<Arc<str>, Functions> = HashMap::new();
        let mut functions = |file: &str| {
            let folder: Arc<str> = folder(file).into();
            let made = || Functions::new(Arc::clone(&shared.host), Arc::clone(&folder), Arc::clone(&shared.documents));
            folders.entry(Arc::clone(&folder)).or_insert_with(made).clone()
        };
        let empty = Inputs::default();
        let mut clients = Vec::with_capacity(plan.clients.len());
        let mut secrets: Vec<String> = Vec::new();
        for client in &plan.clients {
            let functions = functions(&client.origin.file);
            let scope = Scope::new(&empty, &bindings, &functions);
            let credential = Ready::new(client, scope, &*shared.host);
            secrets.extend(credential.secrets());
            let base = BaseState::new(&routing, client, scope, &credential.fields.path);
            clients.push(ClientState { base, credential, digest: DigestState::default() });
        }
        let flows = plan
            .flows
            .iter()
            .map(|flow| FlowState {
                wanted: std::sync::OnceLock::new(),
                contract: Contract::new(flow),
                functions: functions(&flow.origin.file),
            })
            .collect();
        let mask = Mask::new(bindings.values().chain(secrets.iter().map(String::as_str)));
        Self {
            shared,
            bindings,
            missing,
            unusable,
            mask,
            routing,
            timeouts: overrides.timeouts,
            limit: MAPPED_RESPONSE,
            clients,
            flows,
            plan,
        }
    }

    /// The plan it runs.
    #[must_use]
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Bindings without a value, optional ones left out.
    #[must_use]
    pub fn missing(&self) -> &[MissingBinding] {
        &self.missing
    }

    /// The value of a binding. A secret: for comparisons only.
    #[must_use]
    pub fn binding(&self, id: BindingId) -> Option<&str> {
        self.bindings.get(id)
    }

    /// Replaces secrets in texts.
    #[must_use]
    pub fn mask(&self) -> &Mask {
        &self.mask
    }

    /// The text of a template over bindings only (authenticators); never empty.
    ///
    /// # Errors
    /// [`CapabilityFault::MissingBinding`] naming what is not set.
    pub fn secret_text(&self, template: &Template) -> Result<String, Fault> {
        let mut needed = Vec::new();
        template.bindings(&mut needed);
        if let Some(fault) = self.blocked(&needed) {
            return Err(fault);
        }
        let empty = Inputs::default();
        let documents = Arc::clone(&self.shared.documents);
        let functions = Functions::new(Arc::clone(&self.shared.host), Arc::from(""), documents);
        let text = Scope::new(&empty, &self.bindings, &functions).text(template)?.map(|text| text.trim().to_owned());
        text.filter(|text| !text.is_empty())
            .ok_or_else(|| Fault::capability(CapabilityFault::MissingBinding, "a secret has no value"))
    }

    /// Reads a public document of an authorization server (metadata, keys): its status and at most 1 MiB. It goes the way
    /// requests to upstreams go, so that overrides and sandboxes hold; redirects are not followed.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn document(&self, url: &url::Url) -> Result<(u16, bytes::Bytes), Fault> {
        crate::credential::tokens::document(
            url,
            &crate::credential::tokens::Way { shared: &self.shared, routing: &self.routing },
        )
        .await
    }

    /// Whether nothing may leave the machine.
    #[must_use]
    pub fn is_sandboxed(&self) -> bool {
        self.routing.is_sandboxed()
    }

    /// Runs a flow.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn invoke(&self, flow: FlowId, inputs: Inputs, invocation: Invocation) -> Result<Answer, Fault> {
        let (Some(planned), Some(state)) = (self.plan.flows.get(flow), self.flows.get(usize::from(flow))) else {
            return Err(Fault::new(FaultKind::Internal, "the plan has no such flow"));
        };
        let work = crate::flow::run::run(self, planned, state, inputs, &invocation);
        let outcome = crate::flow::run::until(work, &invocation).await;
        outcome.map_err(|fault| self.finish(fault, Some(planned)))
    }

    /// Passes a request on.
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
        if let Some(fault) = self.blocked(&forward.bindings) {
            return Err(fault);
        }
        let work = crate::flow::forward::run(self, forward, inputs, request, &invocation);
        crate::flow::run::until(work, &invocation).await.map_err(|fault| self.finish(fault, None))
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
        let detail = self.mask.apply(&fault.detail).into_owned();
        fault.detail = detail;
        for violation in &mut fault.violations {
            let message = self.mask.apply(&violation.message).into_owned();
            violation.message = message;
        }
        match flow {
            Some(flow) if !matches!(fault.kind, FaultKind::Caller(_)) => fault.at(&flow.origin),
            _ => fault,
        }
    }

    /// A file the plan lists.
    ///
    /// # Errors
    /// When the plan lists no such file.
    pub fn file(&self, id: FileId) -> Result<&PlanFile, Fault> {
        self.plan.files.get(id).ok_or_else(|| Fault::new(FaultKind::Internal, "the plan has no such file"))
    }

    pub(crate) fn client(&self, id: ClientId) -> Result<&ClientState, Fault> {
        self.clients.get(usize::from(id)).ok_or_else(|| Fault::new(FaultKind::Internal, "the plan has no such client"))
    }

    /// Where a request goes.
    pub(crate) fn target(&self, request: &capstan_plan::Request, scope: Scope<'_>) -> Result<Arc<Target>, Fault> {
        let state = self.client(request.client)?;
        if request.base.is_none()
            && let BaseState::Fixed(target) = &state.base
        {
            return target.clone();
        }
        let Some(client) = self.plan.clients.get(request.client) else {
            return Err(Fault::new(FaultKind::Internal, "the plan has no such client"));
        };
        let base = request.base.as_ref().unwrap_or(&client.base);
        self.routing.resolve(client, base, scope, &state.credential.fields.path).map(Arc::new)
    }

    /// The fault of the first of these bindings that has no value: made when asked for, since a plan may have thousands of
    /// flows that share one gap.
    pub(crate) fn blocked(&self, needed: &[BindingId]) -> Option<Fault> {
        if self.unusable.is_empty() { None } else { blocked(needed, &self.unusable) }
    }

    pub(crate) fn exchange<'a>(
        &'a self,
        state: &'a ClientState,
        name: &'a str,
        invocation: &'a Invocation,
    ) -> Exchange<'a> {
        Exchange {
            shared: &self.shared,
            routing: &self.routing,
            timeouts: self.timeouts,
            mask: &self.mask,
            credential: &state.credential,
            digest: &state.digest,
            name,
            invocation,
        }
    }
}

/// The fault of the first binding without a value.
fn blocked(needed: &[BindingId], unusable: &HashMap<BindingId, MissingBinding>) -> Option<Fault> {
    let gaps: Vec<&MissingBinding> = needed.iter().filter_map(|id| unusable.get(id)).collect();
    let first = gaps.first()?;
    let mut detail = String::new();
    for gap in &gaps {
        if !detail.is_empty() {
            detail.push_str("; ");
        }
        match &gap.why {
            None => detail.push_str(&format!("{} is not set (declared at {})", gap.name, gap.origin)),
            Some(why) => detail.push_str(&format!("{} cannot be read: {why} (declared at {})", gap.name, gap.origin)),
        }
    }
    let mut fault = Fault::capability(CapabilityFault::MissingBinding, detail).at(&first.origin);
    fault.binding = Some(first.name.clone());
    Some(fault)
}

/// The folder of a file.
pub(crate) fn folder(file: &str) -> String {
    std::path::Path::new(file).parent().map(|parent| parent.to_string_lossy().into_owned()).unwrap_or_default()
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("label", &self.plan.info.label)
            .field("missing", &self.missing)
            .finish_non_exhaustive()
    }
}
