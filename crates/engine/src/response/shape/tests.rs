//! Tests of `shape`.

use std::sync::Arc;

use capstan_plan::{Selector, StepOutput, Template};
use serde_json::json;

use super::*;
use crate::{base::bindings::Bindings, base::host::SystemHost, base::value::Inputs, template::functions::Functions};

fn sel(text: &str) -> Selector {
    Selector::parse(text).unwrap()
}

fn pick(text: &str) -> Shape {
    Shape::Select(sel(text))
}

fn run(outputs: &Outputs, response: Json) -> Json {
    from(Format::Json, outputs, response)
}

fn from(format: Format, outputs: &Outputs, response: Json) -> Json {
    let frame = Inputs::with_slots(0);
    let bindings = Bindings::default();
    let functions = Functions::new(Arc::new(SystemHost), "".into(), Arc::default());
    apply(outputs, response, format, Scope::new(&frame, &bindings, &functions)).unwrap()
}

fn one(shape: Shape, response: Json) -> Json {
    run(&Outputs::First([shape].into()), response)
}

#[test]
fn shapes_recurse_and_re_root() {
    let shape = Shape::Object {
        root: Some(sel("$.data")),
        fields: [
            ("id".into(), pick("$.id")),
            ("gone".into(), pick("$.gone")),
            ("kind".into(), Shape::Constant(Template::text("user"))),
            (
                "tags".into(),
                Shape::Array {
                    root: Some(sel("$.tags")),
                    item: Some(Box::new(Shape::Object { root: None, fields: [("n".into(), pick("$.name"))].into() })),
                },
            ),
            ("by".into(), Shape::Map { root: Some(sel("$.by")), value: Box::new(pick("$.v")) }),
        ]
        .into(),
    };
    let response = json!({"data": {"id": 7, "tags": [{"name": "a"}, {"name": "b", "x": 1}], "by": {"k": {"v": true}}}});
    assert_eq!(
        one(shape, response),
        json!({"id": 7, "gone": null, "kind": "user", "tags": [{"n": "a"}, {"n": "b"}], "by": {"k": true}})
    );
}

#[test]
fn the_first_value_wins_and_types_stay() {
    let outputs = Outputs::First([pick("$.a"), pick("$.b"), pick("$.c")].into());
    assert_eq!(run(&outputs, json!({"a": null, "b": 1.5, "c": 2})), json!(1.5));
    assert_eq!(run(&outputs, json!({})), json!(null));
    let named = Outputs::Named([("x".into(), pick("$.a")), ("y".into(), pick("$.z"))].into());
    assert_eq!(run(&named, json!({"a": [1]})), json!({"x": [1], "y": null}));
}

#[test]
fn mismatches_are_null_and_text_is_cut() {
    assert_eq!(one(Shape::Array { root: Some(sel("$.a")), item: None }, json!({"a": 1})), json!(null));
    assert_eq!(one(Shape::Map { root: None, value: Box::new(pick("$")) }, json!([1])), json!(null));
    assert_eq!(one(Shape::MaxLength(Box::new(pick("$.t")), 3), json!({"t": "äöüß"})), json!("äöü"));
    assert_eq!(one(Shape::MaxLength(Box::new(pick("$.t")), 3), json!({"t": "ab"})), json!("ab"));
}

#[test]
fn one_element_of_xml_is_a_list() {
    let list = Outputs::First([Shape::Array { root: Some(sel("$.a")), item: Some(Box::new(pick("$.b"))) }].into());
    assert_eq!(from(Format::Xml, &list, json!({"a": {"b": "1"}})), json!(["1"]));
    assert_eq!(from(Format::Xml, &list, json!({"a": [{"b": "1"}, {"b": "2"}]})), json!(["1", "2"]));
    assert_eq!(from(Format::Xml, &list, json!({"c": "1"})), json!([]));
    let fields = Box::new([("b".into(), pick("$.b"))]);
    let item = Some(Box::new(Shape::Object { root: None, fields }));
    for (path, answer, expected) in [
        ("$.a", json!({"a": ""}), json!([])),
        ("$.a", json!({"c": "1"}), json!([])),
        ("$.a[*]", json!({"a": {"b": "1"}}), json!([{"b": "1"}])),
        ("$.a[*]", json!({"a": [{"b": "1"}, {"b": "2"}]}), json!([{"b": "1"}, {"b": "2"}])),
        ("$..a", json!({"x": {"a": [{"b": "1"}, {"b": "2"}]}}), json!([{"b": "1"}, {"b": "2"}])),
    ] {
        let list = Outputs::First([Shape::Array { root: Some(sel(path)), item: item.clone() }].into());
        assert_eq!(from(Format::Xml, &list, answer), expected, "{path}");
    }
    let other = Shape::Array { root: Some(sel("$.a")), item: None };
    let either = Outputs::First([other, pick("$.c")].into());
    assert_eq!(from(Format::Xml, &either, json!({"c": "1"})), json!("1"));
}

#[test]
fn step_outputs_project_objects_and_augment_lists() {
    let keep = |output: &StepOutput, json| kept(output, json, Effort::InPlace).unwrap();
    let named = StepOutput::Named([("id".into(), sel("$.data.id")), ("no".into(), sel("$.no"))].into());
    assert_eq!(keep(&named, json!({"data": {"id": 1}, "x": 2})), json!({"id": 1, "no": null}));
    assert_eq!(
        keep(&named, json!([{"data": {"id": 1}}, 5])),
        json!([{"data": {"id": 1}, "id": 1, "no": null}, {"id": null, "no": null}])
    );
    assert_eq!(keep(&StepOutput::Single(sel("$.a")), json!({"a": [1]})), json!([1]));
    assert_eq!(keep(&StepOutput::Raw, json!("x")), json!("x"));
}

#[test]
fn nested_targets_make_objects() {
    let mut object = Map::new();
    for (target, value) in
        [(vec!["a", "b"], json!(1)), (vec!["a", "c"], json!(2)), (vec!["s"], json!(3)), (vec!["s", "t"], json!(4))]
    {
        let target: Vec<Box<str>> = target.into_iter().map(Into::into).collect();
        set(&mut object, &target, Computed::owned(value));
    }
    assert_eq!(Json::Object(object), json!({"a": {"b": 1, "c": 2}, "s": {"t": 4}}));
}
