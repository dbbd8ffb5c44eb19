//! Reads parameters and outputs, wherever they stand.

use crate::{
    diagnostic::Sink,
    fields::{Fields, KeyPath},
    keys,
    model::{Output, Param},
    source::Spanned,
};

/// The named parameters under `key`.
pub(super) fn params<'d>(fields: &Fields<'d>, key: &'static str, sink: &mut Sink) -> Vec<Param<'d>> {
    fields
        .entries(key, sink)
        .into_iter()
        .filter_map(|named| {
            let fields = Fields::read_at(named.node, &keys::PARAMETER, named.path, sink)?;
            let name = named.name.or_else(|| fields.text("name", sink)).unwrap_or(Spanned::new("", named.node.span));
            let required = fields.node("required").and_then(crate::document::Node::as_bool);
            Some(Param {
                name,
                place: fields.text("in", sink),
                ty: fields.text("type", sink).map(|t| t.value),
                description: fields.text("description", sink).map(|t| t.value),
                required,
                value: fields.node("value").or_else(|| fields.node("const")),
                default: fields.node("default"),
                mapping: fields.node("mapping").and_then(|n| n.as_str().map(|t| Spanned::new(t, n.span))),
                node: named.node,
            })
        })
        .collect()
}

/// The outputs under `key`.
pub(super) fn outputs<'d>(fields: &Fields<'d>, key: &'static str, sink: &mut Sink) -> Vec<Output<'d>> {
    fields
        .entries(key, sink)
        .into_iter()
        .map(|named| Output { name: named.name, node: named.node, path: named.path })
        .collect()
}

/// One output's keys, checked.
pub(crate) fn output_fields<'d>(output: &Output<'d>, sink: &mut Sink) -> Option<Fields<'d>> {
    Fields::read_at(output.node, &keys::OUTPUT, path(output), sink)
}

fn path<'d>(output: &Output<'d>) -> KeyPath<'d> {
    output.path.clone()
}
