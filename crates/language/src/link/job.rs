//! The jobs of consumed operations, linked once each, whoever calls. What comes after the submit knows the handle and variables
//! alone, so that it can be taken up by another process.

use std::rc::Rc;

use capstan_plan::{Job, PollSource, Selector};

use super::{
    callee::Callee,
    caller::{Caller, Kind},
    context::Context,
    given::{Members, StepName},
    ids::CalleeId,
    linking::Linking,
    outputs::selector,
    polling,
};
use crate::{
    diagnostic::{Code, Defect, Sink},
    model::{JobDecl, PollSourceDecl},
};

/// Enters the jobs of the document.
pub(super) fn jobs(context: &mut Context<'_, '_>, sink: &mut Sink) {
    let begun = context.callees.entries().filter(|(_, callee)| callee.op.job.is_some());
    let begun: Vec<(CalleeId, Rc<Callee<'_, '_>>)> = begun.map(|(id, callee)| (id, Rc::clone(callee))).collect();
    for (id, callee) in begun {
        let Some(decl) = &callee.op.job else { continue };
        let linked = match &callee.op.defect {
            Some(defect) => Err(defect.clone()),
            None => job(context, &callee, decl, sink).map(|job| context.jobs.push(job)),
        };
        context.begun.insert(id, linked);
    }
}

fn job<'d>(
    context: &mut Context<'_, 'd>,
    callee: &Callee<'_, 'd>,
    decl: &JobDecl<'d>,
    sink: &mut Sink,
) -> Result<Job, Defect> {
    let handle = decl.handle.iter().map(|(name, path)| {
        let selector = selector(path.value, path.span, sink)?;
        Ok((name.value.into(), selector))
    });
    let handle: Vec<(Box<str>, Selector)> = handle.collect::<Result<_, Defect>>()?;
    let mut linking = Linking::new(Caller::new(Kind::Mcp, "job"));
    let slot = linking.derived.inputs.slot();
    let fields = handle.iter().map(|(name, _)| name.to_string()).collect();
    linking.steps.push(StepName { members: Members::Declared(fields), what: "the", ..StepName::new("handle", slot) });
    let linked = parts(context, &mut linking, callee, decl, sink);
    let sound = settled(&mut linking, decl, sink);
    let (polling, cancel) = linked?;
    sound?;
    let name = callee.op.name.map_or("", |name| name.value);
    Ok(Job {
        name: format!("{}.{name}", callee.api.namespace.value).into(),
        handle: handle.into(),
        slots: linking.derived.inputs.slots,
        slot,
        polling,
        cancel,
        origin: context.origins.at(decl.span),
    })
}

type Parts = (capstan_plan::Polling, Option<Box<capstan_plan::Call>>);

fn parts<'d>(
    context: &mut Context<'_, 'd>,
    linking: &mut Linking<'d>,
    callee: &Callee<'_, 'd>,
    decl: &JobDecl<'d>,
    sink: &mut Sink,
) -> Result<Parts, Defect> {
    let source = match &decl.polling.source {
        source @ PollSourceDecl::Url { .. } => {
            PollSource::Url(polling::address(context, linking, source, callee.client, sink)?)
        }
        PollSourceDecl::Call(called) => {
            PollSource::Call(Box::new(polling::called(context, linking, called, &decl.key_path, sink)?))
        }
    };
    let fetched = (callee.client, callee.op.max_binary, callee.op.media_type);
    let polling = polling::polling(context, &decl.polling, source, fetched, sink)?;
    let cancel = decl.cancel.as_ref();
    let cancel = cancel.map(|called| polling::called(context, linking, called, &decl.key_path, sink)).transpose()?;
    Ok((polling, cancel.map(Box::new)))
}

/// Says what is wrong with the names of a job; nothing in it may come from a caller.
fn settled(linking: &mut Linking<'_>, decl: &JobDecl<'_>, sink: &mut Sink) -> Result<(), Defect> {
    let derived = std::mem::take(&mut linking.derived);
    let names: Vec<&str> = decl.handle.iter().map(|(name, _)| name.value).collect();
    let mut lacking = None;
    for draft in derived.inputs.drafts.iter().filter(|draft| draft.required()) {
        let message = format!("`{}` is needed once the call is over, and no caller is there to give it", draft.name);
        let draft = sink.error(Code::UnknownName, decl.span, message).label(draft.span, "needed here");
        let help = format!("give it under `with`, of what the handle has: {}", names.join(", "));
        lacking.get_or_insert(draft.help(help).path(&decl.key_path).defect());
    }
    let sound = derived.sound();
    linking.derived.inputs = derived.inputs;
    derived.problems.into_iter().for_each(|problem| problem.report(sink));
    for (code, span, message) in derived.rules.into_iter().filter(|(code, ..)| *code != Code::ImplicitInput) {
        drop(sink.report(code, span, message).help(code.help()));
    }
    lacking.map_or(sound, Err)
}
