//! Flows of several steps, and the aggregate flows exposures refer to: their inputs and what they answer.

use capstan_plan::{FlowId, Mapping, Outcome, Outputs, Step, StepKind};

use super::{
    bound::bound,
    call::{self, Ordinal},
    caller::Kind,
    context::Context,
    finish::finish,
    linking::Linking,
    mock,
    outputs::outputs,
    problem::{Problem, Slip},
    scope::Target,
    single,
    step::call as call_step,
    steps::sequence,
};
use crate::{
    diagnostic::{Code, Defect, Sink},
    model::{Aggregate, OutputDecl, Spec, UnitDecl},
    source::Spanned,
    suggest::{Names, nearest, slip},
    template::{Style, compile},
};

/// Links a unit that refers to an aggregate's flow.
pub(super) fn reference<'d>(
    context: &mut Context<'_, 'd>,
    linking: &mut Linking<'d>,
    decl: &UnitDecl<'d>,
    reference: Spanned<&'d str>,
    name: &str,
    sink: &mut Sink,
) -> Result<FlowId, Defect> {
    let spec = context.spec;
    let Some((aggregate, flow)) = referred(spec, reference.value) else {
        return Err(unknown_flow(spec, decl, reference, sink));
    };
    enter(context, linking, decl, (aggregate, flow), sink);
    if let Some(defect) = flow.unreadable.as_ref().or(flow.defect.as_ref()) {
        return Err(defect.clone());
    }
    if let Some(cases) = &flow.mock {
        return mock::cases(context, linking, flow, cases, name, sink);
    }
    if !flow.steps.is_empty() {
        return orchestration(context, linking, flow, &decl.outputs, name, sink);
    }
    let Some(target) = flow.call else {
        if mock::is_static(&flow.outputs) {
            return mock::outputs(context, linking, flow, name, sink);
        }
        let message = format!("flow `{}` calls nothing", reference.value);
        let draft = sink.error(Code::UnresolvedCall, flow.span, message);
        return Err(draft.help("add `call: namespace.operation` or `steps`").path(&flow.key_path).defect());
    };
    let found = call::resolve(&context.callees, &context.imported(), target, Ordinal::default());
    let found = found.map_err(|no| no.report(&flow.key_path, sink))?;
    let id = call::noted(&mut linking.derived, &context.callees, Some(target), found);
    // What the adapter bound is the flow's to place: none of it is left over.
    let (call, with) = call_step::only(context, linking, flow, id, sink)?;
    let chosen = if flow.outputs.is_empty() { &decl.outputs } else { &flow.outputs };
    let outputs = single::outputs(context, linking, with, &call, chosen, sink);
    let step = StepKind::Call(Box::new(call));
    single::bytes(context, &step, &outputs, chosen, sink)?;
    single::finish(context, linking, name, flow, step, outputs)
}

/// How a unit of this name would refer to the flow of its name.
pub(super) fn namesake(spec: &Spec<'_>, unit: &str) -> Option<String> {
    let named = |flow: &UnitDecl<'_>| flow.name.is_some_and(|name| name.value == unit);
    let home = spec.aggregates.iter().find(|aggregate| aggregate.flows.iter().any(named))?;
    Some(format!("{}.{unit}", home.namespace))
}

/// The flow a reference means.
pub(super) fn referred<'s, 'd>(spec: &'s Spec<'d>, reference: &str) -> Option<(&'s Aggregate<'d>, &'s UnitDecl<'d>)> {
    spec.aggregates.iter().find_map(|aggregate| {
        let flow = reference.trim().strip_prefix(aggregate.namespace.as_str())?.strip_prefix('.')?;
        Some((aggregate, aggregate.flows.iter().find(|f| f.name.is_some_and(|n| n.value == flow))?))
    })
}

fn unknown_flow(spec: &Spec<'_>, decl: &UnitDecl<'_>, reference: Spanned<&str>, sink: &mut Sink) -> Defect {
    let names = spec
        .aggregates
        .iter()
        .flat_map(|a| a.flows.iter().filter_map(|f| Some(format!("{}.{}", a.namespace, f.name?.value))));
    let all: Vec<String> = names.collect();
    let message = format!("flow `{}` is not declared in this capability", reference.value);
    let (Slip { at, fix }, help) = match nearest(reference.value, all.iter().map(String::as_str)) {
        Some(near) => (Slip::of(reference, near), format!("did you mean `{near}`?")),
        None if all.is_empty() => (Slip::none(reference.span), "declare it under `aggregates`".to_owned()),
        None => (Slip::none(reference.span), format!("the flows are: `{}`", all.join("`, `"))),
    };
    sink.error(Code::UnresolvedRef, at, message).help(help).repair(fix).path(&decl.key_path).defect()
}

/// Goes from the exposure into the flow it refers to: its inputs, the values it is given, and its words for the caller.
fn enter<'d>(
    context: &mut Context<'_, 'd>,
    linking: &mut Linking<'d>,
    decl: &UnitDecl<'d>,
    (aggregate, flow): (&Aggregate<'d>, &UnitDecl<'d>),
    sink: &mut Sink,
) {
    // Inputs the exposure does not declare are the flow's.
    if decl.params.is_empty() || linking.caller.kind == Kind::Rest {
        let known = |name: &str| linking.derived.inputs.drafts.iter().any(|d| d.name == name);
        let missing: Vec<_> = flow.params.iter().filter(|p| !known(p.name.value)).cloned().collect();
        linking.derived.inputs.declare(&missing);
    }
    let target = Target { braces: decl.brace_with, ..Target::ANYTHING };
    linking.bind(context, &decl.with, target, sink);
    misspelt(linking, decl, flow);
    linking.caller = linking.caller.of_flow(&aggregate.namespace);
    linking.derived.rules.extend(flow.rules.iter().cloned());
}

/// Notes keys of `with` that are slips of inputs which the flow has and nobody gives it.
fn misspelt(linking: &mut Linking<'_>, decl: &UnitDecl<'_>, flow: &UnitDecl<'_>) {
    let given = |name: &str| decl.with.iter().any(|(key, _)| key.value == name);
    let inputs = || flow.params.iter().map(|param| param.name.value);
    let open: Vec<&str> = inputs().filter(|name| !given(name)).collect();
    for (key, _) in decl.with.iter().filter(|(key, _)| inputs().all(|name| name != key.value)) {
        if let Some(near) = slip(key.value, open.iter().copied(), Names::Unused) {
            let message = format!("the flow has no input `{}`", key.value);
            linking.derived.problem(Problem::slip(*key, message, near));
        }
    }
}

/// Links a unit or flow with steps of its own; `outer` are the outputs of the exposure that refers to it.
pub(super) fn orchestration<'d>(
    context: &mut Context<'_, 'd>,
    linking: &mut Linking<'d>,
    decl: &UnitDecl<'d>,
    outer: &[OutputDecl<'d>],
    name: &str,
    sink: &mut Sink,
) -> Result<FlowId, Defect> {
    // Its own `with` names values for all its steps.
    linking.bind(context, &decl.with, Target { braces: decl.brace_with, ..Target::ANYTHING }, sink);
    let steps = sequence(context, linking, &decl.steps, sink)?;
    for draft in &mut linking.derived.inputs.drafts {
        draft.claimed = true;
    }
    let last_call = steps.iter().rposition(|s| matches!(s.kind, StepKind::Call(_)));
    let mappings: Box<[Mapping]> =
        decl.mappings.iter().filter_map(|(target, value)| mapping(context, linking, *target, *value, sink)).collect();
    let declared = if decl.outputs.is_empty() { outer } else { &decl.outputs };
    // With steps, declared outputs type the answer; they map it only where they say how.
    let mapped = declared.iter().any(|o| o.mapping.is_some() || o.value.is_some());
    let outputs = if mapped { outputs(declared, &mut linking.scope(context), sink) } else { Outputs::Identity };
    let outcome = match (mappings.is_empty(), computed(&steps), last_call) {
        (true, Some(step), _) => Outcome::Output { step, outputs },
        (true, None, Some(step)) => Outcome::Response { step, outputs },
        (_, _, last_call) => Outcome::Mapped { mappings, fallback: last_call.map(|step| (step, outputs)) },
    };
    if let Outcome::Response { step, outputs } | Outcome::Output { step, outputs } = &outcome
        && let Some(step) = steps.get(*step)
    {
        single::bytes(context, &step.kind, outputs, declared, sink)?;
    }
    let id = finish(context, linking, name, decl, steps.into_boxed_slice(), outcome)?;
    if let Some(flow) = context.flows.get(id) {
        bound(flow, decl, sink);
    }
    Ok(id)
}

/// The last step, when its output is the answer: it is of a kind that is ours.
fn computed(steps: &[Step]) -> Option<usize> {
    let ours = |step: &&Step| !matches!(&step.kind, StepKind::Call(_) | StepKind::Lookup(_) | StepKind::Script(_));
    steps.last().filter(ours).map(|_| steps.len() - 1)
}

/// One member of a mapped answer: a way into a step's output or an input, or a template.
fn mapping<'d>(
    context: &mut Context<'_, 'd>,
    linking: &mut Linking<'d>,
    target: Spanned<&str>,
    value: Spanned<&str>,
    sink: &mut Sink,
) -> Option<Mapping> {
    let text = value.value.trim();
    let value = match text.strip_prefix("$.") {
        Some(_) => linking.scope(context).path(Spanned::new(text, value.span))?,
        None => compile(text, value.span, Style::Value, &mut linking.scope(context), sink),
    };
    Some(Mapping { target: target.value.split('.').map(Into::into).collect(), value })
}
