//! A flow that is one call: what people are told it calls, its answer as declared, and the flow itself.

use capstan_plan::{Call, FlowId, Format, JobResult, Outcome, Outputs, PathPart, Step, StepKind};

use super::{
    context::Context,
    finish,
    given::With,
    linking::{Linking, Upstream},
    outputs,
};
use crate::{
    diagnostic::{Code, Defect, Sink},
    model::{OutputDecl, UnitDecl},
};

/// The outputs of a call; bytes that are never decoded have none.
pub(super) fn outputs<'d>(
    context: &mut Context<'_, 'd>,
    linking: &mut Linking<'d>,
    with: Vec<With<'d>>,
    call: &Call,
    declared: &[OutputDecl<'d>],
    sink: &mut Sink,
) -> Outputs {
    let outputs = outputs::outputs(declared, &mut linking.scope_with(context, with), sink);
    match declared.first() {
        Some(first) if call.format == Format::Binary && !matches!(outputs, Outputs::Identity) => {
            sink.warning(Code::Unsupported, first.span, "a binary answer is passed on as it is: nothing is mapped")
                .help("remove the outputs, or the consumed operation's `outputRawFormat`");
            Outputs::Identity
        }
        _ => outputs,
    }
}

/// Nothing is mapped of a result that is fetched as bytes.
pub(super) fn bytes(
    context: &Context<'_, '_>,
    kind: &StepKind,
    outputs: &Outputs,
    declared: &[OutputDecl<'_>],
    sink: &mut Sink,
) -> Result<(), Defect> {
    let result = match kind {
        StepKind::Call(call) => call.job.and_then(|job| context.jobs.get(job.job)).map(|job| &job.polling.result),
        StepKind::Poll(polling) => Some(&polling.result),
        _ => None,
    };
    match (declared.first(), result) {
        (Some(first), Some(JobResult::Fetched { .. })) if !matches!(outputs, Outputs::Identity) => {
            let draft = sink.error(Code::Unsupported, first.span, "the result is fetched as bytes: nothing is mapped");
            Err(draft.help("remove the outputs, or let the job yield a `value` instead of a `url`").defect())
        }
        _ => Ok(()),
    }
}

/// Enters the flow.
pub(super) fn finish<'d>(
    context: &mut Context<'_, 'd>,
    linking: &mut Linking<'d>,
    name: &str,
    decl: &UnitDecl<'d>,
    kind: StepKind,
    outputs: Outputs,
) -> Result<FlowId, Defect> {
    let slot = linking.derived.inputs.slot();
    let origin = match &kind {
        StepKind::Call(call) => call.request.origin.clone(),
        _ => context.origins.at(decl.span),
    };
    let step = Step { name: "".into(), slot, after: Box::default(), kind, origin };
    finish::finish(context, linking, name, decl, Box::new([step]), Outcome::Response { step: 0, outputs })
}

/// What a call consumes, for hints and people.
pub(super) fn upstream(context: &Context<'_, '_>, call: &Call) -> Upstream {
    let base = context.clients.get(call.request.client).map_or("", |c| &*c.base_text);
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
    let method = call.request.method.clone();
    Upstream { text: format!("{method} {base}{path}"), method }
}
