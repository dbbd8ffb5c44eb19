//! Flows of several steps, and the aggregate flows exposures refer to. A step starts when everything it reads is there, so its
//! dependencies are found here, from the slots its templates read.

use capstan_plan::{FlowId, Mapping, Outcome, Outputs, SlotId, Step, StepKind};

use super::{
    call::{self, Ordinal},
    caller::Kind,
    context::Context,
    finish::{finish, step_templates},
    given::{Members, StepName},
    linking::Linking,
    mock,
    outputs::outputs,
    problem::{Problem, Slip},
    scope::Target,
    single,
    step::{call as call_step, lookup, script},
};
use crate::{
    diagnostic::{Code, Defect, Sink},
    model::{Aggregate, OutputDecl, Spec, StepDecl, StepDeclKind, UnitDecl},
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
        return Err(draft.help("add `call: namespace.operation` or `steps`").defect());
    };
    let found = call::resolve(&context.callees, &context.imported(), target, Ordinal::default());
    let (id, rule) = found.map_err(|no| no.report(&flow.key_path, sink))?;
    linking.derived.rules.extend(rule);
    // What the adapter bound is the flow's to place: none of it is left over.
    let (call, with) = call_step::only(context, linking, flow, id, sink)?;
    let chosen = if flow.outputs.is_empty() { &decl.outputs } else { &flow.outputs };
    let outputs = single::outputs(context, linking, with, &call, chosen, sink);
    single::finish(context, linking, name, flow, call, outputs)
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
    let help = match nearest(reference.value, all.iter().map(String::as_str)) {
        Some(near) => {
            let Slip { at, fix } = Slip::of(reference, near);
            let draft = sink.error(Code::UnresolvedRef, at, message).help(format!("did you mean `{near}`?"));
            let draft = draft.path(&decl.key_path);
            return match fix {
                Some(fix) => draft.fix(at, fix).defect(),
                None => draft.defect(),
            };
        }
        None if all.is_empty() => "declare it under `aggregates`".to_owned(),
        None => format!("the flows are: `{}`", all.join("`, `")),
    };
    sink.error(Code::UnresolvedRef, reference.span, message).help(help).path(&decl.key_path).defect()
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
    let mut steps: Vec<Step> = Vec::new();
    for declared in &decl.steps {
        let (kind, members) = step(context, linking, declared, sink)?;
        let slot = linking.derived.inputs.slot();
        let after = reads(&kind, &steps);
        name_step(linking, declared, (slot, members), sink);
        let name = declared.name.map_or("", |n| n.value).into();
        steps.push(Step { name, slot, after, kind, origin: context.origins.at(declared.span) });
    }
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
    let fallback = last_call.map(|step| (step, outputs));
    let outcome = match (mappings.is_empty(), fallback) {
        (true, Some((step, outputs))) => Outcome::Response { step, outputs },
        (_, fallback) => Outcome::Mapped { mappings, fallback },
    };
    finish(context, linking, name, decl, steps.into_boxed_slice(), outcome)
}

fn step<'d>(
    context: &mut Context<'_, 'd>,
    linking: &mut Linking<'d>,
    declared: &StepDecl<'d>,
    sink: &mut Sink,
) -> Result<(StepKind, Members), Defect> {
    Ok(match &declared.kind {
        StepDeclKind::Call { call, with } => {
            let (call, members) = call_step::step(context, linking, declared, *call, with, sink)?;
            (StepKind::Call(Box::new(call)), members)
        }
        StepDeclKind::Lookup(decl) => {
            let lookup = lookup::step(context, linking, decl, sink)?;
            let members = Members::Declared(lookup.fields.iter().map(ToString::to_string).collect());
            (StepKind::Lookup(Box::new(lookup)), members)
        }
        // What a script returns is known to it alone.
        StepDeclKind::Script(decl) => {
            (StepKind::Script(Box::new(script::step(context, linking, declared, decl, sink)?)), Members::Unknown)
        }
    })
}

/// Later templates call a step by its name.
fn name_step(linking: &mut Linking<'_>, declared: &StepDecl<'_>, (slot, members): (SlotId, Members), sink: &mut Sink) {
    let Some(name) = declared.name.map(|n| n.value).filter(|name| !name.is_empty()) else { return };
    match linking.steps.iter_mut().find(|s| s.name == name) {
        Some(earlier) => {
            sink.warning(Code::DuplicateName, declared.span, format!("a second step is named `{name}`"))
                .help("the later one's output replaces the earlier one's");
            earlier.slot = slot;
            earlier.members = members;
        }
        None => linking.steps.push(StepName { name: name.to_owned(), slot, members }),
    }
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

/// Which of the earlier steps `kind` reads.
fn reads(kind: &StepKind, earlier: &[Step]) -> Box<[usize]> {
    let mut slots = Vec::new();
    step_templates(kind, &mut |t| t.slots(&mut slots));
    earlier.iter().enumerate().filter(|(_, s)| slots.contains(&s.slot)).map(|(at, _)| at).collect()
}
