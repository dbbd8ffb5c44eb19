//! Tests of schemas: keywords, references and cycles, merging, plain roots, bounds.

use super::*;
use serde_json::Value;

/// The body schema of `POST /x` when it is the given schema (flow YAML), with components.
fn body(version: &str, schema: &str, components: &str) -> Value {
    let api = good(&format!(
        "openapi: {version}\npaths:\n  /x:\n    post:\n      requestBody:\n        content:\n          \
         application/json:\n            schema: {schema}\ncomponents:\n  schemas: {components}\n"
    ));
    find(&api, "POST", "/x").unwrap().body.clone().unwrap().chosen().unwrap().schema.clone()
}

#[test]
fn keywords_become_2020_12() {
    let cases = [
        ("{type: string, nullable: true, enum: [a, b]}", json!({"type": ["string", "null"], "enum": ["a", "b", null]})),
        ("{type: number, minimum: 0, exclusiveMinimum: true}", json!({"type": "number", "exclusiveMinimum": 0})),
        ("{type: number, minimum: 0, exclusiveMinimum: false}", json!({"type": "number", "minimum": 0})),
        (
            "{nullable: true, oneOf: [{type: string}, {type: integer}]}",
            json!({"oneOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]}),
        ),
        (
            "{nullable: true, description: D, allOf: [{$ref: '#/components/schemas/E'}]}",
            json!({"type": ["string", "null"], "enum": ["x", null], "description": "D"}),
        ),
        (
            "{$ref: '#/components/schemas/E', nullable: true, maxLength: 3}",
            json!({"type": ["string", "null"], "enum": ["x", null]}),
        ),
        (
            "{type: string, format: uri, example: 'u', xml: {name: n}, externalDocs: {url: u}}",
            json!({"type": "string", "format": "uri", "examples": ["u"]}),
        ),
        ("{type: string, enum: [1.0, yes, true]}", json!({"type": "string", "enum": ["1.0", "yes", "true"]})),
        ("{type: array}", json!({"type": "array", "items": {}})),
        ("{type: any, required: true, minLength: -1, multipleOf: 0, x-a: 1}", json!({})),
        (
            "{type: array, items: {type: string, title: T}}",
            json!({"type": "array", "items": {"type": "string", "title": "T"}}),
        ),
        (
            "{additionalProperties: {type: string}}",
            json!({"type": "object", "additionalProperties": {"type": "string"}}),
        ),
        ("{type: object, additionalProperties: false}", json!({"type": "object", "additionalProperties": false})),
        ("true", json!({})),
        (
            "{type: object, properties: {user_name: {type: string, title: User Name}, b: {type: string, title: C}}}",
            json!({"type": "object", "properties": {
                "user_name": {"type": "string"}, "b": {"type": "string", "title": "C"},
            }}),
        ),
        (
            "{type: object, required: [id, a], properties: {id: {type: string, readOnly: true}, a: {type: string}}}",
            json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}),
        ),
        (
            "{type: object, required: [id], additionalProperties: false, properties: {id: {readOnly: true}}}",
            json!({"type": "object", "additionalProperties": false, "properties": {"id": {"readOnly": true}}}),
        ),
    ];
    for (schema, expected) in cases {
        assert_eq!(body("3.0.0", schema, "{E: {type: string, enum: [x]}}"), expected, "{schema}");
    }
}

#[test]
fn anyof_null_and_annotated_references() {
    let schema = body(
        "3.1.0",
        "{$ref: '#/components/schemas/Inputs'}",
        "
    Inputs:
      type: object
      title: Inputs
      required: [prompt]
      properties:
        prompt: {type: string, title: Prompt, default: '', example: ein bild}
        steps:
          anyOf: [{type: integer, minimum: 1, maximum: 50}, {type: 'null'}]
          title: Steps
          default: 28
          example: 28
        output_format:
          $ref: '#/components/schemas/Format'
          description: Image format.
          default: jpeg
    Format: {type: string, title: Format, enum: [jpeg, png]}",
    );
    let expected = json!({
        "type": "object",
        "required": ["prompt"],
        "properties": {
            "prompt": {"type": "string", "default": "", "examples": ["ein bild"]},
            "steps": {
                "anyOf": [{"type": "integer", "minimum": 1, "maximum": 50}, {"type": "null"}],
                "default": 28,
                "examples": [28],
            },
            "output_format": {
                "type": "string", "enum": ["jpeg", "png"], "description": "Image format.", "default": "jpeg",
            },
        },
    });
    assert_eq!(schema, expected);
    let order: Vec<_> = schema["properties"].as_object().unwrap().keys().collect();
    assert_eq!(order, ["prompt", "steps", "output_format"]);
}

#[test]
fn all_of_is_merged() {
    let cases = [
        (
            "{allOf: [{$ref: '#/components/schemas/A'}, {required: [b], properties: {b: {type: integer}}}], description: D}",
            json!({
                "type": "object",
                "properties": {"a": {"type": "string"}, "b": {"type": "integer"}},
                "required": ["a", "b"],
                "description": "D",
            }),
        ),
        (
            "{properties: {n: {allOf: [{type: number, minimum: 1, maximum: 9}, {type: integer, minimum: 3}]}}}",
            json!({"type": "object", "properties": {"n": {"type": "integer", "minimum": 3, "maximum": 9}}}),
        ),
        (
            "{properties: {n: {allOf: [{pattern: a}, {pattern: b}]}}}",
            json!({"type": "object", "properties": {"n": {"pattern": "a", "allOf": [{"pattern": "b"}]}}}),
        ),
        (
            "{properties: {n: {anyOf: [{type: string}], description: D}}}",
            json!({"type": "object", "properties": {"n": {"type": "string", "description": "D"}}}),
        ),
    ];
    for (schema, expected) in cases {
        let components = "{A: {type: object, required: [a], properties: {a: {type: string}}}}";
        assert_eq!(body("3.1.0", schema, components), expected, "{schema}");
    }
}

#[test]
fn roots_are_plain_objects() {
    let cases = [
        (
            "{oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}], discriminator: {propertyName: kind}}",
            json!({
                "type": "object",
                "properties": {
                    "kind": {"type": "string", "enum": ["cat", "dog"]},
                    "lives": {"type": "integer"},
                    "size": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
                    "bark": {"type": "boolean"},
                },
                "required": ["kind"],
                "additionalProperties": false,
            }),
        ),
        (
            "{type: object, properties: {a: {}, b: {}}, anyOf: [{required: [a]}, {required: [b]}], description: D.}",
            json!({
                "type": "object", "properties": {"a": {}, "b": {}}, "description": "D.\n\nGive `a`, or `b`.",
            }),
        ),
        (
            "{anyOf: [{type: object, properties: {a: {}}}, {type: 'null'}]}",
            json!({"type": "object", "properties": {"a": {}}}),
        ),
        ("{type: [object, 'null'], properties: {a: {}}}", json!({"type": "object", "properties": {"a": {}}})),
        (
            "{allOf: [{anyOf: [{required: [a]}, {}]}, {anyOf: [{required: [b]}, {}]}], properties: {a: {}, b: {}}}",
            json!({"type": "object", "properties": {"a": {}, "b": {}}}),
        ),
        (
            "{type: array, items: {oneOf: [{type: string}, {type: object}]}}",
            json!({"type": "array", "items": {"oneOf": [{"type": "string"}, {"type": "object"}]}}),
        ),
        (
            "{anyOf: [{type: object}, {type: array}]}",
            json!({"anyOf": [{"type": "object"}, {"type": "array", "items": {}}]}),
        ),
        ("{type: string}", json!({"type": "string"})),
        ("{}", json!({})),
    ];
    let components = "
    Cat:
      type: object
      required: [kind]
      additionalProperties: false
      properties: {kind: {type: string, const: cat}, lives: {type: integer}, size: {type: integer}}
    Dog:
      type: object
      required: [bark, kind]
      additionalProperties: false
      properties: {kind: {type: string, enum: [dog]}, bark: {type: boolean}, size: {type: string}}";
    for (schema, expected) in cases {
        assert_eq!(body("3.1.0", schema, components), expected, "{schema}");
    }
}

#[test]
fn cycles_end() {
    let components = "
    Node: {type: object, properties: {value: {type: string}, next: {$ref: '#/components/schemas/Node'}}}
    Loop: {$ref: '#/components/schemas/Loop'}";
    let schema = body("3.1.0", "{$ref: '#/components/schemas/Node'}", components);
    let third = "/properties/next/properties/next";
    assert_eq!(schema.pointer(&format!("{third}/properties/value")), Some(&json!({"type": "string"})));
    let end = json!({"description": "A further `Node`, nested too deeply to describe here.", "type": "object"});
    assert_eq!(schema.pointer(&format!("{third}/properties/next")), Some(&end));
    let endless = body("3.1.0", "{$ref: '#/components/schemas/Loop'}", components);
    assert_eq!(endless, json!({"description": "A further `Loop`, nested too deeply to describe here."}));
}

#[test]
fn growth_is_bounded() {
    // Forty types, each of which mentions all the others.
    let members: String = (0..40).map(|at| format!("p{at}: {{$ref: '#/components/schemas/T{at}'}}, ")).collect();
    let types: String = (0..40).map(|at| format!("\n    T{at}: {{type: object, properties: {{{members}}}}}")).collect();
    let schema = body("3.0.0", "{$ref: '#/components/schemas/T0'}", &types);
    assert!(schema.to_string().len() < 200_000);
    assert_eq!(schema["properties"].as_object().unwrap().len(), 40);
    // A long chain of references must not exhaust the stack.
    let chain: String = (0..5_000)
        .map(|at| format!("\n    T{at}: {{type: array, items: {{$ref: '#/components/schemas/T{}'}}}}", at + 1))
        .collect();
    let schema = body("3.0.0", "{$ref: '#/components/schemas/T0'}", &format!("{chain}\n    T5000: {{}}"));
    assert_eq!(schema["items"]["items"]["type"], json!("array"));
}

#[test]
fn depth_is_bounded() {
    // Thirty lists in each other and then the same again, by another name each time.
    let lists = |inner: &str| format!("{}{inner}{}", "{items: ".repeat(25), "}".repeat(25));
    let types: String = (0..30)
        .map(|at| format!("\n    T{at}: {}", lists(&format!("{{$ref: '#/components/schemas/T{}'}}", at + 1))))
        .collect();
    let schema = body("3.1.0", "{$ref: '#/components/schemas/T0'}", &format!("{types}\n    T30: {{}}"));
    let parsed: Value = serde_json::from_str(&schema.to_string()).unwrap();
    assert_eq!(parsed, schema);
}
