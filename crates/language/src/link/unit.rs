//! One unit to a flow: which callee, which steps, which outcome. Shared by routes, tools and MCP resources.

use capstan_plan::{Flow, FlowId, Outputs, Reading, SlotId, StepKind, Target, Unavailable, Unit};
use http::Method;
use serde_json::Value;

use super::{
    call::{self, Found, Ordinal},
    context::Context,
    derived::spelling,
    flow,
    inputs::{Inputs, patterns},
    linking::Linking,
    mock, single,
    step::call as call_step,
};
use crate::{
    diagnostic::{Code, Defect, Sink},
    model::UnitDecl,
    source::Spanned,
};

/// A linked unit, with the inputs for the adapter to place.
pub(super) struct LinkedUnit<'d> {
    pub(super) unit: Unit,
    pub(super) inputs: Inputs<'d>,
    /// The slot that holds the whole request, for mocks.
    pub(super) request: Option<SlotId>,
    /// The consumed method, for hints.
    pub(super) method: Option<Method>,
    /// Names whose values the unit gives itself.
    pub(super) fixed: Box<[Box<str>]>,
    /// What an OpenAPI document says of the answer, when it is that of one call.
    pub(super) answer: Option<Value>,
    /// What it says of the operation in sentences: what it does, and how it fails.
    pub(super) prose: [Option<String>; 2],
}

/// Links `decl` with the inputs `linking` has gathered so far.
pub(super) fn unit<'d>(
    context: &mut Context<'_, 'd>,
    mut linking: Linking<'d>,
    decl: &UnitDecl<'d>,
    name: &str,
    description: Option<&str>,
    ordinal: Ordinal,
    sink: &mut Sink,
) -> LinkedUnit<'d> {
    let previous = sink.set_unit(Some(name.to_owned()));
    linking.derived.rules.extend(decl.rules.iter().cloned());
    if let Some(defect) = &decl.defect {
        linking.derived.broken(defect.clone());
    }
    let linked = run(context, &mut linking, decl, name, ordinal, sink);
    let target = match linked.and_then(|flow| checkable(context, flow, &linking, sink)) {
        Ok(flow) => Target::Flow(flow),
        Err(Defect { code, message, span }) => Target::Unavailable(Unavailable {
            code: code.name().into(),
            message: message.into(),
            origin: context.origins.at(span.unwrap_or(decl.span)),
        }),
    };
    if let (Target::Flow(flow), Some(policy)) = (&target, decl.policy)
        && !context.flows.get(*flow).is_some_and(Flow::is_job)
    {
        sink.warning(Code::UnusedAsync, policy.span, "`async` means nothing here: no operation it calls has a `job`")
            .help("remove it, or declare the `job` of the operation")
            .path(decl.key_path.key("async"));
    }
    let Linking { derived, upstream, request, answer, prose, fixed, .. } = linking;
    let fixed = fixed.into_iter().map(Into::into).collect();
    for problem in derived.problems {
        problem.report(sink);
    }
    let reading = if derived.rules.is_empty() { Reading::Declared } else { Reading::Interpreted };
    for (code, span, message) in derived.rules {
        let fix = spelling(&derived.spellings, code, span);
        drop(sink.report(code, span, message).help(code.help()).repair(fix));
    }
    sink.set_unit(previous);
    let (method, upstream) = upstream.map(|upstream| (upstream.method, upstream.text)).unzip();
    let unit = Unit {
        name: name.into(),
        title: decl.title.map(Into::into),
        description: description.map(Into::into),
        target,
        reading,
        policy: decl.policy.map(|policy| Box::new(policy.value)),
        upstream: upstream.map(Into::into),
        origin: context.origins.at(decl.span),
    };
    LinkedUnit { unit, inputs: derived.inputs, request, method, fixed, answer, prose }
}

/// The flow, unless one of its inputs has a schema that cannot be checked.
fn checkable(
    context: &Context<'_, '_>,
    flow: FlowId,
    linking: &Linking<'_>,
    sink: &mut Sink,
) -> Result<FlowId, Defect> {
    let inputs = context.flows.get(flow).map(|flow| &*flow.inputs).unwrap_or_default();
    for (input, (_, draft)) in inputs.iter().zip(linking.derived.inputs.entries()) {
        if let Some(why) = patterns::broken(input) {
            let draft = sink.error(Code::BadPattern, draft.span, format!("`{}` cannot be checked: {why}", input.name));
            return Err(draft.help(Code::BadPattern.help()).defect());
        }
    }
    Ok(flow)
}

fn run<'d>(
    context: &mut Context<'_, 'd>,
    linking: &mut Linking<'d>,
    decl: &UnitDecl<'d>,
    name: &str,
    ordinal: Ordinal,
    sink: &mut Sink,
) -> Result<FlowId, Defect> {
    if let Some(defect) = &decl.unreadable {
        return Err(defect.clone());
    }
    if let Some(cases) = &decl.mock {
        return mock::cases(context, linking, decl, cases, name, sink);
    }
    if let Some(reference) = decl.reference {
        return flow::reference(context, linking, decl, reference, name, sink);
    }
    if !decl.steps.is_empty() {
        return flow::orchestration(context, linking, decl, &[], name, sink);
    }
    let Some(found) = callee(context, decl, name, ordinal, sink)? else {
        return mock::outputs(context, linking, decl, name, sink);
    };
    let id = call::noted(&mut linking.derived, &context.callees, decl.call, found);
    let (call, with) = call_step::only(context, linking, decl, id, sink)?;
    linking.upstream = Some(single::upstream(context, &call));
    let outputs = single::outputs(context, linking, with, &call, &decl.outputs, sink);
    if let Outputs::Named(named) = &outputs {
        let span = decl.outputs.first().map_or(decl.span, |o| o.span);
        linking.derived.rule(Code::OutNamed, span, format!("{} named outputs are answered as an object", named.len()));
    }
    let step = StepKind::Call(Box::new(call));
    single::bytes(context, &step, &outputs, &decl.outputs, sink)?;
    single::finish(context, linking, name, decl, step, outputs)
}

/// The operation a unit calls; none for one that answers constants.
fn callee(
    context: &Context<'_, '_>,
    decl: &UnitDecl<'_>,
    name: &str,
    ordinal: Ordinal,
    sink: &mut Sink,
) -> Result<Option<Found>, Defect> {
    let constant = mock::is_static(&decl.outputs);
    match decl.call.map(|target| call::resolve(&context.callees, &context.imported(), target, ordinal)) {
        Some(Ok(found)) => return Ok(Some(found)),
        // Constant outputs stand in for an operation that is not there, not for one whose name is misspelt.
        Some(Err(no)) if constant && !no.near => {
            sink.warning(no.code, no.span, no.message).help(no.help).path(&decl.key_path);
        }
        Some(Err(no)) => return Err(no.report(&decl.key_path, sink)),
        None => {}
    }
    if constant {
        return Ok(None);
    }
    let flow = flow::namesake(context.spec, name);
    if let Some(found) = call::by_name(&context.callees, decl.name.unwrap_or(Spanned::new(name, decl.span))) {
        if !decl.inline_callee && !context.spec.truncated {
            unsaid(context, &found, flow, decl, sink);
        }
        return Ok(Some(found));
    }
    let message = format!("`{name}` calls nothing: it has no `call`, `ref` or `steps`, and no constant outputs");
    let help = flow.map_or_else(|| "add `call: namespace.operation`".to_owned(), |flow| format!("add `ref: {flow}`"));
    Err(sink.error(Code::UnresolvedCall, decl.span, message).help(help).path(&decl.key_path).defect())
}

/// Published files leave `call` out where the tool carries its callee, or where they are cut off. Elsewhere it is forgotten: the
/// operation of that name is called all the same, and the author is told.
fn unsaid(context: &Context<'_, '_>, found: &Found, flow: Option<String>, decl: &UnitDecl<'_>, sink: &mut Sink) {
    let (id, Some((code, span, message))) = found else { return };
    let call = call::full_name(&context.callees, *id);
    let help = match flow {
        Some(flow) => format!("add `ref: {flow}` or `call: {call}`"),
        None => format!("add `call: {call}`"),
    };
    sink.error(*code, *span, message.clone()).help(help).path(decl.key_path.key("call"));
}
