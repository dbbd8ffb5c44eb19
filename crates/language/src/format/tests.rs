//! What a layout changes, and what it leaves.

use super::*;

fn laid_out(text: &str) -> String {
    format("doc.yaml", text, Style::default()).map_or_else(|left| left.0.join("\n"), Cow::into_owned)
}

fn ordered(text: &str) -> String {
    format("doc.yaml", text, Style { order: true }).map_or_else(|left| left.0.join("\n"), Cow::into_owned)
}

#[test]
fn looks_change() {
    let cases = [
        ("a:   1\nb:\n    - x\n    -   y\n", "a: 1\nb:\n- x\n- y\n"),
        ("a: \"x\"\nb: \"it's\"\n", "a: 'x'\nb: \"it's\"\n"),
        ("a: { b: 1,c: [ 1,2 ] }\n", "a: {b: 1, c: [1, 2]}\n"),
        ("# top\n\n\n\na: 1   # one\n\n\nb: 2", "# top\n\na: 1 # one\n\nb: 2\n"),
        ("a: 1\r\nb:\r\n    c: 2\r\n", "a: 1\r\nb:\r\n  c: 2\r\n"),
        ("\u{feff}a:  ü\n", "\u{feff}a: ü\n"),
    ];
    for (text, expected) in cases {
        assert_eq!(laid_out(text), expected, "{text}");
    }
}

#[test]
fn what_is_said_stays() {
    let texts = [
        "a: |\n  one\n    two  \n\n  three\n\nb: >-\n  folded\n  text\nc: |2\n    deep\nd: |+\n  kept\n\ne: end\n",
        "a: &x {b: 1}\nc: *x\nd:\n  <<: *x\n  e: 2\n",
        "'yes': yes\n\"1.10\": 1.10\nn: ~\nt: \"\\u00e9\\n\\t\"\ns: 'it''s'\n",
        "? a long key\n: value\n",
        "a: plain text\n  over two lines\nb: 'quoted\n\n  over more'\n",
        "key: # of nothing\n- a # first\n# between\n- b\n# last\n",
        "%YAML 1.2\n---\na: 1\n...\n",
        "a: !!str 1\nb: !!int '2'\n",
        "a: {{x}}\n",
        "- - - a\n    - b\n  - c\n",
        "日本: 語 # コメント\n",
        "# capstan-fmt-ignore\na:   {x:   1}\nb:   2\n",
    ];
    for text in texts {
        let done = laid_out(text);
        assert!(
            done.contains(": left as it is: ") || done.contains("error[") || said::same(text, &done),
            "{text}\n{done}"
        );
        assert!(!done.contains("would say something else"), "{text}\n{done}");
        if !done.contains("error[") {
            assert_eq!(laid_out(&done), done);
        }
    }
}

#[test]
fn what_does_not_parse_is_left_with_the_reason() {
    assert_eq!(laid_out("a: [1\n"), "doc.yaml:1:4: error[yaml-syntax]: a bracket is opened but never closed");
    assert!(laid_out("a: 1\na: 2\n").contains("duplicate-key"));
    assert_eq!(
        laid_out("a: |+\n  kept\n\n\n"),
        "doc.yaml: left as it is: it would say something else in the canonical layout"
    );
    let steep: String = (0..40).map(|depth| format!("{}a:\n", "  ".repeat(depth))).collect();
    assert!(laid_out(&steep).contains("indented by more than 60 columns"), "{}", laid_out(&steep));
    let deep = format!("a: {}{}\n", "[".repeat(80), "]".repeat(80));
    assert!(laid_out(&deep).contains("error["), "{}", laid_out(&deep));
}

#[test]
fn keys_take_the_order_of_the_tables_with_their_comments() {
    let text = "\
# what this is
capability:
  exposes:
  # the tools
  - port: 9090
    # their name
    namespace: tools
    type: mcp # over HTTP
    tools:
    - call: up.get
      name: get
      x-note: kept
      description: |
        two

        lines
  consumes:
  - namespace: up
    type: http
ikanos: 1.0.0-beta5
";
    let done = ordered(text);
    assert_eq!(ordered(&done), done);
    let at = |word: &str| done.find(word).unwrap_or_else(|| panic!("{word} is lost in {done}"));
    assert!(done.starts_with("# what this is\nikanos: 1.0.0-beta5\ncapability:\n"), "{done}");
    assert!(at("consumes:") < at("exposes:") && at("# the tools") < at("type: mcp # over HTTP"), "{done}");
    assert!(done.contains("    # their name\n    namespace: tools\n"), "{done}");
    assert!(done.contains("- type: http\n    namespace: up\n"), "{done}");
    assert!(at("x-note: kept") > at("call: up.get"), "{done}");
    assert!(said::same_but_for_order(text, &done));
}

#[test]
fn only_capability_documents_are_concerned_unasked() {
    assert!(concerns("ikanos: 1.0.0-beta5\n"));
    assert!(concerns("a: [\n"), "what cannot be read is reported");
    assert!(!concerns("services:\n  web: {image: x}\n"));
}
