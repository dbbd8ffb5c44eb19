//! What keeps the repository in order and no compiler checks: sizes, module heads, dependency arrows, nothing left for later, nothing
//! that only one machine has.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use capstan_tests::structure::lines::code_lines;

/// The most lines of code of a file, tests not counted.
const LIMIT: usize = 400;

/// Flat tables, which may be longer.
const TABLES: &[&str] = &["crates/language/src/keys.rs", "crates/language/src/diagnostic/code/table.rs"];

/// Folders nobody wrote, or that hold other people's files.
const SKIPPED: &[&str] = &["target", "node_modules", ".git", ".venv", "mcp-venv", "__pycache__"];

/// Which of our crates a crate may use.
const ARROWS: &[(&str, &[&str])] = &[
    ("capstan-plan", &[]),
    ("capstan-language", &["capstan-plan"]),
    ("capstan-engine", &["capstan-plan"]),
    ("capstan-server", &["capstan-plan", "capstan-language", "capstan-engine"]),
    ("capstan", &["capstan-plan", "capstan-language", "capstan-engine", "capstan-server"]),
];

/// Libraries that belong to some crates alone, because what they do does.
const RESERVED: &[(&str, &[&str])] = &[
    ("axum", &["capstan-server"]),
    ("rmcp", &["capstan-server"]),
    ("notify", &["capstan-server"]),
    // The engine only counts how deep a YAML answer nests, before its quadratic parser sees it.
    ("granit-parser", &["capstan-language", "capstan-engine"]),
    ("annotate-snippets", &["capstan-language"]),
    ("reqwest", &["capstan-engine"]),
    ("tokio", &["capstan-engine", "capstan-server", "capstan"]),
    ("clap", &["capstan"]),
    ("rquickjs", &["capstan-engine"]),
];

fn root() -> PathBuf {
    capstan_tests::root()
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !SKIPPED.contains(&&*name) {
            walk(&path, found);
        } else if path.is_file() {
            found.push(path);
        }
    }
}

/// All files with one of these extensions: path from the root, and text.
fn files(extensions: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    walk(&root(), &mut found);
    let wanted = |path: &PathBuf| {
        let extension = path.extension().map(|extension| extension.to_string_lossy().into_owned()).unwrap_or_default();
        extensions.contains(&&*extension)
    };
    let read = |path: PathBuf| {
        let name = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
        fs::read_to_string(&path).ok().map(|text| (name, text))
    };
    found.into_iter().filter(wanted).filter_map(read).collect()
}

/// Fails with everything that is wrong.
fn none(wrong: &[String], what: &str) {
    assert!(wrong.is_empty(), "{what}:\n{}", wrong.join("\n"));
}

/// Whether a file is all tests.
fn is_tests(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/")
}

#[test]
fn files_are_of_a_bearable_length() {
    let mut wrong = Vec::new();
    for (path, text) in files(&["rs"]) {
        let lines = code_lines(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
        if lines > LIMIT && !is_tests(&path) && !TABLES.contains(&&*path) {
            wrong.push(format!("{path}: {lines} lines of code"));
        }
    }
    none(&wrong, &format!("split these, or name them as flat tables (more than {LIMIT} lines)"));
}

#[test]
fn tables_exist() {
    let wrong: Vec<_> = TABLES.iter().filter(|path| !root().join(path).is_file()).map(ToString::to_string).collect();
    none(&wrong, "no such flat table");
}

#[test]
fn every_module_says_what_it_owns() {
    let rust = files(&["rs"]);
    let headless = |(path, text): &(String, String)| {
        // Unit tests own nothing; what they test says what it is.
        (!text.starts_with("//! ") && !path.ends_with("/tests.rs")).then(|| path.clone())
    };
    let wrong: Vec<_> = rust.iter().filter_map(headless).collect();
    none(&wrong, "modules that do not begin with `//!`");
}

#[test]
fn nothing_is_left_for_later() {
    let marks = ["todo", "unimplemented"].map(|name| format!("{name}!("));
    let words = [["TO", "DO"], ["FIX", "ME"], ["X", "XX"]].map(|parts| parts.concat());
    let mut wrong = Vec::new();
    for (path, text) in files(&["rs", "toml", "py", "mjs", "sh"]) {
        for (number, line) in text.lines().enumerate() {
            let word = |word: &String| line.split(|c: char| !c.is_alphanumeric()).any(|known| known == word);
            if marks.iter().any(|mark| line.contains(&**mark)) || words.iter().any(word) {
                wrong.push(format!("{path}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    none(&wrong, "left for later");
}

#[test]
fn failures_that_are_accepted_have_reasons() {
    let baselines = files(&["yml"]).into_iter().filter(|(path, _)| path.starts_with("tests/conformance/baseline-"));
    let mut seen = 0;
    let mut wrong = Vec::new();
    for (path, text) in baselines {
        for entry in text.lines().filter(|line| line.starts_with("  - ")) {
            seen += 1;
            if entry.split_once(" # ").is_none_or(|(_, reason)| reason.trim().len() < 20) {
                wrong.push(format!("{path}: {entry}"));
            }
        }
    }
    assert!(seen > 0, "no baseline was found");
    none(&wrong, "say behind ` # ` why these may fail");
}

#[test]
fn nothing_only_one_machine_has() {
    let places = [["/wo", "rk/"], ["/ro", "ot/."], ["/ho", "me/"], ["/Us", "ers/"], ["../sha", "red"]]
        .map(|parts| parts.concat());
    let mut wrong = Vec::new();
    for (path, text) in files(&["rs", "toml", "md", "yaml", "yml", "json", "py", "mjs", "sh", "txt"]) {
        for (number, line) in text.lines().enumerate() {
            // `crates/x` and `a/home/b` are no absolute paths.
            let absolute = |place: &String| {
                line.match_indices(&**place)
                    .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || "}_-.".contains(c)))
            };
            if places.iter().any(absolute) {
                wrong.push(format!("{path}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    none(&wrong, "paths outside the repository");
}

/// Name and dependencies of a crate; of all kinds when `all`.
fn manifest(text: &str, all: bool) -> (String, BTreeSet<String>) {
    let (mut section, mut name, mut dependencies) = ("", String::new(), BTreeSet::new());
    for line in text.lines().map(str::trim) {
        if let Some(head) = line.strip_prefix('[') {
            section = head.trim_end_matches(']');
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let key = key.trim().split('.').next().unwrap_or_default();
        match section {
            "package" if key == "name" => name = value.trim().trim_matches('"').to_owned(),
            "dependencies" => drop(dependencies.insert(key.to_owned())),
            "dev-dependencies" | "build-dependencies" if all => drop(dependencies.insert(key.to_owned())),
            _ => {}
        }
    }
    (name, dependencies)
}

/// The crates that compute: what they need of the machine, they are given. clippy.toml bans the same in every crate's other rooms.
#[test]
fn pure_crates_reach_for_nothing() {
    let forbidden = ["fs", "net", "env", "process", "thread"].map(|name| format!("std::{name}"));
    let mut wrong = Vec::new();
    for (path, text) in files(&["rs"]) {
        let pure = ["crates/plan/src/", "crates/language/src/"].iter().any(|place| path.starts_with(place));
        if !pure || is_tests(&path) {
            continue;
        }
        let tests = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
        let grouped = ["fs", "net", "env", "process", "thread"];
        for (number, line) in text[..tests].lines().enumerate().filter(|(_, line)| !line.trim().starts_with("//")) {
            let in_group = line.trim_start().strip_prefix("use std::{").is_some_and(|group| {
                group.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| grouped.contains(&word))
            });
            if in_group || forbidden.iter().any(|name| line.contains(&**name)) || line.contains("async fn") {
                wrong.push(format!("{path}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    none(&wrong, "no IO and nothing async in these crates");
}

/// A plan is never written down, so nothing in it can be (serde), and no secret is in it (invariant 2): those are the engine's.
#[test]
fn a_plan_cannot_be_written_down() {
    let manifest_text = fs::read_to_string(root().join("crates/plan/Cargo.toml")).unwrap();
    let (_, uses) = manifest(&manifest_text, false);
    assert!(!uses.contains("serde") && !uses.contains("zeroize"), "{uses:?}");
}

#[test]
fn arrows_point_down() {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for (path, text) in
        files(&["toml"]).into_iter().filter(|(path, _)| path.starts_with("crates/") && path.ends_with("Cargo.toml"))
    {
        let (name, uses) = manifest(&text, true);
        let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| *known == name) else {
            wrong.push(format!("{path}: {name} has no place in the picture"));
            continue;
        };
        let ours = uses.iter().filter(|used| used.starts_with("capstan"));
        wrong.extend(ours.filter(|used| !allowed.contains(&&***used)).map(|used| format!("{name} uses {used}")));
        let (_, uses) = manifest(&text, false);
        for (library, owners) in RESERVED {
            if uses.contains(*library) && !owners.contains(&&*name) {
                wrong.push(format!("{name} uses {library}, which is for {owners:?}"));
            }
        }
        seen.insert(name);
    }
    wrong.extend(ARROWS.iter().filter(|(name, _)| !seen.contains(*name)).map(|(name, _)| format!("no crate {name}")));
    none(&wrong, "the picture in ARCHITECTURE.md says otherwise");
}
