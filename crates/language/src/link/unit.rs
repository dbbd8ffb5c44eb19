//! One unit to a flow: which callee, which steps, which outcome. Shared by routes, tools and MCP resources.

use capstan_plan::{
    Call, Flow, FlowId, Format, Outcome, Outputs, Reading, Step, StepKind, Target, Template, Unavailable, Unit,
};

use super::{
    Context,
    call::{self, NoTarget, Ordinal},
    caller::Caller,
    flow, mock,
    outputs::outputs,
    request,
};
use crate::{
    diagnostic::{Code, Sink},
    model::{Defect, OutputDecl, UnitDecl},
    source::Spanned,
};

/// A linked unit: the caller keeps the inputs for the adapter to place.
pub(super) struct LinkedUnit {
    pub(super) unit: Unit,
    /// The consumed method, for hints.
    pub(super) method: Option<http::Method>,
}

/// Why a unit has no flow: its diagnostic is in the sink already.
pub(super) struct Broken {
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) span: Option<crate::source::Span>,
}

impl From<Defect> for Broken {
    fn from(defect: Defect) -> Self {
        Self { code: defect.code, message: defect.message, span: defect.span }
    }
}

impl From<NoTarget> for Broken {
    fn from(no: NoTarget) -> Self {
        Self { code: no.code, message: no.message, span: Some(no.span) }
    }
}

/// Links `decl` with the inputs `caller` has gathered so far.
pub(super) fn unit<'d>(
    caller: &mut Caller<'_, '_, 'd>,
    decl: &UnitDecl<'d>,
    name: &str,
    description: Option<&str>,
    ordinal: Ordinal,
    sink: &mut Sink,
) -> LinkedUnit {
    let previous = sink.set_unit(Some(name.to_owned()));
    caller.rules.extend(decl.rules.iter().cloned());
    let errors = sink.errors();
    let mut method = None;
    let mut upstream = None;
    let linked = run(caller, decl, name, ordinal, &mut method, &mut upstream, sink);
    let target = match linked.and_then(|flow| decl.defect.clone().map_or(Ok(flow), |defect| Err(defect.into()))) {
        Ok(flow) if sink.errors() == errors => Target::Flow(flow),
        Ok(_) => {
            let first = sink.diagnostics().iter().rev().find(|d| d.is_error());
            let (code, message) = first.map_or(("bad-value", String::new()), |d| (d.code.name(), d.message.clone()));
            let span = first.and_then(crate::diagnostic::Diagnostic::span).unwrap_or(decl.span);
            unavailable(caller.context, code, &message, span)
        }
        Err(broken) => {
            unavailable(caller.context, broken.code.name(), &broken.message, broken.span.unwrap_or(decl.span))
        }
    };
    let rules = std::mem::take(&mut caller.rules);
    let reading = if rules.is_empty() { Reading::Declared } else { Reading::Interpreted };
    for (code, span, message) in rules {
        drop(sink.report(code, span, message).help(code.doc().fix));
    }
    sink.set_unit(previous);
    let unit = Unit {
        name: name.into(),
        title: decl.title.map(Into::into),
        description: description.map(Into::into),
        target,
        reading,
        upstream: upstream.map(Into::into),
        origin: caller.context.origins.at(decl.span),
    };
    LinkedUnit { unit, method }
}

fn unavailable(context: &Context<'_, '_>, code: &str, message: &str, span: crate::source::Span) -> Target {
    Target::Unavailable(Unavailable { code: code.into(), message: message.into(), origin: context.origins.at(span) })
}

fn run<'d>(
    caller: &mut Caller<'_, '_, 'd>,
    decl: &UnitDecl<'d>,
    name: &str,
    ordinal: Ordinal,
    method: &mut Option<http::Method>,
    upstream: &mut Option<String>,
    sink: &mut Sink,
) -> Result<FlowId, Broken> {
    if let Some(cases) = &decl.mock {
        return Ok(mock::cases(caller, decl, cases, name, sink));
    }
    if let Some(reference) = decl.reference {
        return flow::reference(caller, decl, reference, name, sink);
    }
    if !decl.steps.is_empty() {
        return flow::orchestration(caller, decl, name, sink);
    }
    let found = match decl.call {
        Some(target) => match call::resolve(&caller.context.callees, &caller.context.imported(), target, ordinal) {
            Ok(found) => Some(found),
            Err(no) if mock::is_static(&decl.outputs) => {
                sink.warning(no.code, no.span, no.message).help(no.help).path(&decl.key_path);
                None
            }
            Err(no) => {
                sink.error(no.code, no.span, no.message.clone()).help(no.help.clone()).path(&decl.key_path);
                return Err(no.into());
            }
        },
        None => None,
    };
    let found = match found {
        Some(found) => found,
        None if mock::is_static(&decl.outputs) => return Ok(mock::outputs(caller, decl, name, sink)),
        None => match call::by_name(&caller.context.callees, decl.name.unwrap_or(Spanned::new(name, decl.span))) {
            Some(found) => found,
            None => {
                let message = format!("`{name}` calls nothing: it has no `call`, no steps and no constant outputs");
                sink.error(Code::UnresolvedCall, decl.span, message.clone())
                    .help("add `call: namespace.operation`")
                    .path(&decl.key_path);
                return Err(Broken { code: Code::UnresolvedCall, message, span: None });
            }
        },
    };
    let (at, rule) = found;
    caller.rules.extend(rule);
    let call = simple_call(caller, decl, at, sink)?;
    *method = Some(call.request.method.clone());
    *upstream = Some(describe(caller, &call));
    let outputs = call_outputs(caller, &call, &decl.outputs, sink);
    if let Outputs::Named(named) = &outputs {
        let span = decl.outputs.first().map_or(decl.span, |o| o.span);
        caller.rule(Code::OutNamed, span, format!("{} named outputs are answered as an object", named.len()));
    }
    let slot = caller.inputs.slot();
    let origin = call.request.origin.clone();
    let steps =
        Box::new([Step { name: "".into(), slot, after: Box::default(), kind: StepKind::Call(Box::new(call)), origin }]);
    Ok(finish(caller, name, decl, steps, Outcome::Response { step: 0, outputs }))
}

/// The outputs of a simple call; bytes that are never decoded have none.
pub(super) fn call_outputs<'d>(
    caller: &mut Caller<'_, '_, 'd>,
    call: &Call,
    declared: &[OutputDecl<'d>],
    sink: &mut Sink,
) -> Outputs {
    let outputs = outputs(declared, caller, sink);
    match declared.first() {
        Some(first) if call.format == Format::Binary && !matches!(outputs, Outputs::Identity) => {
            sink.warning(Code::Unsupported, first.span, "a binary answer is passed on as it is: nothing is mapped")
                .help("remove the outputs, or the consumed operation's `outputRawFormat`");
            Outputs::Identity
        }
        _ => outputs,
    }
}

/// Links the one call of a unit or of a flow an exposure refers to.
pub(super) fn simple_call<'d>(
    caller: &mut Caller<'_, '_, 'd>,
    decl: &UnitDecl<'d>,
    at: usize,
    sink: &mut Sink,
) -> Result<Call, Broken> {
    let callee = caller.context.callee(at);
    let client = callee.as_ref().map_or(usize::MAX, |c| c.client);
    usable(caller, client, sink)?;
    if let Some(defect) = callee.as_ref().and_then(|c| c.op.defect.clone()) {
        return Err(defect.into());
    }
    caller.bind_with(&decl.with, callee.as_deref(), decl.brace_with, sink);
    let declared: Vec<_> = caller.inputs.drafts.iter().filter_map(|d| d.declared.clone()).collect();
    caller.input_mappings(&declared);
    let mut call = request::call(caller, at, true, sink).ok_or_else(|| Broken {
        code: Code::UnresolvedCall,
        message: "the call has no target".to_owned(),
        span: None,
    })?;
    call.max_binary = call.max_binary.or(caller.max_binary);
    if let Some(media) = decl.media_type {
        call.media_type.get_or_insert_with(|| media.into());
    }
    Ok(call)
}

/// Whether anything can be sent to a client at all.
pub(super) fn usable(caller: &mut Caller<'_, '_, '_>, client: usize, _: &mut Sink) -> Result<(), Broken> {
    let places = caller.context.credential_places(client);
    caller.rules.extend(places.rules.iter().cloned());
    if let Some(reason) = &places.unavailable {
        return Err(Broken { code: Code::AuthDynamic, message: reason.clone(), span: None });
    }
    match caller.context.base(client).and_then(|b| b.unusable.clone()) {
        Some(message) => Err(Broken { code: Code::BadUrl, message, span: None }),
        None => Ok(()),
    }
}

/// `METHOD url` for people.
pub(super) fn describe(caller: &Caller<'_, '_, '_>, call: &Call) -> String {
    use capstan_plan::PathPart;
    let base = caller.context.clients.get(call.request.client).map_or("", |c| &*c.base_text);
    let mut path = String::new();
    for part in &call.request.path {
        match part {
            PathPart::Literal(text) => path.push_str(text),
            PathPart::Value { name, .. } => {
                path.push('{');
                path.push_str(name);
                path.push('}');
            }
            PathPart::Segment { name, .. } => {
                path.push_str("/{");
                path.push_str(name);
                path.push('}');
            }
        }
    }
    let base = if path.starts_with('/') { base.trim_end_matches('/') } else { base };
    format!("{} {base}{path}", call.request.method)
}

/// Enters the finished flow.
pub(super) fn finish<'d>(
    caller: &mut Caller<'_, '_, 'd>,
    name: &str,
    decl: &UnitDecl<'d>,
    steps: Box<[Step]>,
    outcome: Outcome,
) -> FlowId {
    finish_bound(caller, name, decl, Box::default(), steps, outcome)
}

/// Enters the finished flow with values bound before its first step.
pub(super) fn finish_bound<'d>(
    caller: &mut Caller<'_, '_, 'd>,
    name: &str,
    decl: &UnitDecl<'d>,
    bound: Box<[(capstan_plan::SlotId, Template)]>,
    steps: Box<[Step]>,
    outcome: Outcome,
) -> FlowId {
    let mut bindings = Vec::new();
    for (_, template) in &bound {
        template.bindings(&mut bindings);
    }
    for step in &steps {
        match &step.kind {
            StepKind::Call(call) => {
                request_templates(&call.request, &mut |t| t.bindings(&mut bindings));
                let index: usize = call.request.client.into();
                for id in &caller.context.credential_places(index).bindings {
                    if !bindings.contains(id) {
                        bindings.push(*id);
                    }
                }
                if call.request.base.is_none()
                    && let Some(client) = caller.context.clients.get(call.request.client)
                {
                    base_templates(&client.base, &mut |t| t.bindings(&mut bindings));
                }
            }
            StepKind::Lookup(lookup) => {
                lookup.index.bindings(&mut bindings);
                lookup.value.bindings(&mut bindings);
            }
            StepKind::Script(script) => script.context.iter().for_each(|(_, t)| t.bindings(&mut bindings)),
        }
    }
    bindings.retain(|id| !caller.context.bindings.is_optional(*id));
    let context = &caller.context;
    let flow = Flow {
        name: name.into(),
        slots: caller.inputs.slots,
        inputs: caller.inputs.inputs(|span| context.origins.at(span)),
        bound,
        steps,
        outcome,
        bindings: bindings.into_boxed_slice(),
        origin: context.origins.at(decl.span),
    };
    caller.context.flows.push(flow)
}

/// Calls `f` on every template of a request, its own base included.
pub(super) fn request_templates(request: &capstan_plan::Request, f: &mut dyn FnMut(&Template)) {
    use capstan_plan::{Body, PathPart};
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

fn base_templates(base: &capstan_plan::Base, f: &mut dyn FnMut(&Template)) {
    use capstan_plan::BasePart;
    for part in &base.parts {
        match part {
            BasePart::Literal(_) => {}
            BasePart::Variable(value) | BasePart::Label { value, .. } => f(value),
        }
    }
}
