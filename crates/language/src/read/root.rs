//! Reads the outermost mapping: which kind of document it is, and its parts (rule D1).

use super::{
    aggregate,
    consume::{self, Entry},
    expose, inline,
};
use crate::{
    check::check,
    diagnostic::{Code, Sink},
    document::{Document, Node},
    fields::{Fields, Named},
    keys,
    model::{Bind, Import, SandboxDecl, Section, Spec},
    source::Spanned,
};

/// Whether a root is a capability document at all (rule D1: it names a version of the
/// standard, has a `capability` or a part of one, or lists tools of servers).
pub(crate) fn classify(root: &Node) -> bool {
    let list = |key: &str| root.get(key).is_some_and(|n| n.as_seq().is_some() || n.as_map().is_some());
    root.get("naftiko").is_some()
        || root.get("ikanos").is_some()
        || root.get("capability").is_some_and(|n| n.as_map().is_some())
        || ["consumes", "exposes", "aggregates", "binds"].iter().any(|key| list(key))
        || root
            .get("tools")
            .and_then(Node::as_seq)
            .is_some_and(|tools| tools.iter().any(|tool| tool.get("server").is_some()))
}

/// Whether parts of a root can be imported: a capability document, or a flat API (rule X3).
pub(crate) fn is_importable(root: &Node) -> bool {
    classify(root) || root.get("operations").is_some()
}

/// Whether a text nobody can parse was to be an OpenAPI document: then it is no broken capability.
pub(crate) fn is_openapi_text(text: &str) -> bool {
    let keys = |line: &str| {
        let line = line.trim_start_matches([' ', '{', '"', '\u{feff}']);
        line.split([':', '"']).next().map(str::trim_end).map(str::to_owned)
    };
    let known = ["openapi", "swagger", "naftiko", "ikanos", "capability"];
    let first = text.lines().filter_map(keys).find(|key| known.contains(&key.as_str()));
    first.is_some_and(|key| key == "openapi" || key == "swagger")
}

/// Reads the Spec of `document`; `stem` names what its author did not name.
pub(crate) fn spec<'d>(document: &'d Document, stem: &str, sink: &mut Sink) -> Option<Spec<'d>> {
    let root = Fields::read(&document.root, &keys::ROOT, sink)?;
    let mut spec = Spec { truncated: document.truncated, ..Spec::default() };
    spec.dialect = ["naftiko", "ikanos"]
        .into_iter()
        .find_map(|key| Some((key, root.node(key)?.scalar_text().unwrap_or_default())));
    if let Some(info) = root.object("info", &keys::INFO, sink) {
        spec.label = info.text("label", sink).map(|t| t.value);
        spec.description = info.text("description", sink).map(|t| t.value);
        spec.version = info.text("version", sink).map(|t| t.value);
        spec.tags = info.text_list("tags", sink).into_iter().map(|t| t.value).collect();
    }
    let label = |key: &'static str, sink: &mut Sink| root.text(key, sink).map(|t| t.value);
    spec.label =
        spec.label.or_else(|| label("label", sink)).or_else(|| label("title", sink)).or_else(|| label("name", sink));
    let capability = root.object("capability", &keys::CAPABILITY, sink);
    spec.hold_breaking = capability.as_ref().and_then(|fields| fields.boolean("hold-breaking", sink)).map(|b| b.value);
    for fields in capability.iter().chain(std::iter::once(&root)) {
        section(fields, stem, &mut spec, sink);
    }
    if let Some(flat) = consume::flat(&root, stem, sink) {
        sink.report(Code::FlatApi, root.key_span("operations"), "the document is read as one consumed API")
            .help(Code::FlatApi.help());
        spec.consumes.push(flat);
    }
    inline::tools(&root, &mut spec, sink);
    spec.sandbox = root.object("sandbox", &keys::SANDBOX, sink).map(|fields| sandbox(&fields, sink));
    check(document, sink);
    Some(spec)
}

fn sandbox<'d>(fields: &Fields<'d>, sink: &mut Sink) -> SandboxDecl<'d> {
    if fields.node("for").is_none() {
        fields.missing("for", sink);
    }
    let values = fields.map("values", sink).iter();
    SandboxDecl {
        origins: fields.text_list("for", sink),
        values: values.filter_map(|e| Some((&*e.key.value, e.value.scalar_text()?.to_owned()))).collect(),
    }
}

fn section<'d>(fields: &Fields<'d>, stem: &str, spec: &mut Spec<'d>, sink: &mut Sink) {
    for inner in fields.objects("binds", &keys::BIND, sink) {
        bind(&inner, spec, sink);
    }
    for inner in fields.objects("consumes", &keys::CONSUMES, sink) {
        match consume::consume(&inner, stem, sink) {
            Some(Entry::Api(api)) => spec.consumes.push(*api),
            Some(Entry::Import(import)) => spec.imports.push(import),
            None => {}
        }
    }
    for (path, node) in fields.items("exposes", sink) {
        if let Some(import) = import_entry(node, Section::Exposes) {
            spec.imports.push(import);
            continue;
        }
        let exposed = expose::expose(node, path, &mut spec.scripting, sink);
        spec.exposes.extend(exposed);
    }
    let aggregates: Vec<Named<'d>> = fields.entries_by("aggregates", &["namespace", "name"], sink);
    for named in aggregates {
        if let Some(import) = import_entry(named.node, Section::Aggregates) {
            spec.imports.push(import);
            continue;
        }
        spec.aggregates.extend(aggregate::aggregate(&named, sink));
    }
    imports(fields, spec, sink);
}

fn bind<'d>(fields: &Fields<'d>, spec: &mut Spec<'d>, sink: &mut Sink) {
    if let Some(import) = import_entry(fields.mapping(), Section::Binds) {
        spec.imports.push(import);
        return;
    }
    let keys = match fields.node("keys") {
        Some(node) if node.as_seq().is_some() => {
            fields.text_list("keys", sink).into_iter().map(|key| (key, key)).collect()
        }
        Some(_) => fields
            .map("keys", sink)
            .iter()
            .map(|entry| {
                let name = Spanned::new(&*entry.key.value, entry.key.span);
                let source = entry
                    .value
                    .scalar_text()
                    .filter(|t| !t.is_empty())
                    .map_or(name, |t| Spanned::new(t, entry.value.span));
                (name, source)
            })
            .collect(),
        None => {
            fields.missing("keys", sink);
            Vec::new()
        }
    };
    spec.binds.push(Bind { namespace: fields.text("namespace", sink), location: fields.text("location", sink), keys });
}

fn import_entry(node: &Node, section: Section) -> Option<Import<'_>> {
    let text = |key: &str| node.get(key).and_then(|n| Some(Spanned::new(n.as_str()?, n.span)));
    let location = text("from")?;
    Some(Import { section, location, namespace: text("import"), alias: text("as") })
}

/// Rule D3: `imports`/`import` at root or in `capability`: text, or `{location|url, namespace|name|as}`.
fn imports<'d>(fields: &Fields<'d>, spec: &mut Spec<'d>, sink: &mut Sink) {
    let Some(node) = fields.node("imports") else { return };
    sink.report(
        Code::Import,
        fields.key_span("imports"),
        "every consumed API of the imported documents is read as this one's",
    )
    .help(Code::Import.help());
    let items = node.as_seq().unwrap_or(std::slice::from_ref(node));
    for item in items {
        if let Some(text) = item.as_str() {
            let location = Spanned::new(text, item.span);
            spec.imports.push(Import { section: Section::Consumes, location, namespace: None, alias: None });
            continue;
        }
        let text = |key: &str| item.get(key).and_then(|n| Some(Spanned::new(n.as_str()?, n.span)));
        if let Some(location) = ["location", "from", "url", "path", "file", "ref"].into_iter().find_map(text) {
            let alias = text("as").or_else(|| text("alias"));
            let namespace = text("import").or_else(|| text("namespace")).or_else(|| text("name"));
            spec.imports.push(Import { section: Section::Consumes, location, namespace, alias });
        }
    }
}
