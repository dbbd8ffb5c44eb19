//! Reads mappings of the author's own names to values.

use crate::{
    diagnostic::Sink,
    fields::Fields,
    model::{ValueDecl, WithDecl},
    source::Spanned,
};

/// The entries of a `with`-like mapping; anything else is left out with a complaint.
pub(super) fn with<'d>(fields: &Fields<'d>, key: &'static str, sink: &mut Sink) -> Vec<WithDecl<'d>> {
    let entries = fields.map(key, sink).iter();
    entries.map(|entry| (Spanned::new(&*entry.key.value, entry.key.span), ValueDecl::new(&entry.value))).collect()
}
