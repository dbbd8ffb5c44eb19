//! What is kept of a call's answer: consumed outputs.

use capstan_plan::{Selector, StepOutput};

use super::{callee::Callee, outputs::selector};
use crate::{diagnostic::Sink, source::Spanned};

pub(super) fn step_output(callee: &Callee<'_, '_>, sink: &mut Sink) -> StepOutput {
    let mut named: Vec<(Box<str>, Selector)> = Vec::new();
    let mut single = None;
    for output in &callee.op.outputs {
        let written = output.value.and_then(|value| Some(Spanned::new(value.scalar_text()?, value.span())));
        let Some(path) = written.or(output.mapping) else { continue };
        let Some(selector) = selector(path.value, path.span, sink) else { continue };
        match output.name {
            Some(name) if !name.value.is_empty() => named.push((name.value.into(), selector)),
            _ => {
                single.get_or_insert(selector);
            }
        }
    }
    match (named.is_empty(), single) {
        (false, _) => StepOutput::Named(named.into_boxed_slice()),
        (true, Some(selector)) => StepOutput::Single(selector),
        (true, None) => StepOutput::Raw,
    }
}
