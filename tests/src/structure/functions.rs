//! How long functions are: lines from the signature to the closing brace, tests not counted.

use syn::{
    Block, ImplItemFn, Item, ItemFn, ItemImpl, Signature, TraitItemFn, Visibility,
    spanned::Spanned,
    visit::{self, Visit},
};

use super::tree::{Tree, attributes, is_test};

/// One function.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Function {
    /// Its length.
    pub lines: usize,
    /// Its file, from the source folder.
    pub file: String,
    /// Its name, behind the type whose it is.
    pub name: String,
}

/// Every function of a crate.
#[must_use]
pub fn functions(tree: &Tree) -> Vec<Function> {
    let mut found = Vec::new();
    for file in &tree.files {
        let mut collector = Collector { file: &file.path, owner: None, found: Vec::new() };
        file.syntax.items.iter().for_each(|item| collector.visit_item(item));
        found.append(&mut collector.found);
    }
    found
}

struct Collector<'f> {
    file: &'f str,
    owner: Option<String>,
    found: Vec<Function>,
}

impl Collector<'_> {
    fn add(&mut self, visibility: Option<&Visibility>, signature: &Signature, block: &Block) {
        let start = match visibility {
            None | Some(Visibility::Inherited) => signature.span().start().line,
            Some(visibility) => visibility.span().start().line,
        };
        let name = match &self.owner {
            Some(owner) => format!("{owner}::{}", signature.ident),
            None => signature.ident.to_string(),
        };
        let lines = block.brace_token.span.close().end().line - start + 1;
        self.found.push(Function { lines, file: self.file.to_owned(), name });
    }
}

impl<'ast> Visit<'ast> for Collector<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_impl(&mut self, block: &'ast ItemImpl) {
        let owner = match &*block.self_ty {
            syn::Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
            _ => None,
        };
        let around = std::mem::replace(&mut self.owner, owner);
        visit::visit_item_impl(self, block);
        self.owner = around;
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.add(Some(&function.vis), &function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        if !is_test(&function.attrs) {
            self.add(Some(&function.vis), &function.sig, &function.block);
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        if let Some(block) = &function.default {
            self.add(None, &function.sig, block);
            visit::visit_trait_item_fn(self, function);
        }
    }
}
