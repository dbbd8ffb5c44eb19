//! Tests of tables, accessors and their complaints.
#![allow(clippy::type_complexity, reason = "tables of cases read best as they are")]

use super::*;
use crate::diagnostic::{Code, Sink};
use crate::document::{Document, parse};
use crate::source::FileId;

static ITEM: Table = Table::new("an item", "", &[Key::new("name", KeyType::Text, "Its name.")]);

static ROOT: Table = Table::new(
    "a thing",
    "For tests.",
    &[
        Key::new("name", KeyType::Text, "What it is called.").required(),
        Key::new("authentication", KeyType::Any, "").or(&["auth"]),
        Key::new("port", KeyType::Integer, ""),
        Key::new("ratio", KeyType::Number, ""),
        Key::new("strict", KeyType::Bool, ""),
        Key::new("kind", KeyType::Enum(&["rest", "mcp", "skill"]), ""),
        Key::new("tags", KeyType::TextList, ""),
        Key::new("items", KeyType::Named(&ITEM), ""),
        Key::new("nested", KeyType::Object(&ROOT), ""),
        Key::new("labels", KeyType::Map(&KeyType::Text), ""),
        Key::prose("description", "For people."),
        Key::unsupported("proxy", KeyType::Text, "", "requests are sent directly").ours(),
    ],
);

static OPEN: Table = Table::open("an open thing", "", &[]);

fn document(text: &str) -> Document {
    parse(FileId(0), text, &mut Sink::new()).unwrap()
}

/// Code, key path, message and help of all findings.
fn said(sink: &Sink) -> Vec<(&'static str, &str, &str, &str)> {
    let all = sink.diagnostics().iter();
    all.map(|d| (d.code.name(), &*d.path, &*d.message, d.help.as_deref().unwrap_or_default())).collect()
}

#[test]
fn a_table_reads_mappings_only() {
    let cases: [(&str, &[(&str, &str, &str, &str)]); 3] = [
        ("name: a\nauth: b\nother: c\n", &[]),
        ("[a]", &[("wrong-type", "", "a thing must be a mapping, but this is a list", "write a mapping")]),
        ("'text'", &[("wrong-type", "", "a thing must be a mapping, but this is text", "write a mapping")]),
    ];
    for (text, expected) in cases {
        let (document, mut sink) = (document(text), Sink::new());
        let fields = Fields::read(&document.root, &ROOT, &mut sink);
        assert_eq!(said(&sink), expected, "{text}");
        assert_eq!(fields.is_some(), document.root.as_map().is_some());
    }
    let (document, mut sink) = (document("anything: 1"), Sink::new());
    let fields = Fields::read(&document.root, &OPEN, &mut sink).unwrap();
    assert_eq!(fields.unknown().count(), 1);
}

#[test]
fn scalars_are_read_leniently_where_that_is_safe() {
    let text = "name: 1.0\nport: '8080'\nratio: 2\nstrict: 'true'\nkind: REST\ntags: one\n";
    let (document, mut sink) = (document(text), Sink::new());
    let fields = Fields::read(&document.root, &ROOT, &mut sink).unwrap();
    assert_eq!(fields.text("name", &mut sink).unwrap().value, "1.0");
    assert_eq!(fields.integer("port", &mut sink).unwrap().value, 8080);
    assert_eq!(fields.number("ratio", &mut sink).unwrap().value, 2.0);
    assert!(fields.boolean("strict", &mut sink).unwrap().value);
    assert_eq!(fields.word("kind", &mut sink).unwrap().value, "rest");
    assert_eq!(fields.text_list("tags", &mut sink)[0].value, "one");
    assert_eq!(said(&sink), []);
}

#[test]
fn wrong_values_are_named_with_their_place() {
    let text = "nested:\n  name: [a]\n  port: many\n  ratio: x\n  strict: 1\n  kind: rset\n  tags: [a, [b]]\n  items: 1\n  labels: []\n  nested: a\n";
    let (document, mut sink) = (document(text), Sink::new());
    let root = Fields::read(&document.root, &ROOT, &mut sink).unwrap();
    let fields = root.object("nested", &ROOT, &mut sink).unwrap();
    assert!(fields.required_text("name", &mut sink).is_none());
    assert!(fields.integer("port", &mut sink).is_none());
    assert!(fields.number("ratio", &mut sink).is_none());
    assert!(fields.boolean("strict", &mut sink).is_none());
    assert!(fields.word("kind", &mut sink).is_none());
    assert_eq!(fields.text_list("tags", &mut sink).len(), 1);
    assert!(fields.entries("items", &mut sink).is_empty());
    assert!(fields.map("labels", &mut sink).is_empty());
    assert!(fields.object("nested", &ROOT, &mut sink).is_none());
    let expected = [
        ("wrong-type", "nested.name", "`name` must be text, but this is a list", "write text"),
        ("wrong-type", "nested.port", "`port` must be a whole number, but this is text", "write a whole number"),
        ("wrong-type", "nested.ratio", "`ratio` must be a number, but this is text", "write a number"),
        (
            "wrong-type",
            "nested.strict",
            "`strict` must be `true` or `false`, but this is a number",
            "write `true` or `false`",
        ),
        ("bad-value", "nested.kind", "`kind` cannot be `rset`", "did you mean `rest`?"),
        ("wrong-type", "nested.tags[1]", "each of `tags` must be text, but this is a list", "write text"),
        (
            "wrong-type",
            "nested.items",
            "`items` must be a list, or a mapping from names, but this is a number",
            "write a list, or a mapping from names",
        ),
        ("wrong-type", "nested.labels", "`labels` must be a mapping, but this is a list", "write a mapping"),
        ("wrong-type", "nested.nested", "a thing must be a mapping, but this is text", "write a mapping"),
    ];
    assert_eq!(said(&sink), expected);
}

#[test]
fn absent_and_null_are_the_same() {
    let (document, mut sink) = (document("port: ~\ntags:\n"), Sink::new());
    let fields = Fields::read(&document.root, &ROOT, &mut sink).unwrap();
    assert!(fields.integer("port", &mut sink).is_none());
    assert!(fields.has("port") && fields.node("port").is_none());
    assert!(fields.text_list("tags", &mut sink).is_empty());
    assert!(fields.list("items", &mut sink).is_empty());
    assert_eq!(said(&sink), []);
    assert!(fields.required_text("name", &mut sink).is_none());
    assert_eq!(said(&sink), [("missing-key", "name", "a thing needs the key `name`", "`name`: What it is called")]);
}

#[test]
fn named_collections_come_as_mapping_or_list() {
    let cases = [
        ("items:\n  b: {}\n  a: {}\n", vec![(Some("b"), "items.b"), (Some("a"), "items.a")]),
        (
            "items:\n- name: b\n- id: a\n- {}\n- 1\n",
            vec![(Some("b"), "items[0]"), (Some("a"), "items[1]"), (None, "items[2]"), (None, "items[3]")],
        ),
        ("items: []\n", vec![]),
    ];
    for (text, expected) in cases {
        let (document, mut sink) = (document(text), Sink::new());
        let fields = Fields::read(&document.root, &ROOT, &mut sink).unwrap();
        let items = fields.entries_by("items", &["name", "id"], &mut sink);
        let got: Vec<_> = items.iter().map(|item| (item.name.map(|name| name.value), item.path.to_string())).collect();
        let expected: Vec<_> = expected.into_iter().map(|(name, path)| (name, path.to_owned())).collect();
        assert_eq!(got, expected, "{text}");
    }
}

#[test]
fn the_official_spelling_wins() {
    let (document, mut sink) = (document("auth: a\nauthentication: b\n"), Sink::new());
    let fields = Fields::read(&document.root, &ROOT, &mut sink).unwrap();
    assert_eq!(fields.text("authentication", &mut sink).unwrap().value, "b");
    let (document, mut sink) = (self::document("auth: [a]\n"), Sink::new());
    let fields = Fields::read(&document.root, &ROOT, &mut sink).unwrap();
    assert_eq!(fields.path_of("authentication").to_string(), "auth");
    fields.error("authentication", Code::BadValue, "bad", &mut sink);
    assert_eq!(sink.diagnostics()[0].span().unwrap().range(), 6..9);
}
