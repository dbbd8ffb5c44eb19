//! Where a document writes what the key tables know: every entry of every object of the language, at every depth. Maps of the
//! author's own names are walked through, not listed.

use capstan_language::{
    document::{Entry, Node},
    fields::{Key, KeyType, Table},
};

/// One object of the language in a document.
#[derive(Clone, Copy)]
pub struct Object<'d> {
    /// What it is.
    pub table: &'static Table,
    /// The mapping.
    pub node: &'d Node,
}

/// One entry of an object.
#[derive(Clone)]
pub struct Place<'d> {
    /// The objects around it, the outermost first; the last one holds the entry.
    pub around: Vec<Object<'d>>,
    /// Its row.
    pub row: &'static Key,
    /// The entry.
    pub entry: &'d Entry,
}

impl<'d> Place<'d> {
    /// The object that holds the entry.
    #[must_use]
    pub fn object(&self) -> Object<'d> {
        *self.around.last().expect("an entry stands in an object")
    }

    /// What it is called in a report.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}: `{}`", self.object().table.name, self.row.name)
    }
}

impl<'d> Object<'d> {
    /// Its entries.
    #[must_use]
    pub fn entries(&self) -> &'d [Entry] {
        self.node.as_map().unwrap_or_default()
    }

    /// Whether it has a key in any spelling.
    #[must_use]
    pub fn has(&self, key: &Key) -> bool {
        self.entries().iter().any(|entry| *entry.key.value == *key.name || key.aliases.contains(&&*entry.key.value))
    }
}

/// Every entry the tables know, in document order.
#[must_use]
pub fn places(root: &Node) -> Vec<Place<'_>> {
    let tables = capstan_language::tables();
    let mut walk = Walk { tables, around: Vec::new(), found: Vec::new() };
    let document = walk.tables[0];
    walk.object(root, document);
    walk.found
}

struct Walk<'d> {
    tables: Vec<&'static Table>,
    around: Vec<Object<'d>>,
    found: Vec<Place<'d>>,
}

impl<'d> Walk<'d> {
    fn object(&mut self, node: &'d Node, table: &'static Table) {
        let table = if table.name == "an exposure" { self.exposure(node) } else { table };
        let Some(entries) = node.as_map() else { return };
        self.around.push(Object { table, node });
        for entry in entries {
            let Some(row) = table.key(&entry.key.value) else { continue };
            self.found.push(Place { around: self.around.clone(), row, entry });
            self.value(node, &entry.value, &row.ty);
        }
        self.around.pop();
    }

    fn value(&mut self, around: &Node, node: &'d Node, ty: &'static KeyType) {
        match ty {
            KeyType::Object(table) => self.object(node, table),
            KeyType::Named(table) => self.each(node).into_iter().for_each(|node| self.object(node, table)),
            KeyType::List(ty) if node.as_seq().is_some() => {
                self.each(node).into_iter().for_each(|node| self.value(around, node, ty));
            }
            KeyType::Map(ty) if node.as_map().is_some() => {
                self.each(node).into_iter().for_each(|node| self.value(around, node, ty));
            }
            KeyType::OneOf(types) => types.iter().for_each(|ty| self.value(around, node, ty)),
            KeyType::When(guard, one, other) => {
                self.value(around, node, if guard(around, node) { one } else { other });
            }
            _ => {}
        }
    }

    /// The items of a list, or the values of a mapping.
    fn each(&self, node: &'d Node) -> Vec<&'d Node> {
        match (node.as_seq(), node.as_map()) {
            (Some(items), _) => items.iter().collect(),
            (_, Some(entries)) => entries.iter().map(|entry| &entry.value).collect(),
            _ => Vec::new(),
        }
    }

    /// The table of an exposure by its `type`.
    fn exposure(&self, node: &Node) -> &'static Table {
        let name = match node.get("type").and_then(Node::as_str) {
            Some("mcp") => "an MCP exposure",
            Some("skill") => "a skill exposure",
            Some("control") => "a control exposure",
            _ => "a REST exposure",
        };
        self.tables.iter().find(|table| table.name == name).expect("each kind of exposure has a table")
    }
}
