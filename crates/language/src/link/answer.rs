//! What is kept of a call's answer: consumed outputs and size limits.

use capstan_plan::{Selector, StepOutput};

use super::{callee::Callee, outputs::selector};
use crate::{
    diagnostic::{Code, Sink},
    document::Node,
};

pub(super) fn step_output(callee: &Callee<'_, '_>, sink: &mut Sink) -> StepOutput {
    let mut named: Vec<(Box<str>, Selector)> = Vec::new();
    let mut single = None;
    for output in &callee.op.outputs {
        let node = ["value", "mapping"].into_iter().find_map(|key| output.node.get(key)).filter(|n| !n.is_null());
        let Some((node, text)) = node.and_then(|n| Some((n, n.scalar_text()?))) else { continue };
        let Some(selector) = selector(text, node.span, sink) else { continue };
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

/// A size such as `10MiB`, in bytes.
pub(super) fn byte_size(node: &Node, sink: &mut Sink) -> Option<u64> {
    let text = node.scalar_text()?.trim();
    let split = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let factor = match unit.trim() {
        "" | "B" => 1.0,
        "KiB" => 1024.0,
        "MiB" => 1024.0 * 1024.0,
        "GiB" => 1024.0 * 1024.0 * 1024.0,
        _ => f64::NAN,
    };
    match number.parse::<f64>() {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be finite and positive")]
        Ok(number) if factor.is_finite() && number.is_finite() && number >= 0.0 => Some((number * factor) as u64),
        _ => {
            sink.error(Code::BadValue, node.span, format!("`{text}` is not a size"))
                .help("write a number and B, KiB, MiB or GiB, such as 10MiB");
            None
        }
    }
}
