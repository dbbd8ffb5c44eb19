//! Reads aggregates: named flows that exposures refer to.

use super::unit;
use crate::{
    diagnostic::Sink,
    fields::{Fields, Named},
    keys,
    model::Aggregate,
};

/// Reads one aggregate.
pub(super) fn aggregate<'d>(named: &Named<'d>, sink: &mut Sink) -> Option<Aggregate<'d>> {
    let fields = Fields::read_at(named.node, &keys::AGGREGATE, named.path.clone(), sink)?;
    let namespace = fields.text("namespace", sink).or(named.name).map(|n| n.value.to_owned());
    let flows = fields
        .entries("flows", sink)
        .iter()
        .filter_map(|inner| {
            let fields = Fields::read_at(inner.node, &keys::FLOW, inner.path.clone(), sink)?;
            if inner.name.is_none() {
                fields.missing("name", sink);
            }
            Some(unit::unit(inner, &fields, sink))
        })
        .collect();
    match namespace {
        Some(namespace) => Some(Aggregate { namespace, flows }),
        None => {
            fields.missing("namespace", sink);
            None
        }
    }
}
