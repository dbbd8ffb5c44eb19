//! Every path a crate writes, outside of its tests, and the module it is written in.

use proc_macro2::{Spacing, TokenStream, TokenTree};
use syn::{
    Attribute, ImplItemFn, Item, ItemMod, ItemUse, Macro, Meta, Path, TraitItemFn,
    visit::{self, Visit},
};

use super::tree::{Tree, attributes, flatten, is_test};

/// A path as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The module whose names it uses.
    pub module: usize,
    /// Its segments.
    pub segments: Vec<String>,
    /// Whether `!` follows.
    pub is_macro: bool,
}

/// All paths of a crate.
#[must_use]
pub fn paths(tree: &Tree) -> Vec<Written> {
    let mut found = Vec::new();
    for file in &tree.files {
        let mut collector = Collector { tree, module: file.module, found: Vec::new() };
        file.syntax.items.iter().for_each(|item| collector.visit_item(item));
        found.append(&mut collector.found);
    }
    found
}

struct Collector<'t> {
    tree: &'t Tree,
    module: usize,
    found: Vec<Written>,
}

impl Collector<'_> {
    fn add(&mut self, segments: Vec<String>, is_macro: bool) {
        if !segments.is_empty() {
            self.found.push(Written { module: self.module, segments, is_macro });
        }
    }

    /// Paths in what a macro or an attribute is given, which only look like paths.
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let mut at = 0;
        let mut after_dot = false;
        while let Some(token) = tokens.get(at) {
            match token {
                TokenTree::Group(group) => {
                    self.tokens(group.stream());
                    after_dot = false;
                }
                TokenTree::Ident(first) => {
                    let mut segments = vec![first.to_string()];
                    while let Some(next) = segment_after(&tokens, at) {
                        segments.push(next);
                        at += 3;
                    }
                    let is_macro = matches!(tokens.get(at + 1), Some(TokenTree::Punct(mark)) if mark.as_char() == '!');
                    if !after_dot {
                        self.add(segments, is_macro);
                    }
                    after_dot = false;
                }
                TokenTree::Punct(mark) => after_dot = mark.as_char() == '.' && mark.spacing() == Spacing::Alone,
                TokenTree::Literal(_) => after_dot = false,
            }
            at += 1;
        }
    }
}

/// The identifier behind `::` behind the token at `at`.
fn segment_after(tokens: &[TokenTree], at: usize) -> Option<String> {
    let colon = |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(mark)) if mark.as_char() == ':');
    match tokens.get(at + 3) {
        Some(TokenTree::Ident(name)) if colon(at + 1) && colon(at + 2) => Some(name.to_string()),
        _ => None,
    }
}

impl<'ast> Visit<'ast> for Collector<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        if !is_test(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        if !is_test(&function.attrs) {
            visit::visit_trait_item_fn(self, function);
        }
    }

    fn visit_item_mod(&mut self, declared: &'ast ItemMod) {
        let Some((_, items)) = &declared.content else { return };
        let Some(child) = self.tree.child(self.module, &declared.ident.to_string()) else { return };
        let around = std::mem::replace(&mut self.module, child);
        items.iter().for_each(|item| self.visit_item(item));
        self.module = around;
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let mut imports = Vec::new();
        flatten(item, &mut imports);
        imports.into_iter().for_each(|import| self.add(import.path, false));
    }

    fn visit_item_extern_crate(&mut self, item: &'ast syn::ItemExternCrate) {
        self.add(vec![item.ident.to_string()], false);
    }

    fn visit_path(&mut self, path: &'ast Path) {
        let segments = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.add(segments, false);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, invoked: &'ast Macro) {
        let segments = invoked.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.add(segments, true);
        self.tokens(invoked.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
        }
        if attribute.path().segments.len() > 1 {
            self.visit_path(attribute.path());
        }
    }
}
