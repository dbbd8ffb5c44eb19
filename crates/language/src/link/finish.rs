//! Enters a linked flow into the plan, with every binding it needs.

use capstan_plan::{
    Base, BasePart, BindingId, Body, ClientId, Flow, FlowId, Outcome, PathPart, PollSource, Polling, Request, Step,
    StepKind, Template,
};

use super::{context::Context, linking::Linking, slips::slips};
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
    step_templates(kind, &mut |t| t.bindings(bindings));
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
    request_templates(request, &mut |t| t.bindings(bindings));
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
        base_templates(&client.base, &mut |t| t.bindings(bindings));
    }
}

/// Every binding a forwarded request needs beside its base.
pub(super) fn forward_bindings(context: &Context<'_, '_>, request: &Request) -> Box<[BindingId]> {
    let mut bindings = Vec::new();
    request_templates(request, &mut |t| t.bindings(&mut bindings));
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

/// Calls `f` on every template of a step, those of steps inside it too.
pub(super) fn step_templates(kind: &StepKind, f: &mut dyn FnMut(&Template)) {
    match kind {
        StepKind::Call(call) => request_templates(&call.request, f),
        StepKind::Lookup(lookup) => {
            f(&lookup.index);
            f(&lookup.value);
        }
        StepKind::Script(script) => script.context.iter().for_each(|(_, t)| f(t)),
        StepKind::Poll(polling) => match &polling.source {
            PollSource::Url(followed) => f(&followed.address),
            PollSource::Call(call) => request_templates(&call.request, f),
        },
        StepKind::If(branch) => {
            f(&branch.condition);
            branch.then.value.iter().chain(&branch.otherwise.value).for_each(&mut *f);
        }
        StepKind::ForEach(each) => {
            f(&each.items);
            each.block.value.iter().for_each(&mut *f);
        }
        StepKind::Parallel(_) => {}
        StepKind::Set(value) => f(value),
        StepKind::Fail(refusal) => refusal.title.iter().chain(&refusal.detail).for_each(&mut *f),
    }
    for step in kind.lists().into_iter().flatten() {
        step_templates(&step.kind, f);
    }
}

/// Calls `f` on every template of a request, its own base included.
fn request_templates(request: &Request, f: &mut dyn FnMut(&Template)) {
    if let Some(base) = &request.base {
        base_templates(base, f);
    }
    for part in &request.path {
        match part {
            PathPart::Literal(_) => {}
            PathPart::Value { value, .. } | PathPart::Segment { value, .. } => f(value),
        }
    }
    request.query.iter().for_each(|q| f(&q.value));
    request.headers.iter().for_each(|h| f(&h.value));
    request.cookies.iter().for_each(|(_, t)| f(t));
    match &request.body {
        Body::None => {}
        Body::Encoded(encoded) => f(&encoded.content),
        Body::Json(t) | Body::Form(t) | Body::MultipartObject(t) | Body::Inbound(t) | Body::Text { content: t, .. } => {
            f(t)
        }
        Body::Multipart(parts) => {
            for part in parts {
                f(&part.name);
                f(&part.value);
                part.file_name.iter().chain(&part.content_type).for_each(&mut *f);
            }
        }
    }
}

fn base_templates(base: &Base, f: &mut dyn FnMut(&Template)) {
    for part in &base.parts {
        match part {
            BasePart::Literal(_) => {}
            BasePart::Variable(value) | BasePart::Label { value, .. } => f(value),
        }
    }
}
