//! Tests of `structured`.

use super::{super::tests::fixture, *};

fn fitted(schema: &Value, structured: Structured, value: Value) -> Content {
    let mut tool = fixture::tool("x", capstan_plan::FlowId(0));
    tool.output_schema = Some(schema.clone().into());
    tool.structured = structured;
    let promise = Promise::new(schema.clone());
    content(&tool, Some(&promise), value)
}

fn book() -> Value {
    json!({ "type": "object", "properties": {
        "title": { "type": ["string", "null"] },
        "pages": { "type": ["integer", "null"] },
        "lent": { "type": ["boolean", "null"] },
        "tags": { "type": ["array", "null"], "items": { "type": ["string", "null"] } },
    } })
}

#[test]
fn what_fits_stays_and_what_can_be_read_is() {
    let value = json!({ "title": 1984, "pages": "328", "lent": "true", "tags": ["a", 2, { "b": 1 }], "more": [1] });
    let content = fitted(&book(), Structured::Object, value);
    let expected = json!({ "title": "1984", "pages": 328, "lent": true, "tags": ["a", "2", "{\"b\":1}"], "more": [1] });
    assert_eq!((content.value, content.remark), (Some(expected), None));
}

#[test]
fn what_does_not_fit_is_null_and_said() {
    let value = json!({ "title": null, "pages": "many", "lent": 2, "tags": "a" });
    let content = fitted(&book(), Structured::Object, value);
    assert_eq!(content.value, Some(json!({ "title": null, "pages": null, "lent": null, "tags": null })));
    let remark = content.remark.unwrap();
    assert!(
        remark.contains("`pages` is \"many\" instead of integer; `lent` is 2 instead of boolean; `tags` is"),
        "{remark}"
    );
}

#[test]
fn digits_are_not_lost() {
    let schema = json!({ "type": "object", "properties": { "n": { "type": ["number", "null"] } } });
    for text in ["007", "1e3", "1.50", "12345678901234567890123"] {
        let content = fitted(&schema, Structured::Object, json!({ "n": text }));
        assert_eq!(content.value, Some(json!({ "n": null })), "{text}");
    }
}

#[test]
fn lists_and_what_replaces_them_stand_under_result() {
    let list = json!({ "type": ["array", "null"], "items": { "type": ["integer", "null"] } });
    let schema = json!({ "type": "object", "properties": { "result": list }, "required": ["result"] });
    for (value, expected) in [
        (json!([1, "2"]), json!({ "result": [1, 2] })),
        (json!(null), json!({ "result": null })),
        (json!({ "error": 1 }), json!({ "result": null })),
    ] {
        assert_eq!(fitted(&schema, Structured::Result, value).value, Some(expected));
    }
}

#[test]
fn a_promise_of_the_author_is_kept_or_called_broken() {
    let schema =
        json!({ "type": "object", "properties": { "n": { "type": "integer", "minimum": 3 } }, "required": ["n"] });
    assert_eq!(fitted(&schema, Structured::Promised, json!({ "n": "7" })).value, Some(json!({ "n": 7 })));
    let content = fitted(&schema, Structured::Promised, json!({ "n": 1 }));
    assert_eq!((content.value, content.broken.as_deref()), (None, Some("`/n` must be at least 3, not 1")));
    assert_eq!(fitted(&schema, Structured::Promised, json!([])).broken.as_deref(), Some("it must have `n`"));
}
