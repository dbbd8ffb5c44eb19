//! What migration writes, and what it leaves.

use std::path::Path;

use super::{Dialect, Migrated, migrate};
use crate::{document, source::MemoryFiles, standard};

fn run(text: &str, dialect: Dialect) -> Migrated {
    let files = MemoryFiles::new().with("doc.yaml", text);
    migrate(&files, Path::new("doc.yaml"), text, dialect).unwrap_or_else(|| panic!("no document: {text}"))
}

const WILD: &str = r#"# The shop, as it was published.
naftiko: 1.0.0-alpha1
info:
  title: Shop   # for people
  description: Orders.
capability:
  consumes:
  - namespace: shop
    type: http
    baseUri: api.shop.example
    auth:
      type: apiKey
      in: header
      name: X-Key
      value: '{{SHOP_KEY}}'
    resources:
    # everything about orders
    - name: orders_all
      path: /orders
      operations:
      - id: list_orders
        method: get
        inputParameters:
        - {name: limit, in: query, type: integer, description: How many.}
        - {name: state, in: query, required: true, type: string}
        outputRawFormat: json
      - name: get-order
        method: GET
        path: /{id}
        inputParameters:
        - name: id
          in: path
          type: string
          required: true
      - name: ping
        method: GET
        inputParameters: []
      - name: never-called
        method: DELETE
        inputParameters:
        - {name: id, in: query, type: string, required: true}
  exposes:
  - type: rest
    port: 8080
    namespace: shop-api
    description: The shop for people.
    resources:
    - path: /orders
      name: orders
      operations:
      - method: GET
        name: list
        call: shop.list_orders
        outputParameters:
        - type: object
          mapping: $.
    - path: /orders/{{id}}
      name: order
      operations:
      - method: GET
        name: get
        call: shop.get-order
        with: {id: rest.id}
  - type: mcp
    port: 9090
    namespace: shop-tools
    transport: http
    description: The shop for models.
    tools:
    - name: list-orders
      call: shop.list_orders
      outputParameters:
      - {name: first, type: string, mapping: '$.orders[0].id'}
      - {name: count, type: integer, mapping: $.count}
# the end
"#;

#[test]
fn a_published_file_becomes_valid_in_both_dialects() {
    for dialect in [Dialect::Ikanos, Dialect::Naftiko] {
        let done = run(WILD, dialect);
        assert_eq!((done.valid, done.left.as_slice()), (true, [].as_slice()), "{}", done.text);
        for comment in ["# The shop, as it was published.", "# for people", "# everything about orders", "# the end"] {
            assert!(done.text.contains(comment), "{comment} is lost in\n{}", done.text);
        }
        let again = run(&done.text, dialect);
        assert_eq!((again.valid, &again.text), (true, &done.text));
    }
}

#[test]
fn one_dialect_and_back_is_the_same() {
    let first = run(WILD, Dialect::Naftiko).text;
    let there = run(&first, Dialect::Ikanos);
    assert!(there.valid, "{:?}", there.left);
    let back = run(&there.text, Dialect::Naftiko);
    assert!(back.valid, "{:?}", back.left);
    let value = |text: &str| {
        let document = document::parse(crate::source::FileId(0), text, &mut crate::diagnostic::Sink::new());
        document.unwrap_or_else(|| panic!("{text}")).root.to_json()
    };
    assert_eq!(value(&back.text), value(&first));
}

#[test]
fn what_the_standard_cannot_say_stays_with_the_reason() {
    let cases = [
        ("type: apiKey\n      in: header", "type: apiKey\n      in: cookie", "cookie"),
        ("{name: limit, in: query", "{name: '$limit', in: query", "$limit"),
        ("baseUri: api.shop.example", "baseUri: '{{SHOP_URL}}'", "SHOP_URL"),
        ("method: get", "method: HEAD", "HEAD"),
        ("- name: list-orders\n", "- name: list_orders\n", "list_orders"),
    ];
    for (from, to, expected) in cases {
        let done = run(&WILD.replacen(from, to, 1), Dialect::Naftiko);
        assert!(!done.valid, "{to} became valid:\n{}", done.text);
        assert!(done.left.iter().any(|line| line.contains(expected)), "{to}: {:?}", done.left);
        assert!(!standard::accepts(&done.text, Dialect::Naftiko));
        let again = run(&done.text, Dialect::Naftiko);
        assert_eq!(again.text, done.text, "a second run changes nothing");
    }
}

#[test]
fn what_cannot_be_edited_is_left_whole() {
    let cases = [
        ("namespace: shop\n", "namespace: &ns shop\n", "anchors"),
        ("# the end", "    - {name: x\n# --- truncated at 32 KB (46 KB total) ---", "tail"),
        ("port: 8080", "port: [", "expected"),
    ];
    for (from, to, expected) in cases {
        let text = WILD.replacen(from, to, 1);
        let done = run(&text, Dialect::Ikanos);
        assert_eq!(done.text, text);
        assert!(!done.valid && done.left[0].contains(expected), "{:?}", done.left);
    }
    let other = MemoryFiles::new().with("doc.yaml", "services: {web: {image: x}}\n");
    assert!(migrate(&other, Path::new("doc.yaml"), "services: {web: {image: x}}\n", Dialect::Ikanos).is_none());
}

#[test]
fn callers_are_told_what_is_asked_of_them_otherwise() {
    let done = run(WILD, Dialect::Ikanos);
    let told = |part: &str| done.notes.iter().any(|note| note.contains(part));
    assert!(told("`GET /orders` is sent without `state`"), "{:?}", done.notes);
    assert!(told("description` is a comment now"), "{:?}", done.notes);
    assert!(done.text.contains("# description: The shop for people."), "{}", done.text);
    // The tool has the contract the linker derived from the operation.
    assert!(done.text.contains("state:\n            type: string"), "{}", done.text);
}
