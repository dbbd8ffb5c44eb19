//! Enters a linked flow into the plan, with every binding it needs.

use capstan_plan::{BindingId, ClientId, Flow, FlowId, Outcome, PollSource, Polling, Request, Step, StepKind};

use super::{context::Context, linking::Linking, reads::doubt, slips::slips};
use crate::{diagnostic::Defect, model::UnitDecl};

/// Enters the flow of `decl`, unless an error was found in it. The values its `with` binds are computed before the first step.
pub(super) fn finish<'d>(
    context: &mut Context<'_, 'd>,
    linking: &mut Linking<'d>,
    name: &str,
    decl: &UnitDecl<'d>,
    steps: Box<[Step]>,
    outcome: Outcome,
) -> Result<FlowId, Defect> {
    slips(&mut linking.derived, &context.origins);
    doubt(&mut linking.derived);
    linking.derived.sound()?;
    let bound = linking.take_bound();
    let mut bindings = Vec::new();
    for (_, template) in &bound {
        template.bindings(&mut bindings);
    }
    for step in &steps {
        step_bindings(context, &step.kind, &mut bindings);
    }
    bindings.retain(|id| !context.bindings.is_optional(*id));
    let inputs = &linking.derived.inputs;
    let flow = Flow {
        name: name.into(),
        slots: inputs.slots,
        inputs: inputs.inputs(|span| context.origins.at(span)),
        bound,
        steps,
        outcome,
        bindings: bindings.into_boxed_slice(),
        origin: context.origins.at(decl.span),
    };
    Ok(context.flows.push(flow))
}

/// What a step needs, and what the steps inside it do.
fn step_bindings(context: &Context<'_, '_>, kind: &StepKind, bindings: &mut Vec<BindingId>) {
    kind.templates(&mut |t| t.bindings(bindings));
    match kind {
        StepKind::Call(call) => {
            client_bindings(context, &call.request, bindings);
            if let Some(job) = call.job.and_then(|job| context.jobs.get(job.job)) {
                polling_bindings(context, &job.polling, bindings);
                if let Some(cancel) = &job.cancel {
                    call_bindings(context, &cancel.request, bindings);
                }
            }
        }
        StepKind::Poll(polling) => polling_bindings(context, polling, bindings),
        _ => {}
    }
    for step in kind.lists().into_iter().flatten() {
        step_bindings(context, &step.kind, bindings);
    }
}

/// What asking for the end of something needs.
fn polling_bindings(context: &Context<'_, '_>, polling: &Polling, bindings: &mut Vec<BindingId>) {
    match &polling.source {
        PollSource::Url(followed) => {
            followed.address.bindings(bindings);
            credential_bindings(context, followed.client, bindings);
            base_bindings(context, followed.client, bindings);
        }
        PollSource::Call(call) => call_bindings(context, &call.request, bindings),
    }
}

/// What a request needs: its own templates, the credential, and the base unless it brings one.
fn call_bindings(context: &Context<'_, '_>, request: &Request, bindings: &mut Vec<BindingId>) {
    request.templates(&mut |t| t.bindings(bindings));
    client_bindings(context, request, bindings);
}

fn client_bindings(context: &Context<'_, '_>, request: &Request, bindings: &mut Vec<BindingId>) {
    credential_bindings(context, request.client, bindings);
    if request.base.is_none() {
        base_bindings(context, request.client, bindings);
    }
}

fn base_bindings(context: &Context<'_, '_>, client: ClientId, bindings: &mut Vec<BindingId>) {
    if let Some(client) = context.clients.get(client) {
        client.base.templates(&mut |t| t.bindings(bindings));
    }
}

/// Every binding a forwarded request needs beside its base.
pub(super) fn forward_bindings(context: &Context<'_, '_>, request: &Request) -> Box<[BindingId]> {
    let mut bindings = Vec::new();
    request.templates(&mut |t| t.bindings(&mut bindings));
    credential_bindings(context, request.client, &mut bindings);
    bindings.into_boxed_slice()
}

fn credential_bindings(context: &Context<'_, '_>, client: ClientId, bindings: &mut Vec<BindingId>) {
    let needed = context.apis.get(client).map(|api| api.credential.bindings.as_slice()).unwrap_or_default();
    for id in needed {
        if !bindings.contains(id) {
            bindings.push(*id);
        }
    }
}
