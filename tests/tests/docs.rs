//! The pages of `docs/` are true: what is made from tables is current, and every snippet does what the page says.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop at once"
)]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use capstan_tests::{
    binary,
    capstan::{Capstan, Run},
};

fn page(name: &str) -> PathBuf {
    capstan_tests::root().join("docs").join(name)
}

/// A page that is made from tables; `BLESS=1` writes it.
fn made(name: &str, text: &str) {
    let path = page(name);
    if env::var_os("BLESS").is_some() {
        fs::write(&path, text).unwrap();
    }
    let file = fs::read_to_string(&path).unwrap_or_default();
    assert!(file == text, "docs/{name} is not what the tables say; BLESS=1 rewrites it");
}

#[test]
fn the_reference_is_what_the_tables_say() {
    made("reference.md", &capstan_language::language_page());
}

#[test]
fn the_diagnostics_are_what_the_table_says() {
    made("diagnostics.md", &capstan_language::diagnostics_page());
}

#[test]
fn links_lead_somewhere() {
    for entry in fs::read_dir(page("")).unwrap().flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.contains("://") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let other = if file.is_empty() { path.clone() } else { page(file) };
            assert!(other.exists(), "{}: {target}", path.display());
            let headings = fs::read_to_string(&other).unwrap();
            let known = |line: &str| line.starts_with('#') && anchor_of(line) == anchor;
            assert!(anchor.is_empty() || headings.lines().any(known), "{}: {target}", path.display());
        }
    }
}

/// `mdbook build docs` shows every page: the summary has each, and nothing else.
#[test]
fn the_book_has_every_page() {
    let summary = fs::read_to_string(page("SUMMARY.md")).unwrap();
    let listed: Vec<&str> = summary.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    let mut pages: Vec<String> = fs::read_dir(page(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".md") && name != "SUMMARY.md")
        .collect();
    pages.sort();
    let mut sorted: Vec<&str> = listed.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, pages);
    assert_eq!(listed.first(), Some(&"README.md"));
    let book = fs::read_to_string(page("book.toml")).unwrap();
    assert!(book.contains("src = \".\""), "{book}");
}

fn anchor_of(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim();
    let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn first_capability() {
    run("first-capability.md");
}

#[test]
fn walkthrough() {
    run("walkthrough.md");
}

#[test]
fn openapi() {
    run("openapi.md");
}

#[test]
fn testing() {
    run("testing.md");
}

#[test]
fn production() {
    run("production.md");
}

#[test]
fn migrating() {
    run("migrating.md");
}

/// One snippet with what is to be done with it.
struct Block {
    mark: String,
    text: String,
    line: usize,
}

/// The snippets of a page; each must say what is to be done with it.
fn blocks(name: &str) -> Vec<Block> {
    let text = fs::read_to_string(page(name)).unwrap();
    let mut lines = text.lines().enumerate();
    let (mut blocks, mut mark) = (Vec::new(), None);
    while let Some((at, line)) = lines.next() {
        if let Some(rest) = line.strip_prefix("<!-- smoke: ") {
            mark = Some(rest.trim_end_matches(" -->").to_owned());
        } else if line.starts_with("```") {
            let body: Vec<&str> =
                lines.by_ref().map(|(_, line)| line).take_while(|line| !line.starts_with("```")).collect();
            let mark = mark.take().unwrap_or_else(|| panic!("{name}:{}: a snippet without a marker", at + 1));
            blocks.push(Block { mark, text: format!("{}\n", body.join("\n")), line: at + 1 });
        } else {
            assert!(mark.is_none() || line.is_empty(), "{name}:{}: a marker without a snippet", at + 1);
        }
    }
    blocks
}

/// Does what a page says, in a folder of its own.
fn run(name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let mut said = String::new();
    let mut server: Option<(Capstan, Vec<(String, String)>)> = None;
    for Block { mark, text, line } in blocks(name) {
        let at = format!("docs/{name}:{line}");
        let (verb, rest) = mark.split_once(' ').unwrap_or((&mark, ""));
        match verb {
            "file" => {
                let path = folder.path().join(rest);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            "serve" => {
                drop(server.take());
                server = Some(serve(&text, folder.path(), &at));
            }
            "run" => {
                let moved = server.as_ref().map(|(_, moved)| moved.as_slice()).unwrap_or_default();
                let text = moved.iter().fold(text, |text, (from, to)| text.replace(from, to));
                said = shell(&text, folder.path(), rest.strip_prefix("fails with "), &at);
                if let Some(expected) = rest.strip_prefix("expects ") {
                    assert!(said.contains(expected), "{at}: no {expected:?} in\n{said}");
                }
            }
            "output" => assert!(said.contains(text.trim_end()), "{at}: expected\n{text}\nin\n{said}"),
            other => panic!("{at}: `{other}` is no marker"),
        }
    }
}

/// Starts the server of a snippet on free ports; says which address stands for which.
fn serve(text: &str, folder: &Path, at: &str) -> (Capstan, Vec<(String, String)>) {
    let words: Vec<&str> = text.split_whitespace().collect();
    assert_eq!(words[..2], ["capstan", "serve"], "{at}");
    let (mut args, mut declared) = (Vec::new(), Vec::new());
    for word in &words[2..] {
        match word.strip_prefix("127.0.0.1:") {
            Some(port) => {
                declared.push(port.to_owned());
                args.push("127.0.0.1:0".to_owned());
            }
            None => args.push((*word).to_owned()),
        }
    }
    if declared.is_empty() {
        for port in ["8080", "8081", "9090"] {
            args.extend(["--listen".to_owned(), format!("{port}=127.0.0.1:0")]);
        }
    }
    let capstan = match (Run { args, env: Vec::new() }).serve(folder) {
        Ok(capstan) => capstan,
        Err(ended) => panic!("{at}: {}", ended.log),
    };
    let address = |port: &str, nth: usize| match declared.is_empty() {
        true => capstan.listeners.iter().find(|listener| listener.declared == port.parse().ok()),
        false => {
            capstan.listeners.iter().find(|listener| listener.kinds.iter().any(|kind| kind == "control") == (nth == 1))
        }
    };
    let ports = if declared.is_empty() { vec!["8080".into(), "8081".into(), "9090".into()] } else { declared.clone() };
    let moved = ports.iter().enumerate().filter_map(|(nth, port): (usize, &String)| {
        Some((format!("127.0.0.1:{port}"), address(port, nth)?.address.to_string()))
    });
    let moved = moved.collect();
    (capstan, moved)
}

/// Runs commands and says what they said.
fn shell(text: &str, folder: &Path, fails: Option<&str>, at: &str) -> String {
    let path = format!("{}:{}", binary::path().parent().unwrap().display(), env::var("PATH").unwrap_or_default());
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", text])
        .current_dir(folder)
        .env_clear()
        .env("PATH", path)
        .env("HOME", folder)
        .stdin(Stdio::null())
        .output()
        .expect("bash runs");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let code = output.status.code().map(|code| code.to_string()).unwrap_or_default();
    assert_eq!(code, fails.unwrap_or("0"), "{at}:\n{text}\n{said}");
    said
}
