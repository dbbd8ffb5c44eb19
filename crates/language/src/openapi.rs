//! Owns what an OpenAPI 3.0, 3.1 or Swagger 2.0 document says about requests: parameters, bodies and their schemas, as plain
//! JSON Schema 2020-12, and what it says of successful answers. It fetches no file, and does not decide which capability uses which operation.

mod annotation;
mod answer;
mod assemble;
mod convert;
mod converter;
mod dialect;
mod flatten;
mod literal;
mod media_type;
mod merge;
mod nullable;
mod operation;
mod path;
mod read_only;
mod refs;
mod typed;

pub(crate) use typed::{TypedOperation, TypedParameter};

use crate::diagnostic::{Code, Sink};
use crate::document::{Document, Entry, Node};
use dialect::{Dialect, dialect};
use refs::Refs;
use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

/// The methods an operation can have, as keys of a path item.
const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];

/// A readable OpenAPI document. Operations are typed when first asked for: documents are large, capabilities use little of them.
#[derive(Debug)]
pub(crate) struct OpenApi {
    root: Node,
    dialect: Dialect,
    slots: Vec<Slot>,
    /// Method and whole path, with the path of a server in front.
    whole: HashMap<String, usize>,
    /// Method and path as the document writes it.
    bare: HashMap<String, usize>,
}

#[derive(Debug)]
struct Slot {
    path: usize,
    method: &'static str,
    typed: OnceLock<Option<TypedOperation>>,
}

impl OpenApi {
    /// Reads a document; what is wrong with the parts that describe requests is reported at its place.
    pub(crate) fn read(document: &Document, sink: &mut Sink) -> Option<Self> {
        let dialect = dialect(&document.root, sink)?;
        let root = document.root.clone();
        let (mut slots, mut whole, mut bare) = (Vec::new(), HashMap::new(), HashMap::new());
        let mut seen = HashSet::new();
        let refs = Refs::new(&root);
        for (at, entry) in paths(&root, sink)?.iter().enumerate() {
            let Some(item) = path_item(entry, refs, sink) else { continue };
            for method in METHODS {
                let Some(node) = item.get(method) else { continue };
                let Some(raw) = operation::read(item, node, refs, sink) else { continue };
                for schema in raw.schemas() {
                    refs.check(schema, &mut seen, sink);
                }
                let slot = slots.len();
                slots.push(Slot { path: at, method, typed: OnceLock::new() });
                for prefix in path::prefixes(&root, item, node) {
                    let full = format!("{prefix}/{}", entry.key.value);
                    whole.entry(path::key(method, &full)).or_insert(slot);
                }
                bare.entry(path::key(method, &entry.key.value)).or_insert(slot);
            }
        }
        Some(Self { root, dialect, slots, whole, bare })
    }

    /// The operation a request belongs to: `url_path` is the path of the request, that of the server included or not.
    /// Placeholders are equal whatever their names.
    pub(crate) fn operation(&self, method: &str, url_path: &str) -> Option<&TypedOperation> {
        let key = path::key(method, url_path);
        let slot = self.slots.get(*self.whole.get(&key).or_else(|| self.bare.get(&key))?)?;
        slot.typed.get_or_init(|| self.typed(slot)).as_ref()
    }

    fn typed(&self, slot: &Slot) -> Option<TypedOperation> {
        // Everything there is to say was said when the document was read.
        let mut silent = Sink::new();
        let refs = Refs::new(&self.root);
        let entry = paths(&self.root, &mut silent)?.get(slot.path)?;
        let item = path_item(entry, refs, &mut silent)?;
        let node = item.get(slot.method)?;
        Some(operation::read(item, node, refs, &mut silent)?.typed(refs, self.dialect))
    }
}

/// The entries of `paths`; a document of webhooks or components alone has none.
fn paths<'a>(root: &'a Node, sink: &mut Sink) -> Option<&'a [Entry]> {
    let Some(node) = root.get("paths").filter(|node| !node.is_null()) else {
        sink.report(Code::BadOpenapi, root.span.slice(0, 0), "this OpenAPI document has no `paths`");
        return Some(&[]);
    };
    let entries = node.as_map();
    if entries.is_none() {
        let message = format!("`paths` must be a mapping, but this is {}", node.kind_name());
        sink.report(Code::BadOpenapi, node.span, message);
    }
    entries
}

/// The path item of an entry of `paths`.
fn path_item<'a>(entry: &'a Entry, refs: Refs<'a>, sink: &mut Sink) -> Option<&'a Node> {
    if entry.key.value.starts_with("x-") || entry.value.is_null() {
        return None;
    }
    refs.mapping(&entry.value, "a path", sink)
}

#[cfg(test)]
mod tests;
