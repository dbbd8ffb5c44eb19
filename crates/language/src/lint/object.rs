//! Every mapping of a document that a key table describes, at every depth, outer ones first.

use crate::{
    document::{Entry, Node},
    fields::{Fields, KeyType, Table},
    key_path::KeyPath,
    keys,
};

/// One mapping of a document.
pub(crate) struct Object<'d> {
    pub(crate) fields: Fields<'d>,
    /// The name it is listed under, where a mapping from names holds it.
    pub(crate) name: Option<&'d str>,
}

impl<'d> Object<'d> {
    /// Whether it is one of these.
    pub(crate) fn is(&self, tables: &[&'static Table]) -> bool {
        tables.iter().any(|table| std::ptr::eq(*table, self.fields.table()))
    }

    /// The text of one of its keys.
    pub(crate) fn text(&self, key: &str) -> Option<&'d str> {
        self.fields.node(key)?.scalar_text()
    }

    /// Whether a key has something in it.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.fields.node(key).is_some_and(|node| node.as_str() != Some(""))
    }

    /// What it is called, for messages.
    pub(crate) fn called(&self) -> String {
        let known = |key: &str| self.fields.table().key(key).and_then(|_| self.text(key));
        let name = self.name.or_else(|| known("name")).or_else(|| known("namespace")).or_else(|| known("path"));
        match name {
            Some(name) => {
                format!("{} `{name}`", self.fields.table().name.trim_start_matches("a ").trim_start_matches("an "))
            }
            None => self.fields.table().name.to_owned(),
        }
    }
}

/// Shows every mapping below `node` to `visit`, outer ones first.
pub(crate) fn each<'d>(node: &'d Node, table: &'static Table, visit: &mut dyn FnMut(&Object<'d>)) {
    object(node, table, KeyPath::root(), None, visit);
}

/// The table of an exposure, by its `type`.
fn exposure(node: &Node) -> Option<&'static Table> {
    let word = node.get("type")?.as_str()?.trim().to_ascii_lowercase();
    keys::EXPOSURES.iter().find(|(words, _)| words.contains(&&*word)).map(|(_, kind)| kind.table())
}

fn object<'d>(
    node: &'d Node,
    table: &'static Table,
    path: KeyPath<'d>,
    name: Option<&'d str>,
    visit: &mut dyn FnMut(&Object<'d>),
) {
    let table = if std::ptr::eq(table, &keys::EXPOSES) { exposure(node).unwrap_or(table) } else { table };
    let Some(fields) = Fields::view(node, table, path) else { return };
    let object = Object { fields, name };
    visit(&object);
    for entry in object.fields.all() {
        if let Some(key) = table.key(&entry.key.value) {
            let ty = match key.ty {
                KeyType::When(guard, one, other) => *if guard(node, &entry.value) { one } else { other },
                ty => ty,
            };
            value(&entry.value, ty, object.fields.path().key(&entry.key.value), visit);
        }
    }
}

fn value<'d>(node: &'d Node, ty: KeyType, path: KeyPath<'d>, visit: &mut dyn FnMut(&Object<'d>)) {
    let named = |entry: &'d Entry| (path.key(&entry.key.value), &*entry.key.value, &entry.value);
    match ty {
        KeyType::Object(table) => object(node, table, path, None, visit),
        KeyType::List(item) => {
            for (at, node) in node.as_seq().unwrap_or_default().iter().enumerate() {
                value(node, *item, path.index(at), visit);
            }
        }
        KeyType::Map(item) => {
            for (path, _, node) in node.as_map().unwrap_or_default().iter().map(named) {
                value(node, *item, path, visit);
            }
        }
        KeyType::Named(table) => {
            for (path, name, node) in node.as_map().unwrap_or_default().iter().map(named) {
                object(node, table, path, Some(name), visit);
            }
            for (at, node) in node.as_seq().unwrap_or_default().iter().enumerate() {
                object(node, table, path.index(at), None, visit);
            }
        }
        KeyType::OneOf(types) => types.iter().for_each(|ty| value(node, *ty, path.clone(), visit)),
        _ => {}
    }
}
