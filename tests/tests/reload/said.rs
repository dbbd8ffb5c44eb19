//! What is said of what is on disk and does not run as it is: in the log one sentence for each meaning, told once, and marks on the
//! page people look at.

use std::fs;

use capstan_tests::{client::Request, upstream::Upstream};
use serde_json::Value;
use tempfile::TempDir;

use crate::site::{Site, document, until};

/// The sentences of the log, each with one meaning.
const SENTENCES: [&str; 6] = [
    "the save is turned down, the version before it keeps running",
    "it does not run",
    "it runs, but not all of it",
    "it runs, with a conflict",
    "something on disk is left out",
    "everything on disk runs",
];

/// Level, capability and sentence of what was told so far that is one of them, in order.
fn told(site: &Site) -> Vec<(String, String, &'static str)> {
    let log = site.capstan.log();
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines
        .filter_map(|line| {
            let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
            let message = text("message");
            let mut fit = SENTENCES.into_iter().filter(|known| message.starts_with(known));
            let sentence = fit.next()?;
            assert!(fit.next().is_none(), "two meanings: {message}");
            Some((text("level"), text("capability"), sentence))
        })
        .collect()
}

/// Saves, reloads, and waits for what that adds to what was told.
fn adds(site: &Site, name: &str, text: &str, expected: &[(&str, &str, usize)]) {
    let before = told(site).len();
    fs::write(site.path(name), text).unwrap();
    site.control("POST", "/config/reload");
    let new = until(&format!("{name} is told of\n{}", site.capstan.log()), || {
        Some(told(site).split_off(before)).filter(|new| new.len() >= expected.len())
    });
    let new: Vec<_> = new.iter().map(|(level, id, sentence)| (level.as_str(), id.as_str(), *sentence)).collect();
    let expected: Vec<_> = expected.iter().map(|(level, id, nth)| (*level, *id, SENTENCES[*nth])).collect();
    assert_eq!(new, expected, "{name}");
}

#[test]
fn each_meaning_has_its_sentence() {
    let site = Site::start(&["--no-watch"]);
    let half = |id: &str| site.document(id, "v1").replacen("call: up.get", "call: up.got", 1);
    adds(&site, "caps/a.yaml", "capability: [", &[("ERROR", "a", 0)]);
    // The same mistake again is no news.
    adds(&site, "caps/c.yaml", "capability: [", &[("ERROR", "c", 1)]);
    adds(&site, "caps/d.yaml", &half("d"), &[("ERROR", "d", 2)]);
    adds(&site, "caps/b.yml", &site.document("b", "v2"), &[("ERROR", "", 4)]);
    assert_eq!(site.ask("a"), (200, "a v1".to_owned()));
    for (name, id) in [("caps/a.yaml", "a"), ("caps/c.yaml", "c"), ("caps/d.yaml", "d")] {
        fs::write(site.path(name), site.document(id, "v1")).unwrap();
    }
    fs::remove_file(site.path("caps/b.yml")).unwrap();
    adds(&site, "caps/b.yaml", &site.document("b", "v1"), &[("INFO", "", 5)]);
    // Nothing is said of it again.
    adds(&site, "caps/b.yaml", &site.document("b", "v1"), &[]);
}

#[test]
fn a_route_two_want_is_a_conflict() {
    let (dir, upstream) = (TempDir::new().unwrap(), Upstream::start());
    fs::write(dir.path().join("a.yaml"), document(&upstream, "a", "v1", &[])).unwrap();
    let site = Site::serve(dir, upstream, &[".", "--no-watch", "--listen", "8080=127.0.0.1:0"]);
    let second = document(&site.upstream, "b", "v1", &[]);
    adds(&site, "b.yaml", &second, &[("ERROR", "a", 3), ("ERROR", "b", 3)]);
    adds(&site, "b.yaml", &second.replace("path: /get", "path: /other"), &[("INFO", "", 5)]);
}

#[test]
fn the_index_marks_what_does_not_run() {
    let site = Site::start(&["--no-watch"]);
    let page = || {
        let answer = Request::new("GET", "/").with("Accept", "text/html").send(site.gateway).unwrap();
        assert_eq!(answer.status(), 200);
        answer.text()
    };
    let of = |page: &str, id: &str| {
        let from = page.split(&format!("<b>{id}</b>")).nth(1).unwrap_or_else(|| panic!("{id} is not on {page}"));
        from.split("<details").next().unwrap().to_owned()
    };
    let clean = page();
    assert!(!clean.contains("class=bad>"), "{clean}");
    fs::write(site.path("caps/a.yaml"), site.document("a", "v1").replace("call: up.get", "call: up.got")).unwrap();
    let half = site.document("c", "v1").replacen("call: up.get", "call: up.got", 1);
    fs::write(site.path("caps/c.yaml"), half).unwrap();
    let keyed = site.document("d", "v1").replace(
        "    resources:\n    - name: r",
        "    authentication: {type: bearer, token: '{{D_KEY}}'}\n    resources:\n    - name: r",
    );
    fs::write(
        site.path("caps/d.yaml"),
        keyed.replace("capability:\n", "binds:\n- {namespace: e, keys: {D_KEY: D_KEY}}\ncapability:\n"),
    )
    .unwrap();
    fs::write(site.path("caps/e.yaml"), "capability: [").unwrap();
    site.control("POST", "/config/reload");
    let page = page();
    for (id, mark, why) in [
        ("a", "rejected", "the save is turned down: <code>unresolved-call</code>"),
        ("c", "partial", "<code>unresolved-call</code>"),
        ("d", "missing values", "<code>D_KEY</code> is not set"),
        ("e", "failing", "<code>yaml-syntax</code>"),
    ] {
        let entry = of(&page, id);
        assert!(entry.contains(&format!("<span class=bad>{mark}</span>")) && entry.contains(why), "{id}: {entry}");
    }
    let head = page.split("</p>").next().unwrap();
    for (n, mark) in [(1, "rejected"), (2, "partial"), (1, "failing")] {
        assert!(head.contains(&format!("<span class=bad>{n} {mark}</span>")), "{head}");
    }
    assert!(!of(&page, "b").contains("class=bad>"), "{page}");
}
