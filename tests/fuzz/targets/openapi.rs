//! An OpenAPI document beside a capability.
#![no_main]

use capstan_language::source::MemoryFiles;
use libfuzzer_sys::fuzz_target;

const CAPABILITY: &str = r#"
naftiko: 1.0.0-alpha2
info: {label: Shop, description: A shop with a document beside it.}
capability:
  consumes:
  - type: http
    namespace: shop
    baseUri: https://shop.example/v1
    resources:
    - name: items
      path: /items/{id}
      operations:
      - {name: get, method: GET}
      - {name: put, method: PUT}
  exposes:
  - type: mcp
    port: 8080
    namespace: tools
    tools:
    - {name: get, description: Gets., call: shop.get}
    - {name: put, description: Puts., call: shop.put, with: {body: '{{tools.body}}'}}
"#;

fuzz_target!(|bytes: &[u8]| {
    let files = MemoryFiles::new().with("x.yaml", CAPABILITY).with("x.openapi.yaml", bytes);
    let _ = capstan_fuzz::compiled(&files);
});
