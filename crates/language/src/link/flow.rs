//! Flows of several steps, and the aggregate flows exposures refer to. A step starts when everything it reads is there, so its
//! dependencies are found here, from the slots its templates read.

use capstan_plan::{
    FilePath, FileUse, FlowId, Lookup, Mapping, Outcome, Outputs, Script, SlotId, Step, StepKind, Template,
};

use super::{
    call::{self, Ordinal},
    caller::{Caller, StepName},
    mock,
    names::KIND_ROOTS,
    outputs::outputs,
    request,
    unit::{Broken, call_outputs, describe, finish_bound, request_templates, simple_call, usable},
};
use crate::{
    diagnostic::{Code, Sink},
    model::{StepDecl, StepDeclKind, UnitDecl},
    source::Spanned,
    suggest::nearest,
    template::{Style, compile},
};

/// Links a unit that refers to an aggregate's flow.
pub(super) fn reference<'d>(
    caller: &mut Caller<'_, '_, 'd>,
    decl: &UnitDecl<'d>,
    reference: Spanned<&'d str>,
    name: &str,
    sink: &mut Sink,
) -> Result<FlowId, Broken> {
    let spec = caller.context.spec;
    let found = spec.aggregates.iter().find_map(|aggregate| {
        let flow = reference.value.trim().strip_prefix(aggregate.namespace.as_str())?.strip_prefix('.')?;
        Some((aggregate, aggregate.flows.iter().find(|f| f.name.is_some_and(|n| n.value == flow))?))
    });
    let Some((aggregate, flow)) = found else {
        let all: Vec<String> = spec
            .aggregates
            .iter()
            .flat_map(|a| a.flows.iter().filter_map(|f| Some(format!("{}.{}", a.namespace, f.name?.value))))
            .collect();
        let message = format!("flow {} is not declared in this capability", reference.value);
        let help = match nearest(reference.value, all.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None if all.is_empty() => "declare it under `aggregates`".to_owned(),
            None => format!("the flows are: {}", all.join(", ")),
        };
        sink.error(Code::UnresolvedRef, reference.span, message.clone()).help(help).path(&decl.key_path);
        return Err(Broken { code: Code::UnresolvedRef, message, span: None });
    };
    // Inputs the exposure does not declare are the flow's.
    let known: Vec<String> = caller.inputs.drafts.iter().map(|d| d.name.clone()).collect();
    let own = decl.params.is_empty() || caller.inputs.kind == super::inputs::Kind::Rest;
    if own {
        let missing: Vec<_> =
            flow.params.iter().filter(|p| !known.iter().any(|k| k == p.name.value)).cloned().collect();
        caller.declare(&missing);
    }
    // The adapter's `with` gives the flow its values by name.
    caller.bind_with(&decl.with, None, decl.brace_with, sink);
    let mut bound = Vec::new();
    for entry in std::mem::take(&mut caller.with) {
        if let Some(template) = entry.template {
            let slot = caller.inputs.slot();
            caller.bound.push((entry.key.value.to_owned(), slot));
            bound.push((slot, template));
        }
    }
    caller.roots =
        std::iter::once(aggregate.namespace.clone()).chain(KIND_ROOTS.iter().map(|r| (*r).to_owned())).collect();
    caller.in_flow = true;
    caller.rules.extend(flow.rules.iter().cloned());
    let outer = &decl.outputs;
    if let Some(defect) = &flow.defect {
        return Err(defect.clone().into());
    }
    if let Some(cases) = &flow.mock {
        return Ok(mock::cases(caller, flow, cases, name, sink));
    }
    if !flow.steps.is_empty() {
        return orchestrate(caller, flow, outer, bound, name, sink);
    }
    let Some(target) = flow.call else {
        if mock::is_static(&flow.outputs) {
            return Ok(mock::outputs(caller, flow, name, sink));
        }
        let message = format!("flow {} calls nothing", reference.value);
        sink.error(Code::UnresolvedCall, flow.span, message.clone()).help("add `call: namespace.operation` or `steps`");
        return Err(Broken { code: Code::UnresolvedCall, message, span: None });
    };
    let found =
        call::resolve(&caller.context.callees, &caller.context.imported(), target, Ordinal { index: 0, count: 0 });
    let (at, rule) = found.map_err(|no| {
        sink.error(no.code, no.span, no.message.clone()).help(no.help.clone());
        Broken::from(no)
    })?;
    caller.rules.extend(rule);
    // What the adapter bound is the flow's to place: none of it is left over.
    let call = simple_call(caller, flow, at, sink)?;
    let chosen = if flow.outputs.is_empty() { outer } else { &flow.outputs };
    let outputs = call_outputs(caller, &call, chosen, sink);
    let slot = caller.inputs.slot();
    let origin = call.request.origin.clone();
    let steps =
        Box::new([Step { name: "".into(), slot, after: Box::default(), kind: StepKind::Call(Box::new(call)), origin }]);
    Ok(finish_bound(caller, name, flow, bound.into_boxed_slice(), steps, Outcome::Response { step: 0, outputs }))
}

/// Links a unit with steps of its own.
pub(super) fn orchestration<'d>(
    caller: &mut Caller<'_, '_, 'd>,
    decl: &UnitDecl<'d>,
    name: &str,
    sink: &mut Sink,
) -> Result<FlowId, Broken> {
    orchestrate(caller, decl, &[], Vec::new(), name, sink)
}

fn orchestrate<'d>(
    caller: &mut Caller<'_, '_, 'd>,
    decl: &UnitDecl<'d>,
    outer: &[crate::model::OutputDecl<'d>],
    mut bound: Vec<(SlotId, Template)>,
    name: &str,
    sink: &mut Sink,
) -> Result<FlowId, Broken> {
    // A unit's own `with` names values for all its steps.
    if !decl.with.is_empty() {
        caller.bind_with(&decl.with, None, decl.brace_with, sink);
        for entry in std::mem::take(&mut caller.with) {
            if let Some(template) = entry.template {
                let slot = caller.inputs.slot();
                caller.bound.push((entry.key.value.to_owned(), slot));
                bound.push((slot, template));
            }
        }
    }
    let mut steps: Vec<Step> = Vec::new();
    let mut upstreams = Vec::new();
    for declared in &decl.steps {
        let kind = step(caller, declared, &mut upstreams, sink)?;
        let slot = caller.inputs.slot();
        let after = reads(&kind, &steps);
        let step_name = declared.name.map_or("", |n| n.value);
        if !step_name.is_empty() {
            if let Some(earlier) = caller.steps.iter_mut().find(|s| s.name == step_name) {
                sink.warning(Code::DuplicateName, declared.span, format!("a second step is named `{step_name}`"))
                    .help("the later one's output replaces the earlier one's");
                earlier.slot = slot;
            } else {
                caller.steps.push(StepName { name: step_name.to_owned(), slot });
            }
        }
        steps.push(Step {
            name: step_name.into(),
            slot,
            after,
            kind,
            origin: caller.context.origins.at(declared.span),
        });
    }
    for draft in &mut caller.inputs.drafts {
        draft.claimed = true;
    }
    let last_call = steps.iter().rposition(|s| matches!(s.kind, StepKind::Call(_)));
    let mappings = mappings(caller, decl, sink);
    let declared = if decl.outputs.is_empty() { outer } else { &decl.outputs };
    // With steps, declared outputs type the answer; they map it only where they say how.
    let mapped = declared.iter().any(|o| o.mapping.is_some() || o.value.is_some());
    let outputs = if mapped { outputs(declared, caller, sink) } else { Outputs::Identity };
    let fallback = last_call.map(|step| (step, outputs));
    let outcome = match (mappings.is_empty(), fallback) {
        (true, Some((step, outputs))) => Outcome::Response { step, outputs },
        (_, fallback) => Outcome::Mapped { mappings, fallback },
    };
    Ok(finish_bound(caller, name, decl, bound.into_boxed_slice(), steps.into_boxed_slice(), outcome))
}

fn step<'d>(
    caller: &mut Caller<'_, '_, 'd>,
    declared: &StepDecl<'d>,
    upstreams: &mut Vec<String>,
    sink: &mut Sink,
) -> Result<StepKind, Broken> {
    match &declared.kind {
        StepDeclKind::Call { call, with } => {
            let found = call::resolve(
                &caller.context.callees,
                &caller.context.imported(),
                *call,
                Ordinal { index: 0, count: 0 },
            );
            let (at, rule) = found.map_err(|no| {
                sink.error(no.code, no.span, no.message.clone()).help(no.help.clone()).path(&declared.key_path);
                Broken::from(no)
            })?;
            caller.rules.extend(rule);
            let callee = caller.context.callee(at);
            usable(caller, callee.as_ref().map_or(usize::MAX, |c| c.client), sink)?;
            if let Some(defect) = callee.as_ref().and_then(|c| c.op.defect.clone()) {
                return Err(defect.into());
            }
            caller.bind_with(with, callee.as_deref(), false, sink);
            let linked = request::call(caller, at, false, sink).ok_or_else(|| Broken {
                code: Code::UnresolvedCall,
                message: "the step has no target".to_owned(),
                span: None,
            })?;
            upstreams.push(describe(caller, &linked));
            caller.with.clear();
            Ok(StepKind::Call(Box::new(linked)))
        }
        StepDeclKind::Lookup { index, matches, value, fields } => {
            let index = searched(caller, *index, sink)?;
            let value = match value.value.strip_prefix("$.") {
                Some(path) => step_path(caller, path).unwrap_or_else(|| Template::text(value.value)),
                None => compile(value.value, value.span, Style::Value, caller, sink),
            };
            Ok(StepKind::Lookup(Box::new(Lookup {
                index,
                matches: matches.value.into(),
                value,
                fields: fields.iter().map(|f| f.value.into()).collect(),
            })))
        }
        StepDeclKind::Script { language, location, file, dependencies, with } => {
            script(caller, declared, *language, *location, *file, dependencies, with, sink)
        }
    }
}

fn script<'d>(
    caller: &mut Caller<'_, '_, 'd>,
    declared: &StepDecl<'d>,
    language: Option<Spanned<&str>>,
    location: Option<Spanned<&str>>,
    file: Spanned<&str>,
    dependencies: &[Spanned<&str>],
    with: &[crate::model::WithDecl<'d>],
    sink: &mut Sink,
) -> Result<StepKind, Broken> {
    let settings = &caller.context.spec.scripting;
    let refuse = |sink: &mut Sink, span, message: String, help: &str| {
        sink.error(Code::Unsupported, span, message.clone()).help(help).path(&declared.key_path);
        Broken { code: Code::Unsupported, message, span: None }
    };
    if let Some(span) = settings.disabled {
        return Err(refuse(
            sink,
            span,
            "scripts are disabled by `management.scripting.enabled`".to_owned(),
            "set it to true, or remove the step",
        ));
    }
    let by_extension = file.value.ends_with(".js").then_some("javascript");
    let language = language.or(settings.language).map(|l| (l.value, l.span)).or(by_extension.map(|l| (l, file.span)));
    let Some((word, span)) = language else {
        return Err(refuse(
            sink,
            declared.span,
            "the script step names no `language`".to_owned(),
            "add `language: javascript`",
        ));
    };
    if !matches!(word, "javascript" | "js") {
        return Err(refuse(
            sink,
            span,
            format!("scripts in {word} are not supported"),
            "rewrite the script in JavaScript",
        ));
    }
    if !settings.allowed.is_empty() && !settings.allowed.iter().any(|l| matches!(l.value, "javascript" | "js")) {
        return Err(refuse(
            sink,
            span,
            "javascript is not among `allowedLanguages`".to_owned(),
            "add it there, or remove the step",
        ));
    }
    let Some(location) = location.or(settings.location) else {
        return Err(refuse(
            sink,
            declared.span,
            "the script step names no `location`".to_owned(),
            "add the folder of the script, such as `location: ./scripts`",
        ));
    };
    let Some(folder) = FilePath::beside(caller.context.origins.folder(location.span), location.value) else {
        return Err(refuse(
            sink,
            location.span,
            format!("`{}` is not a folder", location.value),
            "use file:///path or ./path",
        ));
    };
    for name in std::iter::once(&file).chain(dependencies) {
        let safe = |s: &str| {
            !s.is_empty()
                && s != "."
                && s != ".."
                && s.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
        };
        if !name.value.split('/').all(safe) {
            return Err(refuse(
                sink,
                name.span,
                format!("`{}` does not stay inside the script folder", name.value),
                "use names below `location` only",
            ));
        }
    }
    let (timeout_ms, statements) = (settings.timeout_ms.unwrap_or(60_000), settings.statements.unwrap_or(100_000));
    let mut context: Vec<(Box<str>, Template)> =
        caller.inputs.drafts.iter().map(|d| (d.name.as_str().into(), Template::slot(d.slot))).collect();
    context.extend(caller.bound.iter().map(|(name, slot)| (name.as_str().into(), Template::slot(*slot))));
    context.extend(caller.steps.iter().map(|s| (s.name.as_str().into(), Template::slot(s.slot))));
    caller.bind_with(with, None, false, sink);
    for entry in std::mem::take(&mut caller.with) {
        context.extend(entry.template.map(|t| (entry.key.value.into(), t)));
    }
    let scripts = dependencies.iter().chain(std::iter::once(&file));
    let mut files = Vec::new();
    for script in scripts {
        let (usage, origin) = (FileUse::Script { folder: folder.clone() }, caller.context.origins.at(script.span));
        let id = caller.context.files.enter(folder.join(script.value), usage, origin);
        files.push((script.value.into(), id));
    }
    Ok(StepKind::Script(Box::new(Script {
        files: files.into_boxed_slice(),
        context: context.into_boxed_slice(),
        timeout_ms,
        statements,
    })))
}

/// What a lookup searches: a step's output, or a list inside it.
fn searched(caller: &Caller<'_, '_, '_>, index: Spanned<&str>, sink: &mut Sink) -> Result<Template, Broken> {
    let path = index.value.trim();
    if let Some(template) = step_path(caller, path.strip_prefix("$.").unwrap_or(path)) {
        return Ok(template);
    }
    let message = format!("no earlier step is named `{path}`");
    let draft = sink.error(Code::UnresolvedStep, index.span, message.clone());
    match nearest(path, caller.steps.iter().map(|s| s.name.as_str())) {
        Some(near) => drop(draft.help(format!("did you mean `{near}`?")).fix(index.span, near)),
        None => drop(draft.help("steps see only the steps before them")),
    }
    Err(Broken { code: Code::UnresolvedStep, message, span: None })
}

/// A dotted path through step outputs.
fn step_path(caller: &Caller<'_, '_, '_>, path: &str) -> Option<Template> {
    let step = caller
        .steps
        .iter()
        .filter(|s| path == s.name || path.strip_prefix(&s.name).is_some_and(|r| r.starts_with(['.', '['])))
        .max_by_key(|s| s.name.len())?;
    let rest = path.get(step.name.len()..)?;
    let selector = capstan_plan::Selector::parse(&format!("${rest}")).ok()?;
    Some(Template::Slot(step.slot, selector.steps()?.into()))
}

fn mappings<'d>(caller: &mut Caller<'_, '_, 'd>, decl: &UnitDecl<'d>, sink: &mut Sink) -> Box<[Mapping]> {
    decl.mappings
        .iter()
        .filter_map(|(target, value)| {
            let text = value.value.trim();
            let value = match text.strip_prefix("$.") {
                Some(path) => match step_path(caller, path) {
                    Some(template) => template,
                    None => {
                        let head = path.split(['.', '[']).next().unwrap_or(path);
                        if let Some(at) = caller.inputs.exact(head) {
                            let slot = caller.inputs.drafts.get(at).map(|d| d.slot)?;
                            let rest = path.get(head.len()..).unwrap_or_default();
                            let steps = capstan_plan::Selector::parse(&format!("${rest}")).ok();
                            Template::Slot(
                                slot,
                                steps.as_ref().and_then(|s| s.steps()).map(Into::into).unwrap_or_default(),
                            )
                        } else {
                            let message = format!("no step is named `{head}`");
                            let draft = sink.error(Code::UnresolvedStep, value.span, message);
                            match nearest(head, caller.steps.iter().map(|s| s.name.as_str())) {
                                Some(near) => drop(draft.help(format!("did you mean `{near}`?"))),
                                None => drop(draft.help("write `$.step.field`")),
                            }
                            return None;
                        }
                    }
                },
                None => compile(text, value.span, Style::Value, caller, sink),
            };
            Some(Mapping { target: target.value.split('.').map(Into::into).collect(), value })
        })
        .collect()
}

/// Which of the earlier steps `kind` reads.
fn reads(kind: &StepKind, earlier: &[Step]) -> Box<[usize]> {
    let mut slots = Vec::new();
    match kind {
        StepKind::Call(call) => request_templates(&call.request, &mut |t| t.slots(&mut slots)),
        StepKind::Lookup(lookup) => {
            lookup.index.slots(&mut slots);
            lookup.value.slots(&mut slots);
        }
        StepKind::Script(script) => script.context.iter().for_each(|(_, t)| t.slots(&mut slots)),
    }
    earlier.iter().enumerate().filter(|(_, s)| slots.contains(&s.slot)).map(|(at, _)| at).collect()
}
