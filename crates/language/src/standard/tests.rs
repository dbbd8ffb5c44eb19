//! Tests of the official schemas.

use std::path::Path;

use crate::{Options, compile, render, source::MemoryFiles};

fn strict(text: &str) -> Vec<String> {
    let options = Options { strict: true, ..Options::default() };
    let compilation = compile(&MemoryFiles::new().with("doc.yaml", text), Path::new("doc.yaml"), &options);
    compilation.diagnostics.iter().map(|d| render::line(d, &compilation.sources)).collect()
}

const GOOD: &str = "
ikanos: 1.0.0-beta5
info: {display: Shop, description: Orders.}
capability:
  consumes:
  - type: http
    namespace: shop
    description: The shop.
    baseUri: https://api.shop.test
    resources:
      orders:
        path: /orders
        operations:
          list: {method: GET}
  exposes:
  - type: mcp
    namespace: tools
    description: The tools.
    port: 9090
    tools:
      list: {description: Lists orders., call: shop.list, outputParameters: [{type: string, mapping: $.name}]}
";

#[test]
fn what_the_standard_allows_is_silent() {
    assert_eq!(strict(GOOD), Vec::<String>::new());
}

#[test]
fn every_rejection_has_its_place_and_is_said_once() {
    let cases = [
        (
            "description: Orders.",
            "description: Orders., created: yesterday",
            "3:54: error[official-schema]: the standard does not allow `yesterday` here",
        ),
        (", description: Orders.", "", "3:8: error[official-schema]: the standard demands the key `description` here"),
        ("  exposes:", "  x-note: a\n  exposes:", "15:3: note[official-schema]: the standard has no key `x-note` here"),
        (
            "namespace: shop\n",
            "namespace: shop\n    label: Shop\n",
            "8:5: error[official-schema]: the standard has no key `label` here",
        ),
        (
            "      orders:",
            "      my orders:",
            "11:7: error[official-schema]: the standard does not allow the name `my orders`",
        ),
        ("{method: GET}", "{method: GET, outputRawFormat: yml}", "outputRawFormat"),
    ];
    for (from, to, expected) in cases {
        let said = strict(&GOOD.replacen(from, to, 1));
        let fits = |line: &String| line.contains(expected);
        assert!(
            said.len() == 1 && said.iter().all(fits) || (expected == "outputRawFormat" && !said.is_empty()),
            "{to}: {said:#?}"
        );
    }
}
