//! What is said of a code is true: there is a text that yields it, and the same text without the mistake does not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop at once"
)]

use std::{collections::BTreeSet, fs, path::Path};

use capstan_language::{Options, diagnostic::Code, source::MemoryFiles};

/// Codes whose text is larger than anyone would read; `document::tests` of the language yields them.
const ELSEWHERE: [&str; 5] =
    ["yaml-encoding", "yaml-too-large", "yaml-too-deep", "yaml-too-many-nodes", "yaml-alias-budget"];

/// A mistake: what is replaced in the file, and how the file is checked.
struct Mistake {
    code: String,
    flag: Option<String>,
    edits: Vec<(String, String)>,
}

fn data(name: &str) -> String {
    fs::read_to_string(capstan_tests::root().join("tests/data").join(name)).unwrap()
}

fn mistakes() -> Vec<Mistake> {
    let text = data("explained.txt");
    let mut all: Vec<Mistake> = Vec::new();
    let mut added = true;
    for line in text.lines().skip(1) {
        if let Some(head) = line.strip_prefix("= ") {
            let mut words = head.split(' ').map(str::to_owned);
            all.push(Mistake { code: words.next().unwrap(), flag: words.next(), edits: Vec::new() });
            added = true;
        } else if let Some(old) = line.strip_prefix("- ") {
            let edits = &mut all.last_mut().unwrap().edits;
            if added {
                edits.push((String::new(), String::new()));
            }
            added = false;
            edits.last_mut().unwrap().0.push_str(&format!("{old}\n"));
        } else if let Some(new) = line.strip_prefix("+ ") {
            added = true;
            all.last_mut().unwrap().edits.last_mut().unwrap().1.push_str(&format!("{new}\n"));
        }
    }
    all
}

fn codes(text: &str, flag: Option<&str>) -> BTreeSet<&'static str> {
    let options = Options { strict: flag == Some("strict"), pedantic: flag == Some("pedantic"), ..Options::default() };
    let files = MemoryFiles::new().with("shop.yaml", text.as_bytes());
    let compilation = capstan_language::compile(&files, Path::new("shop.yaml"), &options);
    compilation.diagnostics.iter().map(|diagnostic| diagnostic.code.name()).collect()
}

#[test]
fn every_mistake_yields_its_code_and_its_repair_does_not() {
    let right = data("explained.yaml");
    for flag in [None, Some("strict"), Some("pedantic")] {
        assert_eq!(codes(&right, flag), BTreeSet::new(), "{flag:?}");
    }
    for Mistake { code, flag, edits } in mistakes() {
        let mut wrong = right.clone();
        for (old, new) in &edits {
            let (old, new) = (old.trim_end(), new.trim_end());
            assert!(wrong.contains(old), "{code}: explained.yaml has no\n{old}");
            wrong = wrong.replacen(old, new, 1);
        }
        // A document of its own, without what is around the mistake.
        if let Some((_, rest)) = wrong.split_once("---8<---\n") {
            wrong = rest.lines().take_while(|line| *line != "binds:").map(|line| format!("{line}\n")).collect();
        }
        let found = codes(&wrong, flag.as_deref());
        assert!(found.contains(code.as_str()), "{code}: {found:?} in\n{wrong}");
    }
}

#[test]
fn every_code_has_a_text_that_yields_it() {
    let known: BTreeSet<String> = mistakes().into_iter().map(|mistake| mistake.code).collect();
    let mut tests = String::new();
    for folder in ["tests/specs", "tests/tests", "crates/language/src"] {
        collect(&capstan_tests::root().join(folder), &mut tests);
    }
    for code in Code::all() {
        let name = code.name();
        // Behind a line of a spec, in what `check` prints, or named by a test.
        let marked = || {
            let marks = [format!("[{name}]"), format!(", {name}"), format!("{name},"), format!("Code::{code:?}")];
            marks.iter().any(|mark| tests.contains(mark))
        };
        assert!(
            known.contains(name) || ELSEWHERE.contains(&name) || of_spec(name).contains(name) || marked(),
            "nothing yields `{name}`"
        );
    }
}

/// The codes of the first capability in the spec of a rule.
fn of_spec(rule: &str) -> BTreeSet<&'static str> {
    let path = capstan_tests::root().join(format!("tests/specs/wild/{rule}.md"));
    let text = fs::read_to_string(path).unwrap_or_default();
    let block = text.split("```yaml capability").nth(1).and_then(|rest| rest.split_once('\n')).map(|(_, block)| block);
    let text = block.and_then(|block| block.split("\n```").next()).unwrap_or_default();
    let options = Options { auto_expose: rule == "auto-expose", ..Options::default() };
    let files = MemoryFiles::new().with("shop.yaml", text.as_bytes());
    let compilation = capstan_language::compile(&files, Path::new("shop.yaml"), &options);
    compilation.diagnostics.iter().map(|diagnostic| diagnostic.code.name()).collect()
}

/// The texts of specs and of tests.
fn collect(folder: &Path, into: &mut String) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let is_test = || path.to_string_lossy().contains("tests");
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "md") || is_test() {
            into.push_str(&fs::read_to_string(&path).unwrap_or_default());
        }
    }
}
