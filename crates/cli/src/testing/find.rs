//! Which test files there are.

use std::path::{Path, PathBuf};

use capstan_language::{discover, test_file::is_test_file};

/// Folders nested deeper are not looked at.
const DEEPEST: usize = 32;

/// The test files that paths name or hold, in order.
#[allow(clippy::disallowed_methods, reason = "the operator names the folders")]
pub(super) fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let mut found = Vec::new();
            walk(path, DEEPEST, &mut found);
            found.sort();
            files.extend(found);
        } else if !path.exists() {
            return Err(format!("{} does not exist", path.display()));
        } else if is_test_file(path) {
            files.push(path.clone());
        } else {
            return Err(format!(
                "{} is no test file: tests are in files named *.test.yaml; --record writes one for a capability",
                path.display()
            ));
        }
    }
    files.dedup();
    match files.is_empty() {
        true => {
            let places: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
            Err(format!("there is no test file (*.test.yaml) in {}", places.join(", ")))
        }
        false => Ok(files),
    }
}

#[allow(clippy::disallowed_methods, reason = "the operator names the folders")]
fn walk(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    if depth == 0 {
        return;
    }
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            if discover::folder(&path) {
                walk(&path, depth - 1, files);
            }
        } else if is_test_file(&path) {
            files.push(path);
        }
    }
}
