//! Tests of `compile`.

use capstan_plan::{Body, ExposureKind, FileUse, Outcome, Outputs, PathPart, StepKind, Target, Template};

use super::*;
use crate::{render, source::MemoryFiles};

fn compiled(text: &str) -> Compilation {
    compile(&MemoryFiles::new().with("doc.yaml", text), Path::new("doc.yaml"), &Options::default())
}

fn lines(compilation: &Compilation) -> Vec<String> {
    compilation.diagnostics.iter().map(|d| render::line(d, &compilation.sources)).collect()
}

const FLUX: &str = "
naftiko: 1.0.0-alpha2
info: {label: Flux, description: Images}
binds:
- namespace: env
  keys: {FLUX_API_KEY: FLUX_API_KEY}
capability:
  consumes:
  - type: http
    namespace: gen
    baseUri: https://api.bfl.ai/v1
    resources:
    - name: flux-dev
      path: /flux-dev
      operations:
      - name: generatefluxdev
        method: POST
        outputRawFormat: json
        outputParameters: [{name: result, type: object, value: $.}]
        inputParameters:
        - {name: body, in: body, type: object, description: Request body (JSON)., required: true}
    authentication: {type: apikey, key: X-Key, value: '{{env.FLUX_API_KEY}}', placement: header}
  exposes:
  - type: rest
    namespace: gen-rest
    port: 8080
    resources:
    - path: /v1/flux-dev
      name: flux-dev
      operations:
      - method: POST
        name: generatefluxdev
        call: gen.generatefluxdev
        with: {body: rest.body}
        outputParameters: [{type: object, mapping: $.}]
  - type: mcp
    namespace: gen-mcp
    port: 9090
    transport: http
    tools:
    - name: generate
      description: Generate
      hints: {readOnly: false}
      call: gen.generatefluxdev
      with: {body: tools.body}
      outputParameters: [{type: object, mapping: $.}]
";

#[test]
fn the_seed_generation_compiles_clean_to_identity_calls() {
    let compilation = compiled(FLUX);
    let note = "doc.yaml:36:5: note[untyped-tool]: the tool has arguments nobody describes: `generate` (`body`)";
    assert_eq!(lines(&compilation), [note]);
    let plan = compilation.plan.unwrap();
    assert_eq!(plan.flows.len(), 2);
    for flow in &plan.flows {
        assert!(matches!(&flow.outcome, Outcome::Response { outputs: Outputs::Identity, .. }));
        let StepKind::Call(call) = &flow.steps[0].kind else { panic!() };
        assert!(matches!(&call.request.body, Body::Json(Template::Slot(..))));
        assert!(matches!(&*call.request.path, [PathPart::Literal(p)] if &**p == "/flux-dev"));
        assert_eq!(flow.bindings.len(), 1);
        assert!(flow.inputs[0].required && flow.inputs[0].whole_body);
    }
    let ExposureKind::Mcp(mcp) = &plan.exposures[1].kind else { panic!() };
    assert!(matches!(mcp.tools[0].unit.target, Target::Flow(_)));
    assert!(mcp.tools[0].input_schema.get("properties").unwrap().get("body").is_some());
}

#[test]
fn a_call_to_nowhere_stays_listed_and_says_where() {
    let compilation = compiled(&FLUX.replacen("call: gen.generatefluxdev", "call: gen.generatefluxdve", 1));
    let mut lines = lines(&compilation);
    lines.retain(|line| !line.contains(": note["));
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("doc.yaml:33:19: error[unresolved-call]"), "{lines:?}");
    assert!(compilation.plan.is_some());
}

/// The sink tells an error once, however many units share what is wrong.
#[test]
fn every_unit_that_shares_an_error_is_unavailable() {
    let compilation = compiled(
        "
naftiko: 1.0.0-alpha2
capability:
  consumes:
  - type: http
    namespace: api
    baseUri: https://api.example.com
    resources:
    - path: /things
      operations:
      - {name: add, method: POST, body: {type: json, data: {a: '{{a b}}'}}}
      - {name: ask, method: GET, inputParameters: [{name: not a header, in: header}]}
  exposes:
  - type: mcp
    namespace: tools
    port: 8080
    tools:
    - {name: one, description: d, call: api.add}
    - {name: two, description: d, call: api.add}
    - {name: three, description: d, call: api.ask}
    - {name: four, description: d, call: api.ask}
",
    );
    let plan = compilation.plan.unwrap();
    let Some(ExposureKind::Mcp(mcp)) = plan.exposures.first().map(|exposure| &exposure.kind) else { panic!() };
    let unavailable: Vec<&str> = mcp
        .tools
        .iter()
        .filter_map(|tool| match &tool.unit.target {
            Target::Unavailable(reason) => Some(&*reason.code),
            _ => None,
        })
        .collect();
    assert_eq!(unavailable, ["bad-template", "bad-template", "bad-value", "bad-value"]);
    assert!(plan.flows.is_empty(), "what is unavailable leaves no flow");
}

const STATIC: &str = "
naftiko: 1.0.0-alpha2
info: {label: Static, description: Answers.}
capability:
  exposes:
  - type: rest
    namespace: static
    port: 8080
    resources:
    - path: /one
      name: one
      operations:
      - method: GET
        name: one
        mock: [{status: 200, headers: {X-One: a}, text: hello}]
";

#[test]
fn a_mock_header_that_is_none_makes_its_unit_unavailable() {
    let unit = |text: &str| {
        let compilation = compiled(text);
        let ExposureKind::Rest(rest) = &compilation.plan.as_ref().unwrap().exposures[0].kind else { panic!() };
        (lines(&compilation), rest.routes[0].unit.target.clone())
    };
    let (said, target) = unit(STATIC);
    assert_eq!((said, matches!(target, Target::Flow(_))), (vec![], true));
    let (said, target) = unit(&STATIC.replace("X-One", "X One"));
    assert!(said[0].contains("error[bad-value]: `X One` is not a header name"), "{said:?}");
    let Target::Unavailable(reason) = target else { panic!() };
    assert_eq!((&*reason.code, reason.origin.line), ("bad-value", 15));
}

#[test]
fn a_header_of_http_itself_is_not_the_callers_by_accident() {
    let compilation = compiled(&FLUX.replace(
        "        - {name: body, in: body, type: object, description: Request body (JSON)., required: true}",
        "        - {name: From, in: header, required: true}",
    ));
    let said = lines(&compilation);
    assert!(said.iter().any(|line| line.contains("header-sensitive") && line.contains("`From`")), "{said:?}");
}

const FILES: &str = "
naftiko: 1.0.0-alpha2
info: {label: Files, description: Names files.}
binds:
- {namespace: s, location: 'file:///./values.yaml', keys: {KEY: key}}
capability:
  consumes:
  - {location: ./shared/up.yaml, import: up}
  exposes:
  - type: mcp
    namespace: m
    port: 8080
    resources:
    - {name: docs, uri: 'docs://all', location: ./notes}
    prompts:
    - {name: greet, location: notes/../greet.md}
    tools:
    - {name: get, description: d., call: up.get, outputParameters: [{type: object, properties: {a: {type: string, mapping: $.a}}}]}
    - name: checked
      description: d.
      inputParameters: [{name: a, type: string}]
      outputParameters:
      - {name: wrong, type: array, value: \"{{violations(a, 'rules.json#/of')}}{{violations(a, 'rules.json#/to')}}{{violations(a, '../out.json')}}\"}
";

const SHARED: &str = "
naftiko: 1.0.0-alpha2
consumes:
- type: http
  namespace: up
  baseUri: https://api.example
  resources:
  - name: r
    path: /r
    operations: [{name: get, method: GET, outputRawFormat: protobuf, outputSchema: ./x.proto#M}]
";

#[test]
fn every_file_is_listed_where_the_document_that_names_it_means_it() {
    let files = MemoryFiles::new().with("caps/a.yaml", FILES).with("caps/shared/up.yaml", SHARED);
    let compilation = compile(&files, Path::new("caps/a.yaml"), &Options::default());
    let plan = compilation.plan.as_ref().unwrap();
    let mut listed: Vec<(&str, &FileUse)> = plan.files.iter().map(|file| (file.path.as_str(), &file.usage)).collect();
    listed.sort_by_key(|(path, _)| *path);
    let pointers = vec!["/of".into(), "/to".into()];
    assert_eq!(
        listed,
        [
            ("caps/greet.md", &FileUse::Prompt),
            ("caps/notes", &FileUse::Folder),
            ("caps/rules.json", &FileUse::JsonSchema { pointers }),
            ("caps/shared/x.proto", &FileUse::Protobuf { message: Some("M".into()) }),
            ("caps/values.yaml", &FileUse::Bindings),
        ],
        "{:?}",
        lines(&compilation)
    );
}
