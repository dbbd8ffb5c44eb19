//! What two versions promise differently, and whether that breaks callers.

use serde_json::{Value, json};

use super::*;
use crate::capability::surface::{Member, Type};

/// A surface of units, each with the schema of what it takes.
fn surface(units: &[(&str, Value)]) -> Surface {
    let unit = |(name, schema): &(&str, Value)| {
        let input =
            |(name, member): (&String, &Member)| (name.clone(), Input { member: member.clone(), ..Input::default() });
        let inputs = Type::of(schema).properties.iter().map(input).collect();
        ((*name).to_owned(), Promise { inputs, available: true, ..Promise::default() })
    };
    Surface { units: units.iter().map(unit).collect(), ..Surface::default() }
}

fn told(before: &Surface, after: &Surface) -> Vec<(String, Class)> {
    of_one("demo", Some(before), Some(after)).iter().map(|change| (change.sentence(), change.class)).collect()
}

fn expect(found: &[(String, Class)], expected: &[(&str, Class)]) {
    let found: Vec<_> = found.iter().map(|(text, class)| (text.as_str(), *class)).collect();
    assert_eq!(found, expected);
}

#[test]
fn callers_notice_what_breaks_them() {
    let before = surface(&[
        (
            "tool a",
            json!({"required": ["y"], "properties": {"x": {"type": "string"}, "y": {"type": "integer"}, "z": {}}}),
        ),
        ("tool b", json!({})),
    ]);
    let after = surface(&[
        (
            "tool a",
            json!({"required": ["x"], "properties": {"x": {"type": "string"}, "y": {"type": "number"}, "w": {"type": "string"}}}),
        ),
        ("tool c", json!({})),
    ]);
    expect(
        &told(&before, &after),
        &[
            ("tool a: `x` is required now", Breaking),
            ("tool a: `y` is optional now", Compatible),
            ("tool a: `y` is number instead of integer", Compatible),
            ("tool a: `z` is not taken any more", Breaking),
            ("tool a: takes `w`", Compatible),
            ("tool b is gone", Breaking),
            ("tool c is new", Compatible),
        ],
    );
    assert!(told(&before, &before).is_empty());
    assert!(of_one("demo", Some(&before), None).iter().all(Change::is_breaking));
    assert!(!of_one("demo", None, Some(&before)).iter().any(Change::is_breaking));
}

#[test]
fn values_that_hold_words_are_not_taken_apart() {
    let of = |values: Value| surface(&[("tool a", json!({"properties": {"x": {"enum": values}}}))]);
    let changes = told(&of(json!(["left or right"])), &of(json!(["left", "right"])));
    expect(&changes, &[(r#"tool a: `x` is one of "left" "right" instead of one of "left or right""#, Breaking)]);
    assert_eq!(told(&of(json!(["left"])), &of(json!(["left", "or"])))[0].1, Compatible);
}

#[test]
fn what_lies_deeper_counts_as_well() {
    let of = |required: Value, closed: bool| {
        let at = json!({"type": "object", "required": required, "additionalProperties": !closed,
            "properties": {"lat": {"type": "number", "description": "North."}}});
        surface(&[("tool a", json!({"properties": {"at": {"type": "array", "items": at}}}))])
    };
    expect(
        &told(&of(json!([]), false), &of(json!(["lat"]), true)),
        &[("tool a: `at[]` takes declared members alone", Breaking), ("tool a: `at[].lat` is required now", Breaking)],
    );
}

#[test]
fn what_is_called_is_told_aloud_and_breaks_callers_when_it_is_nothing() {
    let of = |upstream: &str| {
        let promise = Promise { upstream: Some(upstream.to_owned()), available: true, ..Promise::default() };
        Surface { units: [("tool a".to_owned(), promise)].into(), ..Surface::default() }
    };
    let one = |before: &str, after: &str| of_one("demo", Some(&of(before)), Some(&of(after))).remove(0);
    let moved = one("GET https://api.example/v1", "GET https://api.example/v2");
    assert!(moved.is_loud() && !moved.is_breaking(), "{moved:?}");
    let lost = one("GET https://api.example/v1", "GET /v1");
    assert!(lost.is_loud() && lost.is_breaking(), "{lost:?}");
}

/// A unit that answers this.
fn answering(answer: Answer) -> Surface {
    let promise = Promise { answer: Some(answer), available: true, ..Promise::default() };
    Surface { units: [("tool a".to_owned(), promise)].into(), ..Surface::default() }
}

fn mapped(schema: &Value, reads: &[(&str, &str)]) -> Surface {
    let reads = reads.iter().map(|(at, read)| ((*at).to_owned(), (*read).to_owned())).collect();
    answering(Answer { mapped: true, shape: Type::of(schema), reads })
}

#[test]
fn what_callers_get_counts_the_other_way_round() {
    let object = |members: Value| json!({"type": "object", "properties": members});
    let before = mapped(&object(json!({"id": {"type": "number"}, "name": {}})), &[("id", "$.id"), ("name", "$.name")]);
    let after =
        mapped(&object(json!({"id": {"type": "integer"}, "label": {}})), &[("id", "$.uid"), ("label", "$.name")]);
    expect(
        &told(&before, &after),
        &[
            ("tool a: `id` of the result is integer instead of number", Compatible),
            ("tool a: the result has no `name` any more; `label` is what it was", Breaking),
            ("tool a: the result has `label`", Compatible),
            ("tool a: `id` of the result is read at $.uid instead of $.id", Breaking),
        ],
    );
    assert_eq!(
        told(&after, &before)[0],
        ("tool a: `id` of the result is number instead of integer".to_owned(), Breaking)
    );
    let raw = answering(Answer::default());
    expect(
        &told(&before, &raw),
        &[("tool a: the result is the upstream's as it comes, it is not mapped any more", Breaking)],
    );
    assert_eq!(told(&raw, &before)[0].1, Breaking);
}

#[test]
fn places_authentication_values_and_words_are_seen() {
    let of = |place: &str, key: Option<&str>, text: &str, hint: bool| {
        let input = Input { places: [place.to_owned()].into(), member: Member::default() };
        let promise = Promise {
            inputs: [("id".to_owned(), input)].into(),
            authentication: key.map(str::to_owned),
            description: Some(text.to_owned()),
            annotations: [("readOnlyHint".to_owned(), hint)].into(),
            available: true,
            ..Promise::default()
        };
        Surface { units: [("GET /x".to_owned(), promise)].into(), ..Surface::default() }
    };
    expect(
        &told(&of("query `id`", Some("bearer"), "Gets.", true), &of("header `id`", None, "Reads.", false)),
        &[
            ("GET /x: `id` is taken from header `id` instead of query `id`", Breaking),
            ("GET /x: authentication: none instead of bearer", Breaking),
            ("GET /x: `readOnlyHint` is false instead of true", Compatible),
            ("GET /x: its description reads differently", Wording),
        ],
    );
    let before = of("query `id`", None, "", true);
    let after = Surface { lacking: [("KEY".to_owned(), ["GET /x".to_owned()].into())].into(), ..before.clone() };
    expect(&told(&before, &after), &[("the capability: `KEY` has no value: GET /x cannot be called", Breaking)]);
    expect(&told(&after, &before), &[("the capability: does not wait for a value of `KEY` any more", Compatible)]);
    assert_ne!(Surface::hash(Some(&after), &before), Surface::hash(Some(&before), &before));
    assert_eq!(Surface::hash(Some(&after), &after), Surface::hash(Some(&before), &before));
}

#[test]
fn what_becomes_of_a_job_is_told() {
    let of = |result: &str, failures: &[(&str, u16)], block: &str| {
        let failures = failures.iter().map(|(state, status)| ((*state).to_owned(), *status)).collect();
        let job = LongPromise { result: result.to_owned(), failures, block: block.to_owned() };
        let promise = Promise { jobs: [("art.draw".to_owned(), job)].into(), available: true, ..Promise::default() };
        Surface { units: [("tool a".to_owned(), promise)].into(), ..Surface::default() }
    };
    expect(
        &told(&of("the value at $.a", &[("Moderated", 422)], "1"), &of("the bytes behind $.b", &[("Late", 504)], "2")),
        &[
            ("tool a: the job of art.draw yields the bytes behind $.b instead of the value at $.a", Breaking),
            ("tool a: the state `Late` of art.draw is 504 instead of 502", Breaking),
            ("tool a: the state `Moderated` of art.draw is 502 instead of 422", Breaking),
            (
                "tool a: the job of art.draw reads differently: handles from before a restart are not taken up",
                Compatible,
            ),
        ],
    );
    let none = surface(&[("tool a", json!({}))]);
    expect(&told(&none, &of("x", &[], "1")), &[("tool a: waits for the job of art.draw", Breaking)]);
    let plain = told(&of("x", &[], "1"), &none);
    expect(&plain, &[("tool a: does not wait for the job of art.draw any more", Breaking)]);
}
