//! Runs every Markdown file under `tests/specs` as a test of its own. `BLESS=1` rewrites the blocks that differ. Specs named in
//! `known-failures.txt` must fail: one that passes has to leave the list.

use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Trial};

fn main() {
    let arguments = Arguments::from_args();
    let root = capstan_tests::root().join("tests/specs");
    let mut files = Vec::new();
    find(&root, &mut files);
    files.sort();
    let list = std::fs::read_to_string(root.join("known-failures.txt")).unwrap_or_default();
    let known: Vec<&str> = list.lines().filter_map(|line| line.split('#').next().map(str::trim)).collect();
    let trial = |path: PathBuf| {
        let name = path.strip_prefix(&root).unwrap_or(&path).with_extension("").display().to_string();
        let listed = known.contains(&&*name);
        let run = move || match (capstan_tests::spec::run(&path), listed) {
            (Ok(()), false) | (Err(_), true) => Ok(()),
            (Ok(()), true) => Err("it passes: take it out of known-failures.txt".into()),
            (Err(why), false) => Err(why.into()),
        };
        Trial::test(name, run).with_kind(if listed { "known to fail" } else { "" })
    };
    libtest_mimic::run(&arguments, files.into_iter().map(trial).collect()).exit();
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            find(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            files.push(path);
        }
    }
}
