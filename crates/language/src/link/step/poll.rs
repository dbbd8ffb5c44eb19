//! A `poll` step: which API the address belongs to, and what a job says of its polling as well.

use capstan_plan::{ClientId, PollSource, Polling};

use super::super::{context::Context, linking::Linking, polling};
use crate::{
    diagnostic::{Code, Defect, Sink},
    key_path::KeyPath,
    model::{PollSourceDecl, PollingDecl},
    source::Span,
    suggest::nearest,
};

/// Links a `poll` step.
pub(in crate::link) fn step<'d>(
    context: &mut Context<'_, 'd>,
    linking: &mut Linking<'d>,
    (key_path, span): (&KeyPath<'d>, Span),
    decl: &PollingDecl<'d>,
    sink: &mut Sink,
) -> Result<Polling, Defect> {
    let source = match &decl.source {
        PollSourceDecl::Url { .. } => {
            let client = client(context, decl, span, sink)?;
            PollSource::Url(polling::address(context, linking, &decl.source, client, sink)?)
        }
        PollSourceDecl::Call(called) => {
            PollSource::Call(Box::new(polling::called(context, linking, called, key_path, sink)?))
        }
    };
    let client = match &source {
        PollSource::Url(followed) => followed.client,
        PollSource::Call(call) => call.request.client,
    };
    polling::polling(context, decl, source, (client, None, None), sink)
}

/// The API an address belongs to: the one that is named, or the only one.
fn client(context: &Context<'_, '_>, decl: &PollingDecl<'_>, span: Span, sink: &mut Sink) -> Result<ClientId, Defect> {
    let PollSourceDecl::Url { client: named, .. } = &decl.source else { return Err(undecided(context, span, sink)) };
    let mut all = context.clients.entries();
    let Some(named) = named else {
        return match (all.next(), all.next()) {
            (Some((only, _)), None) => Ok(only),
            _ => Err(undecided(context, span, sink)),
        };
    };
    if let Some((id, _)) = all.find(|(_, client)| *client.namespace == *named.value.trim()) {
        return Ok(id);
    }
    let names: Vec<&str> = context.clients.iter().map(|client| &*client.namespace).collect();
    let message = format!("no consumed API is called `{}`", named.value.trim());
    let draft = sink.error(Code::UnknownName, named.span, message);
    Err(match nearest(named.value, names.iter().copied()) {
        Some(near) => draft.help(format!("did you mean `{near}`?")).fix(named.span, near).defect(),
        None => draft.help(format!("there are: {}", names.join(", "))).defect(),
    })
}

fn undecided(context: &Context<'_, '_>, span: Span, sink: &mut Sink) -> Defect {
    let names: Vec<&str> = context.clients.iter().map(|client| &*client.namespace).collect();
    let draft = sink.error(Code::MissingKey, span, "the step does not say to which API its address belongs");
    draft.help(format!("add `client`, one of: {}", names.join(", "))).defect()
}
