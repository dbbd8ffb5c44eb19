//! Dependencies a package declares and never names.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{TokenStream, TokenTree};

use super::{packages::Package, paths::paths, resolve::in_scope, tree::Tree};

/// The dependencies of a package nobody uses, with what is wrong.
#[must_use]
pub fn unused(package: &Package) -> Vec<String> {
    let code: BTreeSet<String> = package.roots.iter().flat_map(|root| named_in_code(&Tree::load(root))).collect();
    let anywhere = named_anywhere(&package.folder);
    let verdict = |dependency: &super::packages::Dependency| {
        // A library may drop the hyphen of its package instead of writing an underscore: `md-5` is `md5`.
        let names = [dependency.name.replace('-', "_"), dependency.name.replace('-', "")];
        let among = |known: &BTreeSet<String>| names.iter().any(|name| known.contains(name));
        match (dependency.dev, among(&code), among(&anywhere)) {
            (_, _, false) => Some(dependency.name.clone()),
            (false, false, true) => Some(format!("{} (tests only)", dependency.name)),
            _ => None,
        }
    };
    package.dependencies.iter().filter_map(verdict).collect()
}

/// Entries of `[workspace.dependencies]` no member inherits.
#[must_use]
pub fn unused_in_workspace(workspace: &Path, packages: &[Package]) -> Vec<String> {
    let text = fs::read_to_string(workspace.join("Cargo.toml")).expect("the workspace has a manifest");
    let inherited: BTreeSet<String> = packages
        .iter()
        .flat_map(|package| package.dependencies.iter().map(|dependency| dependency.name.clone()))
        .collect();
    let lines = text.lines().skip_while(|line| *line != "[workspace.dependencies]").skip(1);
    let names = lines.take_while(|line| !line.starts_with('[')).filter_map(|line| line.split_once('='));
    names.map(|(name, _)| name.trim().to_owned()).filter(|name| !inherited.contains(name)).collect()
}

/// First segments of paths that mean nothing inside the crate. A single name is no use of a library, unless it is imported.
fn named_in_code(tree: &Tree) -> BTreeSet<String> {
    let long = paths(tree).into_iter().filter(|written| written.segments.len() > 1);
    let written = long.map(|written| (written.module, written.segments));
    let imports = tree.modules.iter().enumerate();
    let imported =
        imports.flat_map(|(module, scope)| scope.imports.iter().map(move |import| (module, import.path.clone())));
    let heads = written.chain(imported).filter_map(|(module, path)| path.into_iter().next().map(|head| (module, head)));
    heads.filter(|(module, head)| !in_scope(tree, *module, head)).map(|(_, head)| head).collect()
}

/// Identifiers before `::` or behind `use` in any source file of a package, its tests included.
fn named_anywhere(folder: &Path) -> BTreeSet<String> {
    let mut files = Vec::new();
    for place in ["src", "tests", "benches", "examples"] {
        rust_files(&folder.join(place), &mut files);
    }
    files.push(folder.join("build.rs"));
    let mut names = BTreeSet::new();
    for tokens in files.iter().filter_map(|file| fs::read_to_string(file).ok()?.parse().ok()) {
        heads(tokens, &mut names);
    }
    names
}

fn heads(tokens: TokenStream, names: &mut BTreeSet<String>) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => heads(group.stream(), names),
            TokenTree::Ident(name) => {
                let colons = matches!(tokens.get(at + 1), Some(TokenTree::Punct(mark)) if mark.as_char() == ':');
                let used = at > 0 && matches!(&tokens[at - 1], TokenTree::Ident(word) if word == "use");
                if colons || used {
                    names.insert(name.to_string());
                }
            }
            _ => {}
        }
    }
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}
