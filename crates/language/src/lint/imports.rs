//! Entries that take a part of another document: what they must say, and where they cannot stand.

use std::collections::HashMap;

use crate::{
    diagnostic::{Code, Sink},
    document::{Entry, Node},
    source::Span,
};

const SECTIONS: &[&str] = &["consumes", "exposes", "aggregates", "binds"];

/// Looks at the import entries of a document.
pub(super) fn imports(root: &Node, sink: &mut Sink) {
    standalone(root, sink);
    for owner in [Some(root), root.get("capability")].into_iter().flatten() {
        for section in SECTIONS {
            let entries = owner.get(section).and_then(Node::as_seq).unwrap_or_default();
            incomplete(entries, sink);
            aliases(entries, section, sink);
        }
    }
}

/// A document without `capability` is a library: what it imports reaches nobody who imports it.
fn standalone(root: &Node, sink: &mut Sink) {
    if root.get("capability").is_some_and(|node| node.as_map().is_some()) {
        return;
    }
    // What exposes something itself is served all the same.
    let exposes = root.get("exposes").and_then(Node::as_seq).unwrap_or_default();
    let serves = exposes.iter().any(|expose| expose.get("from").is_none());
    for section in SECTIONS {
        for from in root.get(section).and_then(Node::as_seq).unwrap_or_default().iter().filter_map(|e| e.entry("from"))
        {
            let message = "a document without `capability` cannot import";
            if serves {
                sink.warning(Code::NestedImport, from.key.span, message).help("put its parts under `capability`");
            } else {
                sink.error(Code::NestedImport, from.key.span, message).help("import the file where it is used");
            }
        }
    }
}

/// `from` without `import`, and `import` without `from`.
fn incomplete(entries: &[Node], sink: &mut Sink) {
    for entry in entries {
        let from = entry.entry("from").filter(|from| !from.value.is_null());
        let import = entry.entry("import").filter(|import| !import.value.is_null());
        let elsewhere = ["location", "ref", "url", "type", "baseUri"].iter().any(|key| entry.get(key).is_some());
        let mut needs = |present: &Entry, key: &str, help: &str| {
            sink.error(Code::MissingKey, present.key.span, format!("an import needs the key `{key}`")).help(help);
        };
        match (from, import) {
            (Some(from), None) => needs(from, "import", "`import`: the namespace to take from the file"),
            (None, Some(import)) if !elsewhere => {
                needs(import, "from", "`from`: the file that declares it, such as ./shared.yaml")
            }
            _ => {}
        }
    }
}

/// Two imports of a section that get one name.
fn aliases(entries: &[Node], section: &str, sink: &mut Sink) {
    let mut known: HashMap<&str, Span> = HashMap::new();
    for entry in entries.iter().filter(|entry| entry.get("from").or_else(|| entry.get("location")).is_some()) {
        let Some(name) = entry.get("as").or_else(|| entry.get("import")) else { continue };
        let Some(text) = name.as_str() else { continue };
        match known.get(text) {
            None => drop(known.insert(text, name.span)),
            Some(first) => drop(
                sink.error(
                    Code::DuplicateName,
                    name.span,
                    format!("another import of `{section}` is called `{text}` too"),
                )
                .label(*first, "the first one")
                .help("give this one another name with `as`"),
            ),
        }
    }
}
