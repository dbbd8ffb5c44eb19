//! Reads consumed APIs: adapters, their resources and operations, and flat API documents (rule X3).

use super::{body, credential, defect::guarded, job, output, param, quantity};
use crate::{
    diagnostic::Sink,
    fields::{Fields, Named},
    keys,
    model::{Consume, Import, Operation, Param, Section},
    source::Spanned,
};

/// One entry of `consumes`: an API, or an import of one.
pub(super) enum Entry<'d> {
    Api(Consume<'d>),
    Import(Import<'d>),
}

/// Reads one entry of `consumes`.
pub(super) fn consume<'d>(fields: &Fields<'d>, stem: &str, sink: &mut Sink) -> Option<Entry<'d>> {
    if let Some(location) = fields.text("location", sink)
        && !fields.has("resources")
        && !fields.has("operations")
    {
        let namespace = fields.text("import", sink).or_else(|| fields.text("namespace", sink));
        return Some(Entry::Import(Import {
            section: Section::Consumes,
            location,
            namespace,
            alias: fields.text("as", sink),
        }));
    }
    let _checked = fields.word("type", sink);
    // Half an import lacks what an import must say, and that is said of it.
    for key in ["namespace", "baseUri"] {
        if !fields.has(key) && !fields.has("import") {
            fields.missing(key, sink);
        }
    }
    let namespace = fields
        .text("namespace", sink)
        .map(|n| n.map(str::to_owned))
        .unwrap_or_else(|| Spanned::new(stem.to_owned(), fields.span()));
    let mut operations = Vec::new();
    for named in fields.entries("resources", sink) {
        resource(&named, &mut operations, sink);
    }
    for named in fields.entries_by("operations", &["name", "id", "operationId"], sink) {
        operations.extend(operation(&named, &Around::default(), sink));
    }
    Some(Entry::Api(Consume {
        namespace,
        base: fields.text("baseUri", sink),
        params: param::params(fields, "inputParameters", sink),
        credential: credential::credential(fields, sink),
        operations,
        openapi: fields.text("openapi", sink),
        limits: if fields.has("limits") { job::limits(fields, sink) } else { None },
        span: fields.key_span("namespace"),
    }))
}

/// Reads a root that is itself one API: `{baseUrl, authentication, operations}`.
pub(super) fn flat<'d>(fields: &Fields<'d>, stem: &str, sink: &mut Sink) -> Option<Consume<'d>> {
    let base = fields.text("baseUrl", sink);
    let mut operations = Vec::new();
    for named in fields.entries_by("operations", &["operationId", "name", "id"], sink) {
        operations.extend(operation(&named, &Around::default(), sink));
    }
    (!operations.is_empty()).then(|| Consume {
        namespace: fields
            .text("name", sink)
            .map(|n| n.map(str::to_owned))
            .unwrap_or_else(|| Spanned::new(stem.to_owned(), fields.span())),
        base,
        params: Vec::new(),
        credential: credential::credential(fields, sink),
        operations,
        openapi: None,
        limits: None,
        span: fields.span(),
    })
}

fn resource<'d>(named: &Named<'d>, operations: &mut Vec<Operation<'d>>, sink: &mut Sink) {
    let Some(fields) = Fields::read_at(named.node, &keys::RESOURCE, named.path.clone(), sink) else { return };
    let path = fields.text("path", sink);
    let params = param::params(&fields, "inputParameters", sink);
    let before = operations.len();
    let keyed = fields.node("operations").is_some_and(|node| node.as_map().is_some());
    let around = Around { name: named.name.map(|n| n.value), path, params, keyed };
    for inner in fields.entries_by("operations", &["name", "id", "operationId"], sink) {
        operations.extend(operation(&inner, &around, sink));
    }
    let lacks = operations.get(before..).unwrap_or_default().iter().any(|operation| operation.own_path.is_none());
    if lacks && !fields.has("path") {
        fields.missing("path", sink);
    }
}

/// The resource an operation belongs to.
#[derive(Default)]
struct Around<'d> {
    name: Option<&'d str>,
    path: Option<Spanned<&'d str>>,
    params: Vec<Param<'d>>,
    /// Its operations stand in a mapping from names.
    keyed: bool,
}

fn operation<'d>(named: &Named<'d>, around: &Around<'d>, sink: &mut Sink) -> Option<Operation<'d>> {
    let fields = Fields::read_at(named.node, &keys::OPERATION, named.path.clone(), sink)?;
    for key in ["name", "method"] {
        if !fields.has(key) && (key != "name" || named.name.is_none()) {
            fields.missing(key, sink);
        }
    }
    let method = fields
        .text("method", sink)
        .map_or(Spanned::new("GET".to_owned(), fields.span()), |m| m.map(|m| m.trim().to_ascii_uppercase()));
    let mut params = param::params(&fields, "inputParameters", sink);
    params.extend(fields.entry("inputBody").filter(|_| !fields.has("body")).map(|entry| {
        let name = Spanned::new("body", entry.key.span);
        Param { place: Some(name), ..param::by_schema(name, &entry.value) }
    }));
    let mut rules = Vec::new();
    let body = fields.node("body").and_then(|node| body::body(node, &mut rules));
    let typed = fields.node("body").and_then(|node| Fields::view(node, &keys::BODY, fields.path_of("body")));
    if let Some(typed) = typed {
        body::lacks(&typed, &method.value, around.keyed, &mut rules, sink);
    }
    let ((max_binary, outputs, job), defect) = guarded(None, sink, |sink| {
        let job = if fields.has("job") { job::job(&fields, sink) } else { None };
        (quantity::size(&fields, "maxBinarySize", sink), output::outputs(&fields, "outputParameters", sink), job)
    });
    Some(Operation {
        resource: around.name,
        resource_path: around.path,
        own_path: fields.text("path", sink),
        description: fields.text("description", sink).map(|t| t.value),
        resource_params: around.params.clone(),
        keyed: around.keyed,
        params,
        body,
        format: fields.text("outputRawFormat", sink),
        schema: fields.text("outputSchema", sink),
        media_type: fields.text("outputMediaType", sink).map(|t| t.value),
        max_binary,
        outputs,
        job,
        rules,
        defect,
        ..Operation::bare(named.name, method, named.name.map_or(named.node.span, |n| n.span))
    })
}
