//! What the fuzz targets share: compiling a document and reading everything there is to say about it. A target panics when what
//! it promises does not hold; the limits of time and memory are the runner's (`tests/fuzz/run`).

#[cfg(feature = "fuzzing")]
pub mod site;

use std::path::Path;

use capstan_language::{Compilation, Options, compile, render, source::MemoryFiles};
use capstan_plan::Plan;

/// Compiles `x.yaml` of these files and renders every diagnostic in every form.
///
/// # Panics
/// When there is neither a plan nor a word why, or a diagnostic points outside its file.
#[must_use]
pub fn compiled(files: &MemoryFiles) -> Option<Plan> {
    let Compilation { plan, diagnostics, sources, .. } = compile(files, Path::new("x.yaml"), &Options::default());
    assert!(plan.is_some() || !diagnostics.is_empty(), "no plan, and no word why");
    for diagnostic in &diagnostics {
        let line = render::line(diagnostic, &sources);
        assert!(!line.contains('\n'), "{line}");
        let _ = render::human(diagnostic, &sources, render::Style::Plain);
        if let Some(span) = diagnostic.span() {
            let text = &sources.get(span.file).expect("a diagnostic is about a file that was read").text;
            assert!(text.get(span.range()).is_some(), "{line}: {span:?} of {} bytes", text.len());
        }
    }
    plan
}

/// The plan of a document that is known to have one.
///
/// # Panics
/// When it has none, or errors.
#[must_use]
pub fn plan_of(text: &str) -> Plan {
    compiled(&MemoryFiles::new().with("x.yaml", text)).expect("the document of a target compiles")
}

/// A document with a hole in each place a template may stand.
#[must_use]
pub fn with_template(template: &str) -> String {
    let text = serde_json::Value::from(template).to_string();
    TEMPLATE_PLACES.replace("HOLE", &text)
}

const TEMPLATE_PLACES: &str = r#"
naftiko: 1.0.0-alpha2
info: {label: Places, description: Each place of a template.}
binds:
- namespace: env
  keys: {KEY: KEY}
capability:
  consumes:
  - type: http
    namespace: up
    baseUri: https://up.example
    inputParameters:
    - {name: X-All, in: header, value: HOLE}
    authentication: {type: bearer, token: HOLE}
    resources:
    - name: all
      path: HOLE
      operations:
      - name: get
        method: POST
        inputParameters:
        - {name: q, in: query, value: HOLE}
        - {name: a, in: query, type: string}
        body: {type: json, data: {whole: HOLE, text: HOLE}}
        outputParameters:
        - {name: out, type: string, value: $.a}
  exposes:
  - type: rest
    port: 8080
    namespace: api
    resources:
    - path: /x/{id}
      operations:
      - method: GET
        name: x
        call: up.get
        with: {a: HOLE, id: HOLE}
        outputParameters:
        - {type: string, value: HOLE}
"#;
