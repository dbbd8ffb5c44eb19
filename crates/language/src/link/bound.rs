//! Says of a flow that waits for a job when no other process can go on with it, and why.

use capstan_plan::{Bound, Flow};

use crate::{
    diagnostic::{Code, Sink},
    model::UnitDecl,
    source::Span,
};

/// Looks at a linked flow; `decl` is where its steps stand.
pub(super) fn bound(flow: &Flow, decl: &UnitDecl<'_>, sink: &mut Sink) {
    let Some(Err(bound)) = flow.resumption() else { return };
    let step = |at: usize| {
        let name = flow.steps.get(at).map_or("", |step| &*step.name);
        let span: Span = decl.steps.get(at).map_or(decl.span, |step| step.span);
        (if name.is_empty() { "a step".to_owned() } else { format!("`{name}`") }, span)
    };
    let (at, why) = match bound {
        Bound::Inside(at) => (at, "what it waits for stands inside a step"),
        Bound::Twice(at) => (at, "it would be called once more, and may change something"),
        Bound::Answered(at) => (at, "the answer is its own, and it is over by then"),
    };
    let (name, span) = step(at);
    sink.note(
        Code::JobOfProcess,
        span,
        format!("no other process can go on with a job of `{}` because of {name}: {why}", flow.name),
    )
    .path(&decl.key_path);
}
