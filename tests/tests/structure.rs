//! How the crates are cut inside: no file imports one that imports it, rooms import downwards, functions stay short, what is
//! declared is used. What counts as an import is said in `capstan_tests::structure`; `cargo run -p capstan-tests --bin structure`
//! prints the same for people.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use std::collections::BTreeSet;

use capstan_tests::structure::{
    arrows::{Arrows, arrows},
    cycles::cycles,
    dependencies::{unused, unused_in_workspace},
    functions::functions,
    packages::{Package, packages},
    rooms::{against, room},
    tree::Tree,
};

/// What holds inside one crate.
struct Rules {
    /// The crate's folder.
    place: &'static str,
    /// Its rooms: a file imports its own room and those before it. The root file may import anything.
    rooms: &'static [&'static str],
}

const RULES: &[Rules] = &[
    Rules {
        place: "crates/plan",
        rooms: &[
            "id",
            "origin",
            "reference",
            "variable",
            "header",
            "duration",
            "budget",
            "suggest",
            "step",
            "selector",
            "template",
            "pattern",
            "schema",
            "serialization",
            "file",
            "prompt",
            "binding",
            "credential",
            "mock",
            "shape",
            "authenticate",
            "client",
            "call",
            "job",
            "expose",
            "flow",
            "reads",
            "resume",
            "plan",
        ],
    },
    Rules {
        place: "crates/language",
        rooms: &[
            "source",
            "diagnostic",
            "header",
            "key_path",
            "document",
            "fields",
            "keys",
            "notes",
            "check",
            "template",
            "model",
            "read",
            "openapi",
            "link",
            "lint",
            "standard",
            "auto",
            "render",
            "test_file",
            "format",
            "schema",
            "reference",
            "discover",
            "compile",
            "repair",
            "migrate",
            "bundle",
            "import",
        ],
    },
    Rules {
        place: "crates/engine",
        rooms: &[
            "base",
            "files",
            "template",
            "contract",
            "wire",
            "target",
            "credential",
            "request",
            "response",
            "exchange",
            "job",
            "flow",
            "engine",
            "fuzzing",
        ],
    },
    Rules {
        place: "crates/server",
        rooms: &[
            "settings",
            "finding",
            "metrics",
            "bundle",
            "http",
            "auth",
            "shared",
            "capability",
            "routing",
            "openapi",
            "adapter",
            "publication",
            "control",
            "listen",
            "reload",
            "inprocess",
            "serve",
        ],
    },
    Rules {
        place: "crates/cli",
        rooms: &[
            "args",
            "exit",
            "print",
            "read_file",
            "sandbox_files",
            "totals",
            "rewrite",
            "log",
            "announce",
            "check",
            "fmt",
            "migrate",
            "compare",
            "schema",
            "manual",
            "import",
            "new",
            "render",
            "explain",
            "export",
            "call",
            "testing",
            "serve",
        ],
    },
];

/// The most lines of a function, from its signature to its closing brace.
const LONG: usize = 60;

fn members() -> Vec<Package> {
    packages(&capstan_tests::root())
}

/// The crates of the product, with their rules.
fn crates() -> Vec<(&'static Rules, Tree, Arrows)> {
    let members = members();
    let measured = |rules: &'static Rules| {
        let package = members.iter().find(|package| package.place == rules.place).expect("the crate exists");
        let tree = Tree::load(&package.roots[0]);
        let arrows = arrows(&tree);
        (rules, tree, arrows)
    };
    RULES.iter().map(measured).collect()
}

/// Fails with everything that is wrong.
fn none(wrong: &[String], what: &str) {
    assert!(wrong.is_empty(), "{what}:\n{}", wrong.join("\n"));
}

#[test]
fn every_crate_has_rules() {
    let known: BTreeSet<_> = RULES.iter().map(|rules| rules.place.to_owned()).collect();
    let there: BTreeSet<_> =
        members().into_iter().map(|package| package.place).filter(|place| place.starts_with("crates/")).collect();
    assert_eq!(known, there);
}

#[test]
fn no_file_imports_one_that_imports_it() {
    let mut wrong = Vec::new();
    for (rules, tree, arrows) in crates() {
        let knots = cycles(tree.files.len(), &arrows);
        if !knots.is_empty() {
            wrong.push(format!("{}:", rules.place));
            for ((from, to), names) in &arrows {
                if knots.iter().any(|knot| knot.contains(from) && knot.contains(to)) {
                    wrong.push(format!("  {} -> {}: {names:?}", tree.files[*from].path, tree.files[*to].path));
                }
            }
        }
    }
    none(&wrong, "cycles between files");
}

#[test]
fn rooms_import_downwards() {
    let mut wrong = Vec::new();
    for (rules, tree, arrows) in crates().iter().filter(|(rules, ..)| !rules.rooms.is_empty()) {
        wrong.extend(against(rules.rooms, tree, arrows).iter().map(|line| format!("{}: {line}", rules.place)));
    }
    none(&wrong, "these contradict the order of rooms in this test");
}

#[test]
fn the_linker_reads_no_yaml() {
    let (_, tree, arrows) = crates().into_iter().find(|(rules, ..)| rules.place == "crates/language").unwrap();
    let path = |file: &usize| tree.files[*file].path.as_str();
    let wrong: Vec<_> = arrows
        .iter()
        .filter(|((from, _), _)| room(path(from)) == "link")
        .filter(|((_, to), _)| ["document", "fields", "keys", "read"].contains(&room(path(to))))
        .map(|((from, to), names)| format!("{} -> {}: {names:?}", path(from), path(to)))
        .collect();
    none(&wrong, "the linker sees what was read, never YAML");
}

#[test]
fn functions_are_short() {
    let mut long = Vec::new();
    for (rules, tree, _) in crates() {
        let functions = functions(&tree).into_iter().filter(|function| function.lines > LONG);
        long.extend(
            functions
                .map(|function| format!("{} {}/src/{} {}", function.lines, rules.place, function.file, function.name)),
        );
    }
    none(&long, &format!("functions over {LONG} lines"));
}

#[test]
fn what_is_declared_is_used() {
    let members = members();
    let named = |package: &Package| {
        unused(package).into_iter().map(|name| format!("{}: {name}", package.place)).collect::<Vec<_>>()
    };
    let mut wrong: Vec<_> = members.iter().flat_map(named).collect();
    wrong.extend(
        unused_in_workspace(&capstan_tests::root(), &members).into_iter().map(|name| format!("workspace: {name}")),
    );
    none(&wrong, "unused dependencies");
}
