//! Reads `authentication`. What its fields mean depends on the type and the side, so they stay as fields.

use crate::{diagnostic::Sink, fields::Fields, keys, model::Auth};

/// The `authentication` (or `auth`) of a client or exposure.
pub(super) fn auth<'d>(fields: &Fields<'d>, sink: &mut Sink) -> Option<Auth<'d>> {
    let short_key =
        fields.entry("authentication").filter(|entry| &*entry.key.value == "auth").map(|entry| entry.key.span);
    let inner = fields.object("authentication", &keys::AUTH, sink)?;
    Some(Auth { kind: inner.required_text("type", sink), fields: inner, short_key })
}
