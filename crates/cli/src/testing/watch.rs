//! Runs tests again whenever something is saved that they may depend on: any file below the folders of the tests and capabilities.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use capstan_language::discover;

use crate::{args::testing::Test, exit::Exit, print::say};

/// How often files are looked at.
const INTERVAL: Duration = Duration::from_millis(200);
/// Folders nested deeper are not looked at.
const DEEPEST: usize = 16;
/// More files than this are not followed.
const MOST: usize = 20_000;

/// Files with the time of their last change and their size.
type Seen = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// Runs, and again after every change, until the process is ended.
pub(super) fn run(args: &Test, mut once: impl FnMut() -> Exit) -> Exit {
    loop {
        let before = look(&args.paths);
        if once() == Exit::Output {
            return Exit::Output;
        }
        say("watching: save a file to run again, Ctrl-C to end");
        // What was saved during the run counts too.
        let mut now = look(&args.paths);
        while now == before {
            std::thread::sleep(INTERVAL);
            now = look(&args.paths);
        }
        // An editor may still be writing.
        std::thread::sleep(INTERVAL / 4);
        say("");
    }
}

fn look(paths: &[PathBuf]) -> Seen {
    let mut seen = Seen::new();
    for path in paths {
        let folder = if path.is_dir() { path.as_path() } else { path.parent().unwrap_or(path) };
        let folder = if folder == Path::new("") { Path::new(".") } else { folder };
        walk(folder, DEEPEST, &mut seen);
    }
    seen
}

#[allow(clippy::disallowed_methods, reason = "the operator names the folders")]
fn walk(folder: &Path, depth: usize, seen: &mut Seen) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        let Ok(meta) = std::fs::metadata(&path) else { continue };
        if meta.is_dir() && depth > 0 && discover::folder(&path) {
            walk(&path, depth - 1, seen);
        } else if meta.is_file() && !hidden && seen.len() < MOST {
            seen.insert(path, (meta.modified().ok(), meta.len()));
        }
    }
}
