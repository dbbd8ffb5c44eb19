//! Document to Spec: which keys mean what, in every dialect. Resolves no name and compiles no template.

mod auth;
mod consume;
mod expose;
mod param;
mod root;
mod unit;

pub(crate) use param::output_fields;
pub(crate) use root::{classify, spec};

use crate::{diagnostic::Sink, document::Node, fields::Fields, source::Spanned};

/// The entries of a `with`-like mapping; anything else is ignored with a complaint.
fn with<'d>(fields: &Fields<'d>, key: &'static str, sink: &mut Sink) -> Vec<(Spanned<&'d str>, &'d Node)> {
    fields.map(key, sink).iter().map(|entry| (Spanned::new(&*entry.key.value, entry.key.span), &entry.value)).collect()
}
