//! The files and modules of one crate, parsed, without its test code.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use syn::{
    Attribute, ImplItem, Item, ItemUse, UseTree,
    visit::{self, Visit},
};

/// One crate: what its root file leads to through `mod`.
pub struct Tree {
    /// The files, the root first.
    pub files: Vec<Source>,
    /// The modules, the root first.
    pub modules: Vec<Module>,
    /// Functions of inherent `impl` blocks: type name, function, file.
    pub associated: Vec<(String, String, usize)>,
}

/// One file.
pub struct Source {
    /// Path from the folder of the root file, with slashes.
    pub path: String,
    /// What is in it.
    pub syntax: syn::File,
    /// The module it is.
    pub module: usize,
}

/// One module: a file, or inline in one.
#[derive(Default)]
pub struct Module {
    /// Where it is written.
    pub file: usize,
    /// The module around it; its own number for the root.
    pub parent: usize,
    /// Modules declared in it.
    pub children: BTreeMap<String, usize>,
    /// Items defined in it; a name may stand for a type and for a value.
    pub items: BTreeMap<String, Vec<Kind>>,
    /// What its `use` declarations bring in, those inside functions too.
    pub imports: Vec<Import>,
}

/// What an item is, as far as paths care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A path can go on behind it.
    Type,
    /// A function, constant or static: a path ends here.
    Value,
    /// `macro_rules!`.
    Macro,
}

/// One name a `use` declaration brings in.
#[derive(Clone, Debug)]
pub struct Import {
    /// The name here; none for a glob.
    pub name: Option<String>,
    /// What it stands for.
    pub path: Vec<String>,
}

impl Tree {
    /// Reads the crate behind a root file.
    #[must_use]
    pub fn load(root: &Path) -> Self {
        let mut tree = Self { files: Vec::new(), modules: vec![Module::default()], associated: Vec::new() };
        let top = root.parent().expect("a root file has a folder").to_owned();
        tree.file(root, &top, &top, 0);
        tree
    }

    /// The module called `name` declared in `module`.
    #[must_use]
    pub fn child(&self, module: usize, name: &str) -> Option<usize> {
        self.modules[module].children.get(name).copied()
    }

    /// Reads a file that is `module`, whose modules lie in `folder`.
    fn file(&mut self, path: &Path, folder: &Path, top: &Path, module: usize) {
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let syntax = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let file = self.files.len();
        let name = path.strip_prefix(top).unwrap_or(path).to_string_lossy().replace('\\', "/");
        self.files.push(Source { path: name, syntax: syntax.clone(), module });
        self.modules[module].file = file;
        self.items(&syntax.items, folder, top, module);
    }

    fn items(&mut self, items: &[Item], folder: &Path, top: &Path, module: usize) {
        for item in items.iter().filter(|item| !is_test(attributes(item))) {
            let mut uses = Uses(Vec::new());
            match item {
                Item::Mod(declared) => {
                    let name = declared.ident.to_string();
                    let child = self.modules.len();
                    let file = self.modules[module].file;
                    self.modules.push(Module { file, parent: module, ..Module::default() });
                    self.modules[module].children.insert(name.clone(), child);
                    let inside = folder.join(&name);
                    match &declared.content {
                        Some((_, items)) => self.items(items, &inside, top, child),
                        None => self.file(&written_in(&declared.attrs, folder, &name), &inside, top, child),
                    }
                    continue;
                }
                Item::Impl(block) if block.trait_.is_none() => self.inherent(block, module),
                _ => {}
            }
            if let Some((name, kind)) = defined(item) {
                self.modules[module].items.entry(name).or_default().push(kind);
            }
            uses.visit_item(item);
            self.modules[module].imports.append(&mut uses.0);
        }
    }

    fn inherent(&mut self, block: &syn::ItemImpl, module: usize) {
        let syn::Type::Path(path) = &*block.self_ty else { return };
        let Some(name) = path.path.segments.last().map(|segment| segment.ident.to_string()) else { return };
        for item in &block.items {
            let function = match item {
                ImplItem::Fn(function) if !is_test(&function.attrs) => function.sig.ident.to_string(),
                ImplItem::Const(constant) => constant.ident.to_string(),
                _ => continue,
            };
            self.associated.push((name.clone(), function, self.modules[module].file));
        }
    }
}

/// The file of `mod name;`.
fn written_in(attributes: &[Attribute], folder: &Path, name: &str) -> PathBuf {
    let named = attributes.iter().find_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(path), .. }) => Some(folder.join(path.value())),
            _ => None,
        },
        _ => None,
    });
    let nested = folder.join(name).join("mod.rs");
    named.unwrap_or_else(|| if nested.is_file() { nested } else { folder.join(format!("{name}.rs")) })
}

/// Whether something is there for tests only.
#[must_use]
pub fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let condition = match &attribute.meta {
            syn::Meta::List(list) if list.path.is_ident("cfg") => list.tokens.to_string(),
            _ => return attribute.path().is_ident("test"),
        };
        let mut words = condition.split(|c: char| !c.is_alphanumeric() && c != '_');
        words.any(|word| word == "test") && !condition.contains("not")
    })
}

/// The attributes of an item.
#[must_use]
pub fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// The name an item defines.
fn defined(item: &Item) -> Option<(String, Kind)> {
    let (name, kind) = match item {
        Item::Const(item) => (&item.ident, Kind::Value),
        Item::Static(item) => (&item.ident, Kind::Value),
        Item::Fn(item) => (&item.sig.ident, Kind::Value),
        Item::Enum(item) => (&item.ident, Kind::Type),
        Item::Struct(item) => (&item.ident, Kind::Type),
        Item::Trait(item) => (&item.ident, Kind::Type),
        Item::Type(item) => (&item.ident, Kind::Type),
        Item::Union(item) => (&item.ident, Kind::Type),
        Item::Macro(item) => (item.ident.as_ref()?, Kind::Macro),
        _ => return None,
    };
    Some((name.to_string(), kind))
}

/// Collects `use` declarations, wherever they are.
struct Uses(Vec<Import>);

impl<'ast> Visit<'ast> for Uses {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        flatten(item, &mut self.0);
    }

    fn visit_item(&mut self, item: &'ast Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }
}

/// The names one `use` declaration brings in.
pub fn flatten(item: &ItemUse, imports: &mut Vec<Import>) {
    if item.leading_colon.is_none() {
        branch(&item.tree, &mut Vec::new(), imports);
    }
}

fn branch(tree: &UseTree, prefix: &mut Vec<String>, imports: &mut Vec<Import>) {
    let with = |prefix: &[String], name: &syn::Ident| {
        // `a::{self}` is `a`.
        let own = (name != "self" || prefix.is_empty()).then(|| name.to_string());
        prefix.iter().cloned().chain(own).collect::<Vec<_>>()
    };
    match tree {
        UseTree::Path(path) => {
            prefix.push(path.ident.to_string());
            branch(&path.tree, prefix, imports);
            prefix.pop();
        }
        UseTree::Name(name) => {
            let path = with(prefix, &name.ident);
            imports.push(Import { name: path.last().cloned(), path });
        }
        UseTree::Rename(name) => {
            imports.push(Import { name: Some(name.rename.to_string()), path: with(prefix, &name.ident) });
        }
        UseTree::Glob(_) => imports.push(Import { name: None, path: prefix.clone() }),
        UseTree::Group(group) => group.items.iter().for_each(|tree| branch(tree, prefix, imports)),
    }
}
