use serde_json::{Value, json};

use super::document;
use crate::{
    capability::{exposed::Exposed, instance::Capability},
    fixture,
};

fn of(capability: &std::sync::Arc<Capability>) -> Value {
    document(&Exposed::all(capability).collect::<Vec<_>>(), None)
}

#[test]
fn what_cannot_be_called_is_listed_and_says_so() {
    let capability =
        fixture::capability("shop", &[("rest", 8080, &["GET /a/{x} get", "GET /a/{y} other", "POST /a/{y} put"])]);
    let document = of(&capability);
    assert_eq!(document["openapi"], "3.1.0");
    let item = &document["paths"]["/a/{x}"];
    assert_eq!(item["get"]["operationId"], "get");
    assert_eq!(
        item["post"]["parameters"],
        json!([{"name": "x", "in": "path", "required": true, "schema": {"type": "string"}}])
    );
    assert!(item["get"]["responses"]["501"].is_object());

    assert_eq!(document["paths"]["/a/{y}:other"]["get"]["operationId"], "other");
}

#[test]
fn an_mcp_server_has_no_part_in_it() {
    let document = of(&fixture::capability("shop", &[("mcp", 8081, &[])]));
    assert_eq!(document["paths"], json!({}));
    assert_eq!(document["info"]["version"], "unspecified");
}
