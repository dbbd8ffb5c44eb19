//! Promises that what is called does not keep: a flow declared `safe` that writes, hints and methods that say otherwise.

use crate::{
    diagnostic::{Code, Sink},
    model::{ExposeKind, SemanticsDecl, Spec, StepDeclKind, UnitDecl},
    source::{Span, Spanned},
};

/// Looks at every flow and at everything that refers to one.
pub(super) fn semantics(spec: &Spec<'_>, sink: &mut Sink) {
    for flow in spec.aggregates.iter().flat_map(|aggregate| &aggregate.flows) {
        if let Some(declared) = flow.semantics {
            calls(spec, flow, declared, sink);
        }
    }
    for expose in &spec.exposes {
        match &expose.kind {
            ExposeKind::Mcp(mcp) => mcp.tools.iter().for_each(|tool| hints(spec, tool, sink)),
            ExposeKind::Rest { resources, .. } => {
                resources.iter().flat_map(|resource| &resource.units).for_each(|unit| method(spec, unit, sink));
            }
            ExposeKind::Skill(_) | ExposeKind::Control { .. } => {}
        }
    }
}

/// RFC 9110 section 9.2.
fn is_safe(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS" | "TRACE")
}

fn is_idempotent(method: &str) -> bool {
    is_safe(method) || matches!(method, "PUT" | "DELETE")
}

/// What a flow declares against the methods it calls.
fn calls(spec: &Spec<'_>, flow: &UnitDecl<'_>, declared: SemanticsDecl, sink: &mut Sink) {
    let mut called_by: Vec<Spanned<&str>> = flow.call.into_iter().collect();
    flow.steps.iter().for_each(|step| {
        step.each(&mut |step| {
            if let StepDeclKind::Call { call, .. } = &step.kind {
                called_by.push(*call);
            }
        });
    });
    let methods: Vec<(&str, Span)> =
        called_by.into_iter().filter_map(|call| Some((called(spec, call.value)?, call.span))).collect();
    if let Some(safe) = declared.safe {
        let writes = methods.iter().find(|(method, _)| !is_safe(method));
        match (safe.value, writes) {
            (true, Some((method, call))) => {
                contradicts(sink, safe.span, *call, "`safe: true`", format!("calls {method}"))
            }
            (false, None) if !methods.is_empty() && flow.steps.is_empty() => {
                let (method, call) = methods.first().copied().unwrap_or(("GET", safe.span));
                contradicts(sink, safe.span, call, "`safe: false`", format!("only calls {method}"));
            }
            _ => {}
        }
    }
    if let Some(idempotent) = declared.idempotent.filter(|declared| declared.value)
        && let Some((method, call)) = methods.iter().find(|(method, _)| !is_idempotent(method))
    {
        contradicts(sink, idempotent.span, *call, "`idempotent: true`", format!("calls {method}"));
    }
}

fn contradicts(sink: &mut Sink, span: Span, call: Span, word: &str, what: String) {
    sink.warning(Code::SemanticsConflict, span, format!("{word} is declared of a flow that {what}"))
        .label(call, "here")
        .help("clients trust this: say what the call does");
}

/// The method of a called operation.
fn called<'s>(spec: &'s Spec<'_>, call: &str) -> Option<&'s str> {
    spec.consumes.iter().find_map(|api| {
        let name = call.trim().strip_prefix(api.namespace.value.as_str())?.strip_prefix('.')?;
        let operation = api.operations.iter().find(|op| op.name.is_some_and(|known| known.value == name))?;
        Some(operation.method.value.as_str())
    })
}

/// The flow a unit refers to.
fn referred(spec: &Spec<'_>, unit: &UnitDecl<'_>) -> Option<SemanticsDecl> {
    let reference = unit.reference?.value.trim();
    spec.aggregates.iter().find_map(|aggregate| {
        let name = reference.strip_prefix(aggregate.namespace.as_str())?.strip_prefix('.')?;
        aggregate.flows.iter().find(|flow| flow.name.is_some_and(|known| known.value == name))?.semantics
    })
}

/// The hints of a tool against what the flow it runs declares.
fn hints(spec: &Spec<'_>, tool: &UnitDecl<'_>, sink: &mut Sink) {
    let Some(flow) = referred(spec, tool) else { return };
    let [read_only, destructive, idempotent, _] = tool.hints;
    let safe = flow.safe.map(|safe| safe.value);
    let wrong = [
        (safe == Some(true) && read_only == Some(false), "readOnly: false", flow.safe),
        (safe == Some(true) && destructive == Some(true), "destructive: true", flow.safe),
        (safe == Some(false) && read_only == Some(true), "readOnly: true", flow.safe),
        (
            flow.idempotent.zip(idempotent).is_some_and(|(flow, hint)| flow.value != hint),
            if idempotent == Some(true) { "idempotent: true" } else { "idempotent: false" },
            flow.idempotent,
        ),
    ];
    for (_, hint, declared) in wrong.into_iter().filter(|(wrong, ..)| *wrong) {
        let draft = sink.warning(Code::SemanticsConflict, tool.span, format!("`{hint}` is not what its flow declares"));
        let draft = draft.help("remove the hint, or correct `semantics`").path(tool.key_path.key("hints"));
        if let Some(declared) = declared {
            drop(draft.label(declared.span, "declared here"));
        }
    }
}

/// The method of an exposed operation against what the flow it runs declares.
fn method(spec: &Spec<'_>, unit: &UnitDecl<'_>, sink: &mut Sink) {
    let (Some(flow), Some(method)) = (referred(spec, unit), &unit.method) else { return };
    let verb = method.value.as_str();
    let wrong = [
        (flow.safe.filter(|safe| safe.value && !is_safe(verb)), "safe: true"),
        (flow.safe.filter(|safe| !safe.value && is_safe(verb)), "safe: false"),
        (flow.idempotent.filter(|idempotent| idempotent.value && !is_idempotent(verb)), "idempotent: true"),
    ];
    for (declared, word) in wrong {
        let Some(declared) = declared else { continue };
        sink.warning(Code::SemanticsConflict, method.span, format!("{verb} exposes a flow that declares `{word}`"))
            .label(declared.span, "declared here")
            .help("use the method that means the same");
    }
}
