//! Owns what an OpenAPI 3.0, 3.1 or Swagger 2.0 document says about requests: parameters, bodies and their schemas, as plain
//! JSON Schema 2020-12. It reads no responses, fetches no file, and does not decide which capability uses which operation.

mod convert;
mod flatten;
mod keywords;
mod literal;
mod merge;
mod nullable;
mod operation;
mod path;
mod read_only;
mod refs;

use crate::diagnostic::{Code, Sink};
use crate::document::{Document, Entry, Node};
use crate::source::Span;
use refs::Refs;
use serde_json::Value;
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

/// Which rules a document follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    /// Swagger 2.0.
    V2,
    /// OpenAPI 3.0.
    V30,
    /// OpenAPI 3.1 and later.
    V31,
}

#[derive(Debug)]
struct Slot {
    path: usize,
    method: &'static str,
    typed: OnceLock<Option<TypedOperation>>,
}

/// One operation, with schemas that need nothing outside themselves.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TypedOperation {
    /// Its `operationId`.
    pub(crate) operation_id: Option<String>,
    /// One line for people.
    pub(crate) summary: Option<String>,
    /// What it does.
    pub(crate) description: Option<String>,
    /// Parameters of the operation and its path, in document order.
    pub(crate) parameters: Vec<TypedParameter>,
    /// The request body.
    pub(crate) body: Option<TypedBody>,
    /// Where the operation stands in its document.
    pub(crate) span: Span,
}

/// One parameter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TypedParameter {
    /// Its name on the wire.
    pub(crate) name: String,
    /// `path`, `query`, `header` or `cookie`.
    pub(crate) place: &'static str,
    /// Whether it must be given.
    pub(crate) required: bool,
    /// What it is.
    pub(crate) description: Option<String>,
    /// Its schema.
    pub(crate) schema: Value,
}

/// A request body.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TypedBody {
    /// Whether it must be given.
    pub(crate) required: bool,
    /// Its schema; an object schema has no composition at its root.
    pub(crate) schema: Value,
    /// Its media type; JSON where the document offers it.
    pub(crate) media_type: String,
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

/// The dialect a document claims.
fn dialect(root: &Node, sink: &mut Sink) -> Option<Dialect> {
    let claim = root.get("openapi").or_else(|| root.get("swagger"));
    let Some(claim) = claim else {
        let start = root.span.slice(0, 0);
        sink.report(Code::BadOpenapi, start, "this is not an OpenAPI document")
            .help("it begins with `openapi: 3.1.0`, `openapi: 3.0.3` or `swagger: \"2.0\"`");
        return None;
    };
    let version = claim.scalar_text().unwrap_or_default();
    match version.split('.').collect::<Vec<_>>().as_slice() {
        ["2", ..] => Some(Dialect::V2),
        ["3"] | ["3", "0", ..] => Some(Dialect::V30),
        ["3", ..] => Some(Dialect::V31),
        _ => {
            sink.report(Code::BadOpenapi, claim.span, format!("OpenAPI version `{version}` cannot be read"))
                .help("use 3.1, 3.0 or Swagger 2.0");
            None
        }
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
