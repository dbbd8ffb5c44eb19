//! A selector on a document: the first line is the selector, the rest is JSON.
#![no_main]

use capstan_plan::{Selector, budget::Budget};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

fuzz_target!(|text: &str| {
    let (selector, document) = text.split_once('\n').unwrap_or((text, ""));
    let Ok(selector) = Selector::parse(selector) else { return };
    let document: Value = serde_json::from_str(document).unwrap_or_else(
        |_| json!({"a": [{"b": 1, "c": [1, 2, {"d": "x"}]}, {"b": null}], "e-f": {"g": {"h": [[], {}]}}}),
    );
    let _ = selector.select(&document, &Budget::of_body(text.len()));
    // What was accepted is accepted again as it is printed.
    assert!(Selector::parse(selector.text()).is_ok(), "{}", selector.text());
});
