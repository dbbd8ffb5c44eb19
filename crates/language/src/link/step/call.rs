//! A call of a consumed operation, alone or as a step: the three passes, one after the other.

use std::rc::Rc;

use capstan_plan::{Call, Format, JobCall, StepOutput};

use super::super::{
    answer::step_output,
    assign::assign,
    assignment::Offers,
    call::{self, Ordinal},
    callee::Callee,
    collect::collect,
    context::{Api, Context},
    emit::emit,
    given::{Members, With},
    ids::CalleeId,
    linking::Linking,
    scope::Target,
    variables::Variables,
};
use crate::{
    diagnostic::{Code, Defect, Sink},
    key_path::KeyPath,
    model::{UnitDecl, WithDecl},
    source::Spanned,
};

/// Links the one call of a unit, and says which `with` it was given: the outputs of the unit see it.
pub(in crate::link) fn only<'d>(
    context: &mut Context<'_, 'd>,
    linking: &mut Linking<'d>,
    decl: &UnitDecl<'d>,
    id: CalleeId,
    sink: &mut Sink,
) -> Result<(Call, Vec<With<'d>>), Defect> {
    let (callee, api) = operation(context, linking, id)?;
    let target = Target { callee: Some(&callee), braces: decl.brace_with, nested: false };
    let with = linking.scope(context).bind(&decl.with, target, sink);
    let with = linking.scope_with(context, with).map_inputs();
    let mut call = passes(context, linking, (id, &callee, &api), &with, true, sink)?;
    call.max_binary = call.max_binary.or(linking.caller.max_binary);
    if let Some(typed) = &callee.typed {
        linking.prose = [typed.prose(), typed.failures()];
    }
    // What a document says of the answer to a submit is not said of what the job yields.
    if callee.format == Format::Json && call.job.is_none() {
        linking.answer = callee.typed.as_ref().and_then(|typed| typed.answer.clone());
    }
    if let Some(media) = decl.media_type {
        call.media_type.get_or_insert_with(|| media.into());
    }
    Ok((call, with))
}

/// Links a call step.
pub(in crate::link) fn step<'d>(
    context: &mut Context<'_, 'd>,
    linking: &mut Linking<'d>,
    key_path: &KeyPath<'d>,
    target: Spanned<&'d str>,
    with: &[WithDecl<'d>],
    sink: &mut Sink,
) -> Result<(Call, Members), Defect> {
    let found = call::resolve(&context.callees, &context.imported(), target, Ordinal::default());
    let found = found.map_err(|no| no.report(key_path, sink))?;
    let id = call::noted(&mut linking.derived, &context.callees, Some(target), found);
    let (callee, api) = operation(context, linking, id)?;
    let with = linking.scope(context).bind(with, Target { callee: Some(&callee), braces: false, nested: false }, sink);
    let call = passes(context, linking, (id, &callee, &api), &with, false, sink)?;
    let members = match (&call.output, callee.typed.as_ref().and_then(|typed| typed.answer.clone())) {
        (StepOutput::Named(named), _) => Members::Declared(named.iter().map(|(name, _)| name.to_string()).collect()),
        (StepOutput::Raw, Some(answer)) if call.format == Format::Json && call.job.is_none() => {
            Members::Documented(answer)
        }
        (StepOutput::Raw | StepOutput::Single(_), _) => Members::Unknown,
    };
    Ok((call, members))
}

/// An operation and its API, when anything can be sent to it at all.
fn operation<'s, 'd>(
    context: &Context<'s, 'd>,
    linking: &mut Linking<'d>,
    id: CalleeId,
) -> Result<(Rc<Callee<'s, 'd>>, Rc<Api>), Defect> {
    let found = context.callees.get(id).and_then(|callee| Some((callee, context.apis.get(callee.client)?)));
    let Some((callee, api)) = found else {
        let message = "the call has no target".to_owned();
        return Err(Defect { code: Code::UnresolvedCall, message, span: None });
    };
    linking.derived.rules.extend(api.credential.rules.iter().cloned());
    let defects = [&api.credential.defect, &api.base.defect, &callee.op.defect, &callee.defect];
    match defects.into_iter().flatten().next() {
        Some(defect) => Err(defect.clone()),
        None => Ok((callee.clone(), api.clone())),
    }
}

/// What the callee needs, where each value comes from, and the request that makes.
fn passes<'d>(
    context: &mut Context<'_, 'd>,
    linking: &mut Linking<'d>,
    (id, callee, api): (CalleeId, &Callee<'_, 'd>, &Api),
    with: &[With<'d>],
    alone: bool,
    sink: &mut Sink,
) -> Result<Call, Defect> {
    let job = context.job(id)?;
    let needs = collect(callee, api);
    let offers = Offers { around: linking.surroundings(), with, derived: &linking.derived, alone };
    let variables = Variables {
        bindings: &mut context.bindings,
        files: &mut context.files,
        origins: &context.origins,
        namespaces: &context.namespaces,
    };
    let assignment = assign(&needs, &offers, variables, sink);
    let request = emit(&needs, &assignment, context.origins.at(callee.op.span), sink);
    linking.derived.rules.extend(callee.rules.iter().cloned());
    linking.derived.accept(assignment.derived);
    let fixed = callee.params.iter().filter(|(param, _)| param.value.is_some()).map(|(param, _)| param.name.value);
    linking.fixed.extend(fixed.chain(api.credential.names()).map(str::to_owned));
    let schema = callee
        .op
        .schema
        .and_then(|declared| context.files.decode_schema(callee.format, declared, &context.origins, sink));
    Ok(Call {
        request: request?,
        format: callee.format,
        schema,
        media_type: callee.op.media_type.map(Into::into),
        max_binary: callee.op.max_binary,
        output: step_output(callee, sink)?,
        job: job.map(|job| JobCall { job, submit: None, poll: None }),
    })
}
