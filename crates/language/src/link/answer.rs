//! What is kept of a call's answer: consumed outputs.

use capstan_plan::{Selector, StepOutput};

use super::{callee::Callee, outputs::selector};
use crate::{
    diagnostic::{Defect, Sink},
    source::Spanned,
};

/// What a step keeps of the answer of `callee`.
pub(super) fn step_output(callee: &Callee<'_, '_>, sink: &mut Sink) -> Result<StepOutput, Defect> {
    let mut named: Vec<(Box<str>, Selector)> = Vec::new();
    let mut single = None;
    let mut defect = None;
    for output in &callee.op.outputs {
        let written = output.value.and_then(|value| Some(Spanned::new(value.scalar_text()?, value.span())));
        let Some(path) = written.or(output.mapping) else { continue };
        let selector = match selector(path.value, path.span, sink) {
            Ok(selector) => selector,
            Err(first) => {
                defect.get_or_insert(first);
                continue;
            }
        };
        match output.name {
            Some(name) if !name.value.is_empty() => named.push((name.value.into(), selector)),
            _ => {
                single.get_or_insert(selector);
            }
        }
    }
    if let Some(defect) = defect {
        return Err(defect);
    }
    Ok(match (named.is_empty(), single) {
        (false, _) => StepOutput::Named(named.into_boxed_slice()),
        (true, Some(selector)) => StepOutput::Single(selector),
        (true, None) => StepOutput::Raw,
    })
}
