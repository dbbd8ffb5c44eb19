//! Golden renderings.

use super::*;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::source::{SourceSet, Span};
use serde_json::json as value;

const TEXT: &str =
    "consumes:\n- namespace: shop\n\n\n\n\n\n\n\nexposes:\n- tools:\n  - call: shop.lst\n    namespace: é\u{1b}[31m\n";

fn sample() -> (SourceSet, Vec<Diagnostic>) {
    let mut sources = SourceSet::new();
    let file = sources.add("shop/a b.yaml", TEXT);
    let at = |word: &str| {
        let start = TEXT.find(word).unwrap();
        Span::new(file, start, start + word.len())
    };
    let mut sink = Sink::new();
    sink.error(Code::UnresolvedCall, at("shop.lst"), "no operation `shop.lst`")
        .here("not declared")
        .label(at("shop"), "the namespace is declared here")
        .help("did you mean `shop.list`?")
        .fix(at("shop.lst"), "shop.list")
        .unit("list")
        .path("exposes[0].tools[0].call");
    sink.report(Code::UnknownKey, at("é"), "unknown \u{1b}[31mname\u{7}").help("remove it");
    sink.warning(Code::OutLength, at("tools:\n  - call: shop.lst"), "two lines");
    (sources, sink.into_diagnostics())
}

#[test]
fn human_form() {
    let (sources, diagnostics) = sample();
    let rendered: Vec<_> = diagnostics.iter().map(|d| human(d, &sources, Style::Plain)).collect();
    assert_eq!(
        rendered[0],
        "\
error[unresolved-call]: no operation `shop.lst`
  --> shop/a b.yaml:12:11
   |
 2 | - namespace: shop
   |              ---- the namespace is declared here
...
12 |   - call: shop.lst
   |           ^^^^^^^^ not declared
   |
help: did you mean `shop.list`?
   |
12 |   - call: shop.list
   |                 +"
    );
    assert_eq!(
        rendered[1],
        "\
warning[unknown-key]: unknown [31mname
  --> shop/a b.yaml:13:16
   |
13 |     namespace: é␛[31m
   |                ^
   |
   = help: remove it"
    );
    assert_eq!(
        rendered[2],
        "\
warning[out-length]: two lines
  --> shop/a b.yaml:11:3
   |
11 | - tools:
   |   ^^^^^^
   |
   = help: keep it if the count is meant"
    );
}

#[test]
fn colour_is_the_callers_choice() {
    let (sources, diagnostics) = sample();
    assert!(human(&diagnostics[0], &sources, Style::Coloured).contains("\u{1b}["));
    for diagnostic in &diagnostics {
        assert!(!human(diagnostic, &sources, Style::Plain).contains('\u{1b}'));
    }
}

#[test]
fn one_line_form() {
    let (sources, diagnostics) = sample();
    let expected = [
        "shop/a b.yaml:12:11: error[unresolved-call]: no operation `shop.lst`",
        "shop/a b.yaml:13:16: warning[unknown-key]: unknown [31mname",
        "shop/a b.yaml:11:3: warning[out-length]: two lines",
    ];
    let lines: Vec<_> = diagnostics.iter().map(|d| line(d, &sources)).collect();
    assert_eq!(lines, expected);
    assert_eq!(summary(&diagnostics), "1 error, 2 warnings");

    let nowhere = "error[unresolved-call]: no operation `shop.lst`";
    assert_eq!(line(&diagnostics[0], &SourceSet::new()), nowhere);
    assert_eq!(human(&diagnostics[0], &SourceSet::new(), Style::Plain), nowhere);
}

#[test]
fn json_form() {
    let (sources, diagnostics) = sample();
    let rendered = serde_json::to_value(json(&diagnostics, &sources)).unwrap();
    assert_eq!(
        rendered[0],
        value!({
            "file": "shop/a b.yaml", "line": 12, "column": 11, "endLine": 12, "endColumn": 19,
            "code": "unresolved-call", "severity": "error", "message": "no operation `shop.lst`",
            "help": "did you mean `shop.list`?", "unit": "list", "path": "exposes[0].tools[0].call",
            "labels": [
                {"file": "shop/a b.yaml", "line": 12, "column": 11, "endLine": 12, "endColumn": 19, "text": "not declared"},
                {"file": "shop/a b.yaml", "line": 2, "column": 14, "endLine": 2, "endColumn": 18,
                 "text": "the namespace is declared here"},
            ],
        })
    );
    assert_eq!(rendered.as_array().unwrap().len(), 3);
}

#[test]
fn sarif_form() {
    let (sources, diagnostics) = sample();
    let log = sarif(&diagnostics, &sources);
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules: Vec<_> = run["tool"]["driver"]["rules"].as_array().unwrap().iter().map(|rule| &rule["id"]).collect();
    let result = &run["results"][0];
    let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(rules[index], "unresolved-call");
    assert_eq!(result["level"], "error");
    assert_eq!(
        result["locations"][0]["physicalLocation"],
        value!({
            "artifactLocation": {"uri": "shop/a%20b.yaml"},
            "region": {"startLine": 12, "startColumn": 11, "endLine": 12, "endColumn": 19},
        })
    );
    assert_eq!(result["relatedLocations"][0]["message"]["text"], "the namespace is declared here");
    assert_eq!(result["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"], "shop.list");
    assert_eq!(run["results"][1].get("relatedLocations"), None);
}

#[test]
fn places_too_far_apart_are_not_laid_out() {
    let text = format!("a: 1\n{}a: 2\n", "# filler\n".repeat(40_000));
    let one_line = format!("{{a: 1, b: '{}', a: 2}}", "x".repeat(300_000));
    let mut sources = SourceSet::new();
    for (text, expected) in [(&text, "^ again here"), (&one_line, "error[duplicate-key]: the key `a` is given twice")] {
        let file = sources.add("a.yaml", text.as_str());
        let mut sink = Sink::new();
        crate::document::parse(file, text, &mut sink);
        let rendered = human(&sink.diagnostics()[0], &sources, Style::Plain);
        assert!(rendered.contains(expected) && !rendered.contains("first given here"), "{rendered}");
    }
}
