//! What the official JSON Schemas of the dialects reject, at our positions and in our words. Asked only when an author wants to be
//! strict; what the reader or the linker has said already is not said again.

mod unexpected;
mod violation;
mod words;

use std::{collections::HashSet, sync::LazyLock};

use jsonschema::Validator;
use serde_json::Value;

use crate::{
    diagnostic::{Code, Diagnostic, Severity, Sink},
    document::{self, Document, Node},
    keys,
    lint::object,
    source::{FileId, SourceSet, Span},
};

pub(crate) use self::violation::{Fault, Violation};

/// The official dialects, in their present versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `ikanos: 1.0.0-beta5`.
    Ikanos,
    /// `naftiko: 1.0.0-alpha2`.
    Naftiko,
}

impl Dialect {
    /// The dialect a document says it is in; the present one when it names none.
    fn of(root: &Node) -> Self {
        match root.get("naftiko").is_some() && root.get("ikanos").is_none() {
            true => Self::Naftiko,
            false => Self::Ikanos,
        }
    }

    fn standard(self) -> Option<&'static Standard> {
        match self {
            Self::Naftiko => NAFTIKO.as_ref(),
            Self::Ikanos => IKANOS.as_ref(),
        }
    }
}

/// An official schema.
struct Standard {
    schema: Value,
    validator: Validator,
}

static NAFTIKO: LazyLock<Option<Standard>> =
    LazyLock::new(|| standard(include_str!("../../../schemas/naftiko-1.0.0-alpha2.json")));
static IKANOS: LazyLock<Option<Standard>> =
    LazyLock::new(|| standard(include_str!("../../../schemas/ikanos-1.0.0-beta5.json")));

fn standard(text: &str) -> Option<Standard> {
    let schema: Value = serde_json::from_str(text).ok()?;
    let validator = capstan_plan::schema::validator(&schema, None).ok()?;
    Some(Standard { schema, validator })
}

/// Checks a document against the schema of its dialect; the present one when it names none.
pub(crate) fn check(document: &Document, sink: &mut Sink) {
    let violations = violations(&document.root, Dialect::of(&document.root));
    let ours = extensions(&document.root);
    let mut places: HashSet<(Span, String)> = HashSet::new();
    for violation in violations {
        let Some(node) = document.root.at_pointer(&violation.pointer) else { continue };
        let span = violation.fault.span(node);
        let path = path(document, node, &violation);
        let known = said(sink.diagnostics(), node, span, &path);
        if known || !places.insert((span, path.clone())) {
            continue;
        }
        let own = ours.contains(&span) || ours_inside(node, &ours);
        report(&violation, (node, span), own, path, sink);
    }
}

/// Whether the schema of a dialect accepts a text.
pub(crate) fn accepts(text: &str, dialect: Dialect) -> bool {
    let document = document::parse(FileId(0), text, &mut Sink::new());
    let validator = dialect.standard().map(|standard| &standard.validator);
    document.zip(validator).is_some_and(|(document, validator)| validator.is_valid(&document.root.to_json()))
}

/// What the schema of a dialect rejects.
pub(crate) fn violations(root: &Node, dialect: Dialect) -> Vec<Violation> {
    let mut violations = Vec::new();
    if let Some(standard) = dialect.standard() {
        for error in standard.validator.iter_errors(&root.to_json()) {
            violation::flatten(&error, &standard.schema, &mut violations);
        }
    }
    violations
}

/// The same as diagnostics, each with its key path, for a text that nothing else is said about.
pub(crate) fn rejected(sources: &mut SourceSet, name: &str, text: &str, dialect: Dialect) -> Vec<Diagnostic> {
    let file = sources.add(name, text);
    let mut sink = Sink::new();
    let Some(document) = document::parse(file, text, &mut Sink::new()) else { return Vec::new() };
    for violation in violations(&document.root, dialect) {
        let Some(node) = document.root.at_pointer(&violation.pointer) else { continue };
        let path = path(&document, node, &violation);
        report(&violation, (node, violation.fault.span(node)), false, path, &mut sink);
    }
    sink.into_diagnostics()
}

fn report(violation: &Violation, (node, span): (&Node, Span), own: bool, path: String, sink: &mut Sink) {
    let (message, help) = words::phrase(&violation.fault, node);
    let draft = match own {
        true => sink.note(Code::OfficialSchema, span, message),
        false => sink.error(Code::OfficialSchema, span, message),
    };
    let help = if own { "it is Capstan's own: other engines ignore or refuse it".to_owned() } else { help };
    draft.help(help).path(path);
}

/// The key path of what is wrong.
pub(crate) fn path(document: &Document, node: &Node, violation: &Violation) -> String {
    let mut path = document.path_at(node.span);
    if let Some(key) = violation.fault.key() {
        crate::key_path::push_key(&mut path, key);
    }
    path
}

/// Whether something was said of the same place: of the key, of its plain value, or of the key that is missing.
fn said(diagnostics: &[Diagnostic], node: &Node, span: Span, path: &str) -> bool {
    let entry = node.as_map().unwrap_or_default().iter().find(|entry| entry.key.span == span);
    let plain = |node: &Node| node.as_map().is_none() && node.as_seq().is_none();
    diagnostics.iter().filter(|known| known.severity != Severity::Note).any(|known| {
        let Some(at) = known.span() else { return false };
        at == span
            || known.path == path
            || (plain(node) && node.span.contains(at))
            || entry.is_some_and(|entry| plain(&entry.value) && entry.value.span.contains(at))
    })
}

/// Where the keys stand that are ours and not the standard's.
fn extensions(root: &Node) -> HashSet<Span> {
    let mut found = HashSet::new();
    object::each(root, &keys::ROOT, &mut |object| {
        let table = object.fields.table();
        let own = |name: &str| name.starts_with("x-") || table.key(name).is_some_and(|key| key.extension);
        found.extend(object.fields.all().iter().filter(|entry| own(&entry.key.value)).map(|entry| entry.key.span));
    });
    found
}

/// Whether a mapping has a key of ours: what else the standard misses there may be why.
fn ours_inside(node: &Node, ours: &HashSet<Span>) -> bool {
    node.as_map().unwrap_or_default().iter().any(|entry| ours.contains(&entry.key.span))
}

#[cfg(test)]
mod tests;
