//! Reads control adapters, and the settings of scripts that stand there.

use crate::{
    diagnostic::Sink,
    document::Node,
    fields::Fields,
    keys,
    model::{ExposeKind, Scripting},
};

/// Reads a control adapter; what it says of scripts goes to `scripting`.
pub(super) fn control<'d>(fields: &Fields<'d>, scripting: &mut Scripting<'d>, sink: &mut Sink) -> ExposeKind<'d> {
    let management = fields.object("management", &keys::MANAGEMENT, sink);
    let flag = |key: &'static str, default: bool, sink: &mut Sink| {
        management.as_ref().and_then(|m| m.boolean(key, sink)).map_or(default, |b| b.value)
    };
    let (health, info) = (flag("health", true, sink), flag("info", false, sink));
    let (reload, validate) = (flag("reload", false, sink), flag("validate", false, sink));
    if let Some(block) = management.as_ref().and_then(|m| m.object("scripting", &keys::SCRIPTING, sink)) {
        scripting.disabled = block.boolean("enabled", sink).filter(|b| !b.value).map(|b| b.span);
        scripting.location = block.text("defaultLocation", sink);
        scripting.language = block.word("defaultLanguage", sink).map(|w| w.map(|w| w as &str));
        scripting.allowed = block.text_list("allowedLanguages", sink);
        scripting.timeout_ms =
            block.integer("timeout", sink).and_then(|n| u64::try_from(n.value).ok()).filter(|n| *n > 0);
        scripting.statements =
            block.integer("statementLimit", sink).and_then(|n| u64::try_from(n.value).ok()).filter(|n| *n > 0);
    }
    let metrics = fields.object("observability", &keys::OBSERVABILITY, sink).is_none_or(|o| {
        o.boolean("enabled", sink).is_none_or(|b| b.value)
            && o.node("metrics").and_then(|m| m.at_pointer("/local/enabled")).and_then(Node::as_bool).unwrap_or(true)
    });
    ExposeKind::Control { health, info, reload, validate, metrics }
}
