//! Tests of whole documents in three dialects, path matching, and what is said about mistakes.

mod schemas;

use super::*;
use crate::diagnostic::{Code, Sink};
use crate::source::{MemoryFiles, SourceSet};
use serde_json::json;

/// Line, column and message of what is said.
type Said<'a> = &'a [(usize, usize, &'a str)];

fn read(text: &str) -> (Option<OpenApiHandle>, Vec<(usize, usize, String)>) {
    read_all(&[("api.yaml", text)])
}

/// Reads the first of some files, and what it leads to.
fn read_all(texts: &[(&str, &str)]) -> (Option<OpenApiHandle>, Vec<(usize, usize, String)>) {
    let files = texts.iter().fold(MemoryFiles::new(), |files, (path, text)| files.with(*path, *text));
    let (mut sources, mut inputs, mut sink) = (SourceSet::new(), Vec::new(), Sink::new());
    let intake = Intake { sources: &mut sources, inputs: &mut inputs };
    let api = Readings::default().read(&files, texts[0].0.as_ref(), intake, &mut sink);
    let said = sink.diagnostics().iter().map(|d| {
        assert_eq!(d.code, Code::BadOpenapi);
        let (line, column) = sources.position(d.span().unwrap()).unwrap();
        (line, column, d.message.clone())
    });
    (api, said.collect())
}

/// The operation at a path, whatever stands in front of it.
fn find<'a>(api: &'a OpenApiHandle, method: &str, path: &str) -> Option<&'a TypedOperation> {
    api.operation(method, ("", path), None).map(|(operation, _)| operation)
}

fn good(text: &str) -> OpenApiHandle {
    let (api, said) = read(text);
    assert_eq!(said, []);
    api.unwrap()
}

#[test]
fn swagger_2() {
    let api = good(
        r"
swagger: '2.0'
basePath: /api
consumes: [application/json]
parameters:
  limit: {name: limit, in: query, type: integer, format: int32, default: 20, maximum: 100, exclusiveMaximum: true}
paths:
  /pets/{petId}:
    parameters:
    - {name: petId, in: path, required: true, type: string, description: Which pet.}
    put:
      operationId: replacePet
      summary: Replace a pet
      description: Replaces it.
      parameters:
      - $ref: '#/parameters/limit'
      - {name: tags, in: query, type: array, collectionFormat: csv, items: {type: string}}
      - {name: Authorization, in: header, type: string}
      - {name: pet, in: body, required: true, schema: {$ref: '#/definitions/Pet'}}
  /upload:
    post:
      parameters:
      - {name: file, in: formData, type: file, required: true, description: The file.}
      - {name: note, in: formData, type: string, x-nullable: true}
definitions:
  Pet:
    type: object
    required: [name]
    properties:
      id: {type: integer, readOnly: true}
      name: {type: string, title: Name, example: Rex}
",
    );
    let put = find(&api, "put", "/api/pets/{id}").unwrap();
    assert_eq!(put.operation_id.as_deref(), Some("replacePet"));
    assert_eq!(put.summary.as_deref(), Some("Replace a pet"));
    assert_eq!(put.description.as_deref(), Some("Replaces it."));
    let parameters: Vec<_> = put.parameters.iter().map(|p| (&*p.name, p.place, p.required, p.schema.clone())).collect();
    assert_eq!(
        parameters,
        [
            ("petId", "path", true, json!({"type": "string"})),
            (
                "limit",
                "query",
                false,
                json!({"type": "integer", "format": "int32", "default": 20, "exclusiveMaximum": 100})
            ),
            ("tags", "query", false, json!({"type": "array", "items": {"type": "string"}})),
        ]
    );
    assert_eq!(put.parameters[0].description.as_deref(), Some("Which pet."));
    let pet = json!({
        "type": "object", "required": ["name"], "properties": {"name": {"type": "string", "examples": ["Rex"]}},
    });
    let body = put.body.as_ref().unwrap();
    let chosen = body.chosen().unwrap();
    assert_eq!((body.required, &*chosen.media_type, &chosen.schema), (true, "application/json", &pet));

    let body = find(&api, "POST", "/upload").unwrap().body.as_ref().unwrap();
    let form = body.chosen().unwrap();
    assert_eq!((body.required, &*form.media_type), (true, "multipart/form-data"));
    assert_eq!(
        form.schema,
        json!({
            "type": "object",
            "properties": {
                "file": {"type": "string", "contentEncoding": "base64", "description": "The file."},
                "note": {"type": ["string", "null"]},
            },
            "required": ["file"],
        })
    );
}

#[test]
fn openapi_3_parameters_and_bodies() {
    let api = good(
        r"
openapi: 3.0.3
paths:
  /things/{id}:
    parameters:
    - {name: id, in: path, required: true, schema: {type: integer}}
    - {name: verbose, in: query, schema: {type: string}}
    post:
      parameters:
      - {name: verbose, in: query, required: true, deprecated: true, schema: {type: boolean}, example: true}
      - {name: filter, in: query, content: {application/json: {schema: {type: object}}}}
      - {name: X-Trace, in: header, schema: {type: string}}
      - {name: content-type, in: header, schema: {type: string}}
      requestBody: {$ref: '#/components/requestBodies/Thing'}
    delete: {responses: {}}
components:
  requestBodies:
    Thing:
      description: The new thing.
      required: true
      content:
        text/plain: {schema: {type: string}}
        application/vnd.thing+json; version=1: {schema: {type: object, properties: {a: {type: string}}}}
",
    );
    let post = find(&api, "POST", "/things/{{thing}}").unwrap();
    let parameters: Vec<_> =
        post.parameters.iter().map(|p| (&*p.name, p.place, p.required, p.schema.clone())).collect();
    assert_eq!(
        parameters,
        [
            ("id", "path", true, json!({"type": "integer"})),
            ("verbose", "query", true, json!({"type": "boolean", "examples": [true], "deprecated": true})),
            ("filter", "query", false, json!({"type": "object"})),
            ("X-Trace", "header", false, json!({"type": "string"})),
        ]
    );
    let (required, body) = (post.body.as_ref().unwrap().required, post.body.as_ref().unwrap().chosen().unwrap());
    assert_eq!((required, &*body.media_type), (true, "application/vnd.thing+json; version=1"));
    let schema = json!({"type": "object", "properties": {"a": {"type": "string"}}, "description": "The new thing."});
    assert_eq!(body.schema, schema);
    assert_eq!(find(&api, "DELETE", "/things/{id}").unwrap().body, None);
    assert_eq!(find(&api, "GET", "/things/{id}"), None);
}

#[test]
fn operations_are_found_by_server_and_path() {
    let text = r"
openapi: 3.0.0
servers:
- {url: https://api.bfl.ai/v1/}
- {url: 'https://{host}/{version}/x', variables: {host: {default: a}, version: {default: v2, enum: [v2, v3]}}}
paths:
  /a/{x}/b: {get: {operationId: found}}
  /only: {servers: [{url: /special}], get: {operationId: only}}
  /v1/a/{x}/b: {get: {operationId: shadowed}}
";
    let api = good(text);
    let cases = [
        ("get", "/v1/a/{id}/b", Some("found")),
        ("GET", "/a/{{id}}/b/", Some("found")),
        ("GET", "/v2/x/a/<<id>>/b", Some("found")),
        ("GET", "/v3/x/a/{id}/b", Some("found")),
        ("GET", "/{version}/x/a/{id}/b", Some("found")),
        ("GET", "/v1/v1/a/{id}/b", Some("shadowed")),
        ("GET", "/special/only", Some("only")),
        ("POST", "/v1/a/{id}/b", None),
        ("GET", "/v1/a/7/b", None),
        ("GET", "/v4/a/{id}/b", None),
    ];
    for (method, path, expected) in cases {
        let found = find(&api, method, path).and_then(|operation| operation.operation_id.as_deref());
        assert_eq!(found, expected, "{method} {path}");
    }
}

#[test]
fn mistakes_are_reported_where_they_are() {
    let cases: &[(&str, Said<'_>)] = &[
        ("a: 1\n", &[(1, 1, "this is not an OpenAPI document")]),
        ("- a\n", &[(1, 1, "this is not an OpenAPI document")]),
        ("swagger: '1.2'\n", &[(1, 10, "OpenAPI version `1.2` cannot be read")]),
        ("openapi: 3.1.0\nwebhooks: {}\n", &[(1, 1, "this OpenAPI document has no `paths`")]),
        ("openapi: 3.1.0\npaths: [a]\n", &[(2, 8, "`paths` must be a mapping, but this is a list")]),
        ("openapi: 3.1.0\npaths:\n  /a:\n    get: x\n", &[(4, 10, "an operation must be a mapping, but this is text")]),
        (
            "openapi: 3.1.0\npaths:\n  /a:\n    get:\n      parameters:\n      - {in: query}\n      - {name: a, in: body2}\n",
            &[(6, 9, "a parameter needs a `name`"), (7, 23, "the parameter `a` has no place: `in` is `body2`")],
        ),
        (
            "openapi: 3.1.0\npaths:\n  /a:\n    post:\n      requestBody:\n        $ref: '#/components/requestBodies/B'\n",
            &[(6, 15, "`$ref: #/components/requestBodies/B` names nothing in this document")],
        ),
        (
            "openapi: 3.1.0\npaths:\n  /a:\n    get:\n      parameters:\n      - {name: q, in: query, schema: {$ref: 'x.yaml#/Q'}}\n",
            &[(6, 45, "`$ref: x.yaml#/Q` leads to a file that cannot be read")],
        ),
        (
            "openapi: 3.1.0\npaths:\n  /a:\n    $ref: '#/x'\nx:\n  $ref: '#/x'\n",
            &[(6, 9, "`$ref: #/x` leads round in a circle")],
        ),
    ];
    for (text, expected) in cases {
        let (_, said) = read(text);
        let said: Vec<_> = said.iter().map(|(line, column, message)| (*line, *column, message.as_str())).collect();
        assert_eq!(said, *expected, "{text}");
    }
}

#[test]
fn a_dangling_reference_is_found_through_others() {
    let text = "openapi: 3.0.0
paths:
  /a:
    post:
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/A'}}}}
      responses: {'200': {$ref: '#/components/responses/Unread'}}
components:
  schemas:
    A: {properties: {ok: {type: string}, $ref: {type: string}, b: {$ref: '#/components/schemas/Beta'}}}
    Betta: {type: string}
    Unused: {$ref: '#/nowhere'}
";
    let (api, said) = read(text);
    assert_eq!(said, [(9, 74, "`$ref: #/components/schemas/Beta` names nothing in this document".to_owned())]);
    let api = api.unwrap();
    let schema = &find(&api, "post", "/a").unwrap().body.as_ref().unwrap().chosen().unwrap().schema;
    let expected =
        json!({"type": "object", "properties": {"ok": {"type": "string"}, "$ref": {"type": "string"}, "b": {}}});
    assert_eq!(*schema, expected);
}

#[test]
fn a_document_may_be_several_files() {
    let files = [
        ("api.yaml", "openapi: 3.1.0\npaths:\n  /a: {$ref: 'a.yaml#/path'}\n  /b: {$ref: 'no.yaml'}\n"),
        (
            "a.yaml",
            "path:\n  get:\n    parameters:\n    - {$ref: 'shared.json#/q'}\n    - {$ref: '#/w'}\n    - {$ref: 'https://x.example/y'}\n",
        ),
        ("shared.json", r#"{"q": {"name": "q", "in": "query", "schema": {"$ref": "api.yaml#/components/nothing"}}}"#),
    ];
    let (api, said) = read_all(&files);
    assert_eq!(find(&api.unwrap(), "get", "/a").unwrap().parameters[0].name, "q");
    let said: Vec<_> = said.iter().map(|(line, column, message)| (*line, *column, message.as_str())).collect();
    assert_eq!(
        said,
        [
            (5, 14, "`$ref: #/w` names nothing in this document"),
            (6, 14, "`$ref: https://x.example/y` leads to an address, which is never fetched"),
            (1, 55, "`$ref: api.yaml#/components/nothing` names nothing"),
            (4, 14, "`$ref: no.yaml` leads to a file that cannot be read"),
        ]
    );
}

#[test]
fn what_3_2_adds() {
    let api = good(
        r"
openapi: 3.2.0
paths:
  /find:
    query: {operationId: find, requestBody: {content: {application/json: {schema: {type: object}}}}}
    additionalOperations: {LINK: {operationId: link}}
    get:
      parameters:
      - name: all
        in: querystring
        content:
          application/x-www-form-urlencoded: {schema: {type: object, required: [a], properties: {a: {type: integer}, b: {type: string}}}}
",
    );
    assert_eq!(find(&api, "QUERY", "/find").unwrap().operation_id.as_deref(), Some("find"));
    assert_eq!(find(&api, "LINK", "/find").unwrap().operation_id.as_deref(), Some("link"));
    let parameters = &find(&api, "GET", "/find").unwrap().parameters;
    let parameters: Vec<_> = parameters.iter().map(|p| (&*p.name, p.place, p.required)).collect();
    assert_eq!(parameters, [("a", "query", true), ("b", "query", false)]);
}

/// Files that count how often one was parsed: a text is handed out as it is asked for, and read when it is new.
#[test]
fn one_content_is_read_once() {
    let text = "openapi: 3.1.0\npaths: {/a: {get: {parameters: [{$ref: 'p.yaml#/q'}, {$ref: '#/none'}]}}}\n";
    let part = "q: {name: q, in: query, schema: {type: string}}\n";
    let other = "q: {name: other, in: query, schema: {type: string}}\n";
    let files = MemoryFiles::new().with("a/api.yaml", text).with("a/p.yaml", part).with("b/copy.yaml", text);
    let files = files.with("b/p.yaml", part).with("c/api.yaml", text).with("c/p.yaml", other);
    let readings = Readings::default();
    let read = |path: &str| {
        let (mut sources, mut inputs, mut sink) = (SourceSet::new(), Vec::new(), Sink::new());
        let intake = Intake { sources: &mut sources, inputs: &mut inputs };
        let api = readings.read(&files, path.as_ref(), intake, &mut sink).unwrap();
        let place = sources.get(sink.diagnostics()[0].span().unwrap().file).unwrap().path.to_string();
        (api, inputs.iter().map(|path| path.display().to_string()).collect::<Vec<_>>(), place)
    };
    let (first, inputs, place) = read("a/api.yaml");
    assert_eq!((inputs, &*place), (vec!["a/api.yaml".to_owned(), "a/p.yaml".to_owned()], "a/api.yaml"));
    let (again, ..) = read("a/api.yaml");
    let (copy, inputs, place) = read("b/copy.yaml");
    assert_eq!((inputs, &*place), (vec!["b/copy.yaml".to_owned(), "b/p.yaml".to_owned()], "b/copy.yaml"));
    let (different, ..) = read("c/api.yaml");
    assert!(first.is_same(&again) && first.is_same(&copy) && !first.is_same(&different));
    assert_eq!(find(&different, "get", "/a").unwrap().parameters[0].name, "other");
}

#[test]
fn references_that_lead_nowhere_are_compared_with_few() {
    let refs: String = (0..2_000).map(|n| format!("      - {{$ref: '#/components/parameters/Missin{n}'}}\n")).collect();
    let known: String = (0..2_000).map(|n| format!("    Missing{n}: {{name: p{n}, in: query}}\n")).collect();
    let text = format!(
        "openapi: 3.1.0\npaths:\n  /a:\n    get:\n      parameters:\n{refs}components:\n  parameters:\n{known}"
    );
    let files = MemoryFiles::new().with("api.yaml", text);
    let (mut sources, mut inputs, mut sink) = (SourceSet::new(), Vec::new(), Sink::new());
    let intake = Intake { sources: &mut sources, inputs: &mut inputs };
    Readings::default().read(&files, "api.yaml".as_ref(), intake, &mut sink).unwrap();
    assert_eq!(sink.diagnostics().len(), 2_000);
    let compared =
        sink.diagnostics().iter().filter(|d| d.help.as_ref().is_some_and(|help| help.starts_with("did you mean")));
    assert_eq!(compared.count(), 16);
}
