//! Prints how the sources of a checkout are cut: cycles between files, rooms, long functions, unused dependencies.
//!
//! `structure [FOLDER]` prints the figures of all crates; `--crate NAME` the arrows inside each cycle of one, and between its
//! rooms; `--file PATH` (from `src`) what one file imports and who imports it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a measurement that cannot go on stops, and prints what it found"
)]

use std::path::PathBuf;

use capstan_tests::structure::{
    arrows::{Arrows, arrows},
    cycles::cycles,
    dependencies::{unused, unused_in_workspace},
    functions::functions,
    packages::{Package, packages},
    rooms::{between, room, rooms},
    tree::Tree,
};

/// Functions longer than this are named.
const LONG: usize = 60;

fn main() {
    let (mut folder, mut only, mut file) = (capstan_tests::root(), None, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match &*argument {
            "--crate" => only = arguments.next(),
            "--file" => file = arguments.next(),
            _ => folder = PathBuf::from(argument),
        }
    }
    let members = packages(&folder);
    let crates = || members.iter().filter(|package| package.place.starts_with("crates/"));
    match &only {
        None => {
            crates().for_each(summary);
            long(crates());
            println!("\nunused dependencies");
            let mut count = 0;
            for package in &members {
                for name in unused(package) {
                    println!("  {}: {name}", package.place);
                    count += 1;
                }
            }
            let workspace = unused_in_workspace(&folder, &members);
            workspace.iter().for_each(|name| println!("  workspace: {name}"));
            println!("  {count} in packages, {} in the workspace", workspace.len());
        }
        Some(name) => {
            let named = |package: &&Package| package.name == *name || package.place == format!("crates/{name}");
            let package = crates().find(named).unwrap_or_else(|| panic!("no crate {name}"));
            match &file {
                None => detail(package),
                Some(file) => one(package, file),
            }
        }
    }
}

fn measured(package: &Package) -> (Tree, Arrows) {
    let tree = Tree::load(&package.roots[0]);
    let arrows = arrows(&tree);
    (tree, arrows)
}

fn summary(package: &Package) {
    let (tree, arrows) = measured(package);
    let knots = cycles(tree.files.len(), &arrows);
    let tied: usize = knots.iter().map(Vec::len).sum();
    let sizes: Vec<_> = knots.iter().map(|files| files.len().to_string()).collect();
    println!("{}: {} files, {tied} in cycles ({})", package.name, tree.files.len(), sizes.join(" + "));
    for (room, files) in rooms(&tree) {
        let inside = knots.iter().flatten().filter(|file| self::room(&tree.files[**file].path) == room).count();
        let tied = if inside == 0 { String::new() } else { format!(", {inside} in cycles") };
        println!("  {room}: {files}{tied}");
    }
}

fn long<'p>(crates: impl Iterator<Item = &'p Package>) {
    println!("\nfunctions over {LONG} lines");
    let (mut all, mut over) = (0, Vec::new());
    for package in crates {
        let functions = functions(&Tree::load(&package.roots[0]));
        all += functions.len();
        let long = functions.into_iter().filter(|function| function.lines > LONG);
        over.extend(long.map(|function| (function.lines, package.place.clone(), function.file, function.name)));
    }
    over.sort_by(|a, b| b.cmp(a));
    for (lines, place, file, name) in &over {
        println!("  {lines} {place}/src/{file} {name}");
    }
    println!("  {} of {all}", over.len());
}

fn detail(package: &Package) {
    summary(package);
    let (tree, arrows) = measured(package);
    let path = |file: usize| &*tree.files[file].path;
    for (number, knot) in cycles(tree.files.len(), &arrows).into_iter().enumerate() {
        println!("\ncycle {} of {} files; arrows inside, `<->` when both ways", number + 1, knot.len());
        for ((from, to), names) in arrows.iter().filter(|((from, to), _)| knot.contains(from) && knot.contains(to)) {
            let mark = if arrows.contains_key(&(*to, *from)) { "<->" } else { "->" };
            println!("  {} {mark} {}: {}", path(*from), path(*to), join(names));
        }
    }
    println!("\narrows between rooms; those both ways with the files");
    let between = between(&tree, &arrows);
    for ((from, to), files) in &between {
        if between.contains_key(&(to.clone(), from.clone())) {
            println!("  {from} <-> {to}");
            files.iter().for_each(|line| println!("      {line}"));
        } else {
            println!("  {from} -> {to} ({})", files.len());
        }
    }
}

fn one(package: &Package, file: &str) {
    let (tree, arrows) = measured(package);
    let number = tree.files.iter().position(|known| known.path == file).unwrap_or_else(|| panic!("no file {file}"));
    println!("{file} imports");
    for ((_, to), names) in arrows.iter().filter(|((from, _), _)| *from == number) {
        println!("  {}: {}", tree.files[*to].path, join(names));
    }
    println!("imported by");
    for ((from, _), names) in arrows.iter().filter(|((_, to), _)| *to == number) {
        println!("  {}: {}", tree.files[*from].path, join(names));
    }
}

fn join(names: &std::collections::BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}
