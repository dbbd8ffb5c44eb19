//! Owns one readable document: what it says as a whole, and its operations, typed when first asked for (documents are large,
//! capabilities use little of them), with the ways in which they are found.

use super::dialect::{Dialect, dialect};
use super::operation::{self, METHODS};
use super::parts::Parts;
use super::path::{canonical, key, prefixes, without_tail};
use super::refs::{MAX_COMPARED, Refs, Seen};
use super::servers::{self, prefixed};
use super::text::text;
use super::typed::{Info, SecurityScheme, Server, TypedOperation};
use super::{security, typed::Requirement};
use crate::diagnostic::{Code, Sink};
use crate::document::{Entry, Node};
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::OnceLock;

/// A readable OpenAPI document.
#[derive(Debug)]
pub(crate) struct OpenApi {
    parts: Parts,
    dialect: Dialect,
    info: Info,
    servers: Vec<Server>,
    schemes: Vec<SecurityScheme>,
    tags: Vec<(String, Option<String>)>,
    security: Vec<Requirement>,
    slots: Vec<Slot>,
    /// Method and whole path, with the path of a server in front.
    whole: HashMap<String, usize>,
    /// Method and path as the document writes it.
    bare: HashMap<String, usize>,
    /// Method and path without what some documents tell operations apart by: a query or a fragment.
    plain: HashMap<String, Vec<usize>>,
}

#[derive(Debug)]
struct Slot {
    entry: usize,
    path: Box<str>,
    /// As the document writes it.
    method: Box<str>,
    typed: OnceLock<Option<TypedOperation>>,
}

/// An operation where it stands.
pub(crate) struct Listed<'a> {
    /// Its method, in upper case.
    pub(crate) method: String,
    /// Its path as the document writes it.
    pub(crate) path: &'a str,
    /// The operation.
    pub(crate) operation: &'a TypedOperation,
}

/// How an operation was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// By its whole path.
    Whole,
    /// By the path of the resource alone: the document has other servers.
    Alone,
}

impl OpenApi {
    /// Reads a document; what is wrong with the parts that are used is reported at its place.
    pub(super) fn read(parts: Parts, sink: &mut Sink) -> Option<Self> {
        let left = Cell::new(MAX_COMPARED);
        let refs = Refs::comparing(&parts, &left);
        let root = parts.main()?;
        let dialect = dialect(root, sink)?;
        let (mut slots, mut whole, mut bare) = (Vec::new(), HashMap::new(), HashMap::new());
        let mut plain: HashMap<String, Vec<usize>> = HashMap::new();
        let mut seen = Seen::default();
        for (at, entry) in paths(root, sink)?.iter().enumerate() {
            let Some(item) = path_item(entry, refs, sink) else { continue };
            for (method, node) in operations(item) {
                let Some(raw) = operation::read(item, node, refs, sink) else { continue };
                for schema in raw.schemas() {
                    refs.check(schema, &mut seen, sink);
                }
                let (slot, path) = (slots.len(), &*entry.key.value);
                slots.push(Slot { entry: at, path: path.into(), method: method.into(), typed: OnceLock::new() });
                for prefix in prefixes(root, item, node) {
                    whole.entry(key(method, &format!("{prefix}/{path}"))).or_insert(slot);
                }
                bare.entry(key(method, path)).or_insert(slot);
                plain.entry(key(method, without_tail(path))).or_default().push(slot);
            }
        }
        let (info, servers, tags) = (info(root), servers::servers(root), tags(root));
        let (schemes, security) =
            (security::schemes(root, refs, sink), security::requirements(root).unwrap_or_default());
        Some(Self { dialect, info, servers, schemes, tags, security, slots, whole, bare, plain, parts })
    }

    /// What the document says of itself.
    pub(crate) fn info(&self) -> &Info {
        &self.info
    }

    /// Its servers.
    pub(crate) fn servers(&self) -> &[Server] {
        &self.servers
    }

    /// Ways to prove who calls.
    pub(crate) fn schemes(&self) -> &[SecurityScheme] {
        &self.schemes
    }

    /// What operations are filed under, with what it means.
    pub(crate) fn tags(&self) -> &[(String, Option<String>)] {
        &self.tags
    }

    /// Every operation, in document order.
    pub(crate) fn operations(&self) -> impl Iterator<Item = Listed<'_>> {
        self.slots.iter().filter_map(|slot| {
            let operation = self.typed(slot)?;
            Some(Listed { method: slot.method.to_ascii_uppercase(), path: &slot.path, operation })
        })
    }

    /// The operation a request belongs to. `base` is the path of the server and `path` that of the resource, with the query and the
    /// fragment as they are written; placeholders are equal whatever their names. Of several that only a query or a fragment tells
    /// apart, the one called `name` is meant, or none.
    pub(crate) fn operation(
        &self,
        method: &str,
        (base, path): (&str, &str),
        name: Option<&str>,
    ) -> Option<(&TypedOperation, Found)> {
        let exact = |path: &str| {
            let key = key(method, path);
            self.whole.get(&key).or_else(|| self.bare.get(&key)).copied()
        };
        let whole = format!("{}/{path}", base.trim_end_matches('/'));
        let found = exact(&whole).or_else(|| exact(without_tail(&whole))).or_else(|| self.only(method, &whole, name));
        let (slot, found) = match found {
            Some(slot) => (slot, Found::Whole),
            None => {
                let alone = exact(path).or_else(|| exact(without_tail(path))).or_else(|| self.only(method, path, name));
                (alone?, Found::Alone)
            }
        };
        Some((self.typed(self.slots.get(slot)?)?, found))
    }

    /// The one operation at a path, whatever tells it apart from others.
    fn only(&self, method: &str, path: &str, name: Option<&str>) -> Option<usize> {
        let path = canonical(without_tail(path));
        let candidates = self.plain.get(&key(method, &path)).or_else(|| {
            let prefixes = self.servers.iter().map(|server| prefixed(&server.url));
            let mut inner = prefixes.filter_map(|prefix| path.strip_prefix(prefix.trim_end_matches('/')));
            inner.find_map(|rest| self.plain.get(&key(method, rest)))
        })?;
        let called = |slot: &&usize| {
            let operation = self.slots.get(**slot).and_then(|slot| self.typed(slot));
            let id = operation.and_then(|operation| operation.operation_id.as_deref());
            name.zip(id).is_some_and(|(name, id)| super::annotation::repeats(name, id))
        };
        match candidates.as_slice() {
            [only] => Some(*only),
            several => several.iter().find(called).copied(),
        }
    }

    /// The paths of its servers, for people.
    pub(crate) fn server_paths(&self) -> Vec<String> {
        let mut paths: Vec<String> = Vec::new();
        for server in &self.servers {
            let path = prefixed(&server.url);
            let path = if path.is_empty() { "/".to_owned() } else { path };
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        paths
    }

    fn typed<'a>(&'a self, slot: &'a Slot) -> Option<&'a TypedOperation> {
        slot.typed.get_or_init(|| self.convert(slot)).as_ref()
    }

    fn convert(&self, slot: &Slot) -> Option<TypedOperation> {
        // Everything there is to say was said when the document was read.
        let mut silent = Sink::new();
        let refs = Refs::new(&self.parts);
        let entry = paths(self.parts.main()?, &mut silent)?.get(slot.entry)?;
        let item = path_item(entry, refs, &mut silent)?;
        let (_, node) = operations(item).into_iter().find(|(method, _)| *method == &*slot.method)?;
        let mut typed = operation::read(item, node, refs, &mut silent)?.typed(item, refs, self.dialect);
        if security::requirements(node).is_none() {
            typed.security = self.security.clone();
        }
        Some(typed)
    }
}

/// The operations of a path item with their methods.
fn operations(item: &Node) -> Vec<(&str, &Node)> {
    let usual = METHODS.iter().filter_map(|method| Some((*method, item.get(method)?)));
    let more = item.get("additionalOperations").and_then(Node::as_map).unwrap_or_default();
    usual.chain(more.iter().map(|entry| (&*entry.key.value, &entry.value))).collect()
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

fn info(root: &Node) -> Info {
    let Some(info) = root.get("info") else { return Info::default() };
    Info { title: text(info, "title"), version: text(info, "version"), description: text(info, "description") }
}

fn tags(root: &Node) -> Vec<(String, Option<String>)> {
    let tags = root.get("tags").and_then(Node::as_seq).unwrap_or_default();
    tags.iter().filter_map(|tag| Some((text(tag, "name")?, text(tag, "description")))).collect()
}
