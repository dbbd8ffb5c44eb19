//! An activated plan: bindings have values, base URIs are resolved, contracts compile on first use.

use std::{fmt, sync::Arc};

use capstan_plan::{BindingId, FlowId, Forward, Plan, Template, Unavailable};

use crate::{
    answer::Answer,
    bindings::{Lookup, Missing},
    call::{Call, ForwardRequest},
    fault::{CapabilityFault, Fault, FaultKind},
    mask::Mask,
    overrides::Overrides,
    shared::Shared,
    value::Inputs,
};

/// An activated plan.
pub struct Engine {
    plan: Arc<Plan>,
    bindings: Vec<Option<Box<str>>>,
    missing: Vec<Missing>,
    mask: Mask,
}

impl Engine {
    /// Gives a plan its bindings and clients. Never fails: what is missing fails the units that need it.
    #[must_use]
    pub fn activate(plan: Arc<Plan>, lookup: &dyn Lookup, overrides: &Overrides, shared: Arc<Shared>) -> Self {
        let _ = (overrides, shared);
        let mut bindings = Vec::new();
        let mut missing = Vec::new();
        for binding in &plan.bindings {
            let (value, why) = match lookup.lookup(binding) {
                Ok(value) => (value.filter(|v| !v.is_empty()), None),
                Err(why) => (None, Some(why.into_boxed_str())),
            };
            if value.is_none() && (!binding.optional || why.is_some()) {
                missing.push(Missing { name: binding.name.clone(), origin: binding.origin.clone(), why });
            }
            bindings.push(value.map(String::into_boxed_str));
        }
        let mask = Mask::new(bindings.iter().flatten().map(|v| &**v));
        Self { plan, bindings, missing, mask }
    }

    /// The plan it runs.
    #[must_use]
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Bindings without a value, optional ones left out.
    #[must_use]
    pub fn missing(&self) -> &[Missing] {
        &self.missing
    }

    /// The value of a binding. A secret: for comparisons only.
    #[must_use]
    pub fn binding(&self, id: BindingId) -> Option<&str> {
        self.bindings.get(usize::from(id)).and_then(Option::as_deref)
    }

    /// Replaces secrets in texts.
    #[must_use]
    pub fn mask(&self) -> &Mask {
        &self.mask
    }

    /// The text of a template over bindings only (authenticators); the missing binding when it needs one.
    ///
    /// # Errors
    /// [`CapabilityFault::MissingBinding`] naming what is not set.
    pub fn secret_text(&self, template: &Template) -> Result<String, Fault> {
        let _ = template;
        Err(Fault::new(FaultKind::Internal, "not there yet"))
    }

    /// Runs a flow.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn invoke(&self, flow: FlowId, inputs: Inputs, call: Call) -> Result<Answer, Fault> {
        let _ = (flow, inputs, call);
        Err(Fault::new(FaultKind::Internal, "not there yet"))
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
        call: Call,
    ) -> Result<Answer, Fault> {
        let _ = (forward, inputs, request, call);
        Err(Fault::new(FaultKind::Internal, "not there yet"))
    }

    /// The fault of a unit that did not compile.
    #[must_use]
    pub fn unavailable(unit: &Unavailable) -> Fault {
        let mut fault = Fault::capability(CapabilityFault::Unavailable, &*unit.message).at(&unit.origin);
        fault.code = Some(unit.code.clone());
        fault
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("label", &self.plan.info.label)
            .field("missing", &self.missing)
            .finish_non_exhaustive()
    }
}
