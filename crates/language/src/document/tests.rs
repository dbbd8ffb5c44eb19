//! Tests of the tree: structure, places, limits, repairs, and that no input makes it panic.
#![allow(clippy::type_complexity, reason = "tables of cases read best as they are")]

use super::*;
use crate::diagnostic::{Code, Diagnostic, Severity, Sink};
use crate::source::{FileId, SourceSet};
use serde_json::json;

fn read(text: &str) -> (Option<Document>, Sink) {
    let mut sink = Sink::new();
    let document = parse(FileId(0), text, &mut sink);
    (document, sink)
}

/// Code, line and column of every diagnostic.
fn found(text: &str, sink: &Sink) -> Vec<(&'static str, usize, usize)> {
    let mut sources = SourceSet::new();
    sources.add("a.yaml", text);
    let place = |d: &Diagnostic| {
        let (line, column) = d.span().and_then(|span| sources.position(span)).unwrap();
        (d.code.name(), line, column)
    };
    sink.diagnostics().iter().map(place).collect()
}

#[test]
fn structure_and_values() {
    let cases = [
        ("", json!(null)),
        ("# only a comment\n", json!(null)),
        ("--- a\n...\n", json!("a")),
        ("a: 1\n---\n", json!({"a": 1})),
        ("a: 1\nb: [x, 'y', \"z\\n\"]\n", json!({"a": 1, "b": ["x", "y", "z\n"]})),
        ("a:\n- 1\n-\n- {b: c}\n", json!({"a": [1, null, {"b": "c"}]})),
        ("a: |\n  one\n  two\nb: >-\n  one\n  two\n", json!({"a": "one\ntwo\n", "b": "one two"})),
        (r#"{"a": {"b": [1, null, "x", true]}}"#, json!({"a": {"b": [1, null, "x", true]}})),
        ("'1': \"2\"\n", json!({"1": "2"})),
        (
            "true: a\n1.10: b\nnull: c\n2015-02-01: d\n",
            json!({"true": "a", "1.10": "b", "null": "c", "2015-02-01": "d"}),
        ),
        ("a: '01'\nb: \"true\"\n", json!({"a": "01", "b": "true"})),
        ("a: !!str 1\nb: !!int '2'\nc: !!null ''\nd: ! 3\n", json!({"a": "1", "b": 2, "c": null, "d": 3})),
        ("a: <<env.X>>\nb: x <<y>> z\n", json!({"a": "<<env.X>>", "b": "x <<y>> z"})),
        ("a: 'x: {{y}}'\nb: Bearer {{env.X}}\n", json!({"a": "x: {{y}}", "b": "Bearer {{env.X}}"})),
        ("a: &x {b: 1}\nc: *x\nd: [*x, *x]\n", json!({"a": {"b": 1}, "c": {"b": 1}, "d": [{"b": 1}, {"b": 1}]})),
        ("&k a: 1\nb: *k\n", json!({"a": 1, "b": "a"})),
        ("a: &x 1\nb: &x 2\nc: *x\n", json!({"a": 1, "b": 2, "c": 2})),
        ("\u{feff}a: 1\n", json!({"a": 1})),
        ("a: 1\r\nb: 2\r\n", json!({"a": 1, "b": 2})),
        ("é: ü\n", json!({"é": "ü"})),
    ];
    for (text, expected) in cases {
        let (document, sink) = read(text);
        assert_eq!(document.unwrap().root.to_json(), expected, "{text:?}");
        assert!(sink.diagnostics().is_empty(), "{text:?}: {:?}", sink.diagnostics());
    }
}

#[test]
fn merge_keys_are_expanded() {
    let cases = [
        ("d: &d {a: 1, b: 2}\nm:\n  <<: *d\n  b: 3\n", json!({"b": 3, "a": 1})),
        ("d: &d {a: 1}\ne: &e {a: 2, c: 3}\nm:\n  <<: [*d, *e]\n", json!({"a": 1, "c": 3})),
        ("m:\n  a: 0\n  <<: {a: 1, b: 2}\n", json!({"a": 0, "b": 2})),
    ];
    for (text, expected) in cases {
        let (document, sink) = read(text);
        assert_eq!(document.unwrap().root.get("m").unwrap().to_json(), expected, "{text:?}");
        assert!(sink.diagnostics().is_empty(), "{text:?}");
    }
    let (document, sink) = read("m:\n  <<: 1\n  a: 2\n");
    assert_eq!(document.unwrap().root.to_json(), json!({"m": {"a": 2}}));
    assert_eq!(found("m:\n  <<: 1\n  a: 2\n", &sink), [("yaml-merge", 2, 7)]);
}

#[test]
fn findings_that_leave_a_document() {
    let cases: [(&str, serde_json::Value, &[(&str, usize, usize)]); 12] = [
        ("a: 1\nb: 2\na: 3\n", json!({"a": 1, "b": 2}), &[("duplicate-key", 3, 1)]),
        ("{a: 1, 'a': 2}", json!({"a": 1}), &[("duplicate-key", 1, 8)]),
        ("a: {{env.X}}\n", json!({"a": "{{env.X}}"}), &[("unquoted-template", 1, 4)]),
        ("a: {{ x | upper }}\n", json!({"a": "{{ x | upper }}"}), &[("unquoted-template", 1, 4)]),
        ("a: {{{x}}}\n", json!({"a": "{{{x}}}"}), &[("unquoted-template", 1, 4)]),
        (
            "- {{a}}\n- {{b}}: 1\n",
            json!(["{{a}}", {"{{b}}": 1}]),
            &[("unquoted-template", 1, 3), ("unquoted-template", 2, 3)],
        ),
        ("x: {a: {{b}}, c: d}", json!({"x": {"a": "{{b}}", "c": "d"}}), &[("unquoted-template", 1, 8)]),
        ("? [a]\n: 1\nb: 2\n", json!({"b": 2}), &[("yaml-key", 1, 3)]),
        ("a: *.com\nb: 1\n", json!({"a": null, "b": 1}), &[("yaml-alias", 1, 4)]),
        ("a: &x [*x]\n", json!({"a": [null]}), &[("yaml-alias", 1, 8)]),
        ("a: !secret b\n", json!({"a": "b"}), &[("yaml-tag", 1, 12)]),
        ("a: 1\n---\nb: 2\n", json!({"a": 1}), &[("yaml-multiple-documents", 3, 1)]),
    ];
    for (text, expected, codes) in cases {
        let (document, sink) = read(text);
        assert_eq!(document.unwrap().root.to_json(), expected, "{text:?}");
        assert_eq!(found(text, &sink), codes, "{text:?}");
    }
}

#[test]
fn findings_that_leave_nothing() {
    let cases = [
        ("a: 'x", ("yaml-syntax", 1, 4)),
        ("a: b: c\n", ("yaml-syntax", 1, 5)),
        ("a:\n\tb: 1", ("yaml-syntax", 2, 1)),
        ("a:\n  b: 1\n\tc: 1", ("yaml-syntax", 3, 1)),
        ("a: \"x\nb: y\n", ("yaml-syntax", 1, 4)),
        ("a: 'x\nb: y\nc: 'z'\n", ("yaml-syntax", 1, 4)),
        ("a:\n- n: \"x\n  p: \"y\"\n", ("yaml-syntax", 2, 6)),
        ("a: {b: \"c, d: e}\nf: \"g\"\n", ("yaml-syntax", 1, 8)),
        ("a: it's\nb: \"x\nc: 1\n", ("yaml-syntax", 2, 4)),
        ("a: {b: c", ("yaml-syntax", 1, 4)),
        ("a: ]\n", ("yaml-syntax", 1, 4)),
        ("a: @x", ("yaml-syntax", 1, 4)),
        ("a: \"\\q\"", ("yaml-syntax", 1, 4)),
        ("a:\n   b: 1\n  c: 2\n", ("yaml-syntax", 3, 3)),
        ("é: ü: x", ("yaml-syntax", 1, 5)),
        ("a: {{x}}/b # note\nc: 1", ("unquoted-template", 1, 4)),
        ("a: {{x}} {{y}}\n", ("unquoted-template", 1, 4)),
    ];
    for (text, code) in cases {
        let (document, sink) = read(text);
        assert!(document.is_none(), "{text:?}");
        assert_eq!(found(text, &sink), [code], "{text:?}");
        assert!(sink.diagnostics()[0].help.is_some(), "{text:?}");
    }
}

#[test]
fn tabs_and_open_quotes_are_mended_by_their_fix() {
    let cases = [
        ("a:\n\tb: 1\n", "a:\n  b: 1\n"),
        ("a:\n  b: 1\n\tc: 2\n", "a:\n  b: 1\n  c: 2\n"),
        ("a: \"x\nb: y\n", "a: \"x\"\nb: y\n"),
        ("a:\n  - 'it''s\n  - b\n", "a:\n  - 'it''s'\n  - b\n"),
    ];
    for (text, mended) in cases {
        let (_, sink) = read(text);
        let fix = &sink.diagnostics()[0].fix.as_ref().unwrap().edits[0];
        let mut repaired = text.to_owned();
        repaired.replace_range(fix.span.range(), &fix.replacement);
        assert_eq!(repaired, mended);
        let (document, sink) = read(&repaired);
        assert!(sink.diagnostics().is_empty() && document.is_some(), "{repaired:?}");
    }
}

#[test]
fn a_template_is_quoted_by_its_fix() {
    for (text, quoted) in [
        ("a: {{env.X}}\n", "'{{env.X}}'"),
        ("a: {{x}}/b # note\n", "'{{x}}/b'"),
        ("a: {{ x['y'] }}\n", "'{{ x[''y''] }}'"),
    ] {
        let (_, sink) = read(text);
        let fix = &sink.diagnostics()[0].fix.as_ref().unwrap().edits[0];
        assert_eq!(fix.replacement, quoted);
        let mut repaired = text.to_owned();
        repaired.replace_range(fix.span.range(), &fix.replacement);
        let (document, sink) = read(&repaired);
        assert!(sink.diagnostics().is_empty() && document.is_some(), "{repaired:?}");
    }
}

#[test]
fn a_repeated_key_names_both_places() {
    let long: String = (0..40).map(|n| format!("k{n}: {n}\n")).chain(["k7: again\n".to_owned()]).collect();
    for (text, first, second) in [("a: 1\nb: 2\na: 3\n", 0..1, 10..11), (&*long, 42..44, 300..302)] {
        let (_, sink) = read(text);
        let labels: Vec<_> = sink.diagnostics()[0].labels.iter().map(|label| label.span.range()).collect();
        assert_eq!(labels, [second, first], "{text}");
        assert_eq!(sink.diagnostics().iter().filter(|d| d.is_error()).count(), 1);
    }
}

#[test]
fn every_value_knows_its_place() {
    let text = "a:\n  b:\n  c: |\n    txt\n\n  'd': [x, &z {y: 1}]\ne: *z\n\n\n";
    let (document, _) = read(text);
    let root = document.unwrap().root;
    let cases = [
        ("", text.trim_end()),
        ("/a", "b:\n  c: |\n    txt\n\n  'd': [x, &z {y: 1}]"),
        ("/a/b", ""),
        ("/a/c", "txt"),
        ("/a/d", "[x, &z {y: 1}]"),
        ("/a/d/1", "{y: 1}"),
        ("/a/d/1/y", "1"),
        ("/e", "{y: 1}"),
    ];
    for (pointer, expected) in cases {
        assert_eq!(&text[root.at_pointer(pointer).unwrap().span.range()], expected, "{pointer}");
    }
    assert_eq!(root.at_pointer("/a/b").unwrap().span.start, 7, "right behind its colon");
    assert_eq!(&text[root.get("a").unwrap().entry("d").unwrap().key.span.range()], "'d'");
}

#[test]
fn pointers_and_paths() {
    let text = "exposes:\n- tools:\n  - name: a/b\n    x~y: {\"\": 1, p.q: 2}\n";
    let (document, _) = read(text);
    let document = document.unwrap();
    let cases = [
        ("/exposes/0/tools/0/name", "exposes[0].tools[0].name"),
        ("/exposes/0/tools/0/x~0y", "exposes[0].tools[0].x~y"),
        ("/exposes/0/tools/0/x~0y/", "exposes[0].tools[0].x~y[\"\"]"),
        ("/exposes/0/tools/0/x~0y/p.q", "exposes[0].tools[0].x~y[\"p.q\"]"),
    ];
    for (pointer, path) in cases {
        let node = document.root.at_pointer(pointer).unwrap();
        assert_eq!(document.path_at(node.span), path);
    }
    for missing in ["exposes", "/exposes/00", "/exposes/-", "/exposes/1", "/exposes/+0", "/nothing"] {
        assert!(document.root.at_pointer(missing).is_none(), "{missing}");
    }
    let mut sink = Sink::new();
    let key = document.root.entry("exposes").unwrap().key.span;
    sink.warning(Code::UnknownKey, key, "unknown");
    sink.warning(Code::UnknownKey, key, "with a path").path("kept");
    document.locate(sink.diagnostics_mut());
    let paths: Vec<_> = sink.diagnostics().iter().map(|d| &*d.path).collect();
    assert_eq!(paths, ["exposes", "kept"]);
}

#[test]
fn scalars_keep_what_was_written() {
    let (document, _) = read("a: 1.10\nb: True\nc: ~\nd: 'q'\ne:\nf: 0x1F\ng: [1]\n");
    let root = document.unwrap().root;
    let texts: Vec<_> = root.as_map().unwrap().iter().map(|entry| entry.value.scalar_text()).collect();
    assert_eq!(texts, [Some("1.10"), Some("True"), Some("~"), Some("q"), Some(""), Some("0x1F"), None]);
    let kinds: Vec<_> = root.as_map().unwrap().iter().map(|entry| entry.value.kind_name()).collect();
    assert_eq!(kinds, ["a number", "a truth value", "nothing", "text", "nothing", "a number", "a list"]);
    assert_eq!(Node::new(root.span, NodeKind::Bool(true)).scalar_text(), Some("true"));
}

#[test]
fn limits() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let wide = |nodes: usize| "- a\n".repeat(nodes - 1);
    let bomb =
        (1..30).fold("a0: &a0 [x, x]\n".to_owned(), |text, n| format!("{text}a{n}: &a{n} [*a{m}, *a{m}]\n", m = n - 1));
    let deep_alias = format!("a: &a {}\nb: {}*a{}\n", nested(40), "[".repeat(40), "]".repeat(40));
    let deep_block: String = (0..300).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
    let nested_anchors = format!("a: &x {}\n{}", "&y [".repeat(60), "*x");
    let cases = [
        (nested(MAX_DEPTH), None),
        (nested(MAX_DEPTH + 1), Some("yaml-too-deep")),
        (nested(5_000), Some("yaml-too-deep")),
        (deep_block, Some("yaml-too-deep")),
        (deep_alias, Some("yaml-too-deep")),
        (wide(MAX_NODES), None),
        (wide(MAX_NODES + 1), Some("yaml-too-many-nodes")),
        (bomb, Some("yaml-alias-budget")),
        (nested_anchors, Some("yaml-syntax")),
        (format!("a: '{}'", "x".repeat(MAX_BYTES)), Some("yaml-too-large")),
    ];
    for (text, code) in cases {
        let (document, sink) = read(&text);
        let codes: Vec<_> = sink.diagnostics().iter().map(|d| d.code.name()).collect();
        assert_eq!(codes, Vec::from_iter(code), "{}", &text[..40]);
        assert_eq!(document.is_some(), code.is_none());
    }
}

#[test]
fn a_truncated_tail_is_given_up() {
    let mark = "# --- truncated at 32 KB (46 KB total) ---\n# Full source: https://example.com/a.yaml\n";
    let cases = [
        (format!("a: 1\nb:\n- 'x\n{mark}"), Some(json!({"a": 1, "b": null})), true),
        (format!("a: 1\nb: 2\n{mark}"), Some(json!({"a": 1, "b": 2})), true),
        (format!("a: 1\nb: \"x\nc\nd\n{mark}"), Some(json!({"a": 1})), true),
        ("a: 1\nb: 'x\n".to_owned(), None, false),
        (format!("- 'x\n{mark}"), None, true),
        (format!("a: {}'x\n{mark}", "[\n".repeat(61)), None, true),
    ];
    for (text, expected, marked) in cases {
        let (document, sink) = read(&text);
        let warned = sink.diagnostics().iter().any(|d| d.code == Code::TruncatedDocument);
        assert_eq!(warned, marked, "{text:?}");
        assert_eq!(document.as_ref().map(|d| d.root.to_json()), expected, "{text:?}");
        assert_eq!(document.is_some_and(|d| d.truncated), expected.is_some() && marked);
        assert_eq!(sink.diagnostics().iter().any(Diagnostic::is_error), expected.is_none(), "{text:?}");
    }
}

#[test]
fn bytes_become_text() {
    let utf16 = |text: &str, big: bool| -> Vec<u8> {
        let unit = |u: u16| if big { u.to_be_bytes() } else { u.to_le_bytes() };
        std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(unit).collect()
    };
    let good =
        [b"a: \xC3\xA9".to_vec(), b"\xEF\xBB\xBFa: \xC3\xA9".to_vec(), utf16("a: é", true), utf16("a: é", false)];
    for bytes in good {
        let (mut sources, mut sink) = (SourceSet::new(), Sink::new());
        let (_, document) = load(&mut sources, "a.yaml", bytes, &mut sink);
        assert_eq!(document.unwrap().root.to_json(), json!({"a": "é"}));
        assert!(sink.diagnostics().is_empty());
    }
    for bytes in [b"a: 1\nb: \xE9 c".to_vec(), b"\xFF\xFEa\0\n\0\x00\xD8".to_vec(), b"\xFE\xFF\0a\0".to_vec()] {
        let (mut sources, mut sink) = (SourceSet::new(), Sink::new());
        let (file, document) = load(&mut sources, "a.yaml", bytes, &mut sink);
        assert!(document.is_none());
        assert_eq!(sink.diagnostics()[0].code, Code::YamlEncoding);
        assert_eq!(sink.diagnostics()[0].severity, Severity::Error);
        assert!(sources.position(sink.diagnostics()[0].span().unwrap()).is_some());
        assert_eq!(file, FileId(0));
    }
}

/// A small generator of nonsense from the alphabet of YAML: every text must be read or refused, never worse,
/// and every place must lie in the text.
#[test]
fn no_text_makes_it_panic() {
    const PIECES: [&str; 40] = [
        "a",
        "b: ",
        ": ",
        ":",
        "- ",
        "-",
        "{",
        "}",
        "[",
        "]",
        "{{",
        "}}",
        ",",
        "\n",
        "\n  ",
        "\n    ",
        "\t",
        "'",
        "\"",
        "|",
        ">-",
        "&x ",
        "*x",
        "<<: ",
        "!!str ",
        "!t ",
        "? ",
        "#",
        " # c",
        "---\n",
        "...\n",
        "%YAML 1.2\n",
        "é",
        "\u{feff}",
        "\0",
        "\r",
        "1.5",
        "~",
        "\\",
        "# --- truncated at\n",
    ];
    let mut state: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut next = |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % limit as u64).unwrap()
    };
    for _ in 0..20_000 {
        let text: String = (0..next(30)).map(|_| PIECES[next(PIECES.len())]).collect();
        let mut sources = SourceSet::new();
        let file = sources.add("a.yaml", text.as_str());
        let mut sink = Sink::new();
        let document = parse(file, &text, &mut sink);
        assert!(document.is_some() || sink.diagnostics().iter().any(Diagnostic::is_error), "{text:?}");
        if let Some(document) = document {
            check_places(&document.root, &text);
        }
        for diagnostic in sink.diagnostics() {
            let span = diagnostic.span().unwrap();
            assert!(text.get(span.range()).is_some(), "{text:?}: {diagnostic:?}");
            let _ = crate::render::human(diagnostic, &sources, crate::render::Style::Plain);
        }
    }
}

fn check_places(node: &Node, text: &str) {
    assert!(text.get(node.span.range()).is_some(), "{text:?}: {node:?}");
    for item in node.as_seq().unwrap_or_default() {
        check_places(item, text);
    }
    for entry in node.as_map().unwrap_or_default() {
        assert!(text.get(entry.key.span.range()).is_some(), "{text:?}: {entry:?}");
        check_places(&entry.value, text);
    }
}
