//! Reads whatever runs: exposed operations, tools, resources and flows. Their keys overlap; the table of each kind says which
//! of them it knows.

use super::{defect::guarded, job, mock, output, param, step, with::with};
use crate::{
    diagnostic::{Code, Sink},
    document::{Entry, Node},
    fields::{Fields, Named, Support},
    keys,
    model::{Rule, SemanticsDecl, UnitDecl, ValueDecl, WithDecl},
    source::Spanned,
};

/// Reads one unit by the table its fields were read by.
pub(super) fn unit<'d>(named: &Named<'d>, fields: &Fields<'d>, sink: &mut Sink) -> UnitDecl<'d> {
    let has = |key: &str| fields.table().key(key).is_some();
    let reads = |key: &str| fields.table().key(key).is_some_and(|key| key.support == Support::Read);
    let text = |key: &'static str, sink: &mut Sink| if has(key) { fields.text(key, sink) } else { None };
    let node = |key: &'static str| if has(key) { fields.node(key) } else { None };
    let name = named.name.or_else(|| text("name", sink));
    let ((callee, reference, steps, mappings), unreadable) = guarded(name.map(|n| n.value), sink, |sink| {
        let reference = if reads("ref") { fields.text("ref", sink) } else { None };
        let steps = if has("steps") { step::steps(fields, "steps", sink) } else { Vec::new() };
        let mappings = if has("mappings") { step::mappings(fields, sink) } else { Vec::new() };
        (callee(fields, sink), reference, steps, mappings)
    });
    let ((outputs, mock, policy), defect) = guarded(name.map(|n| n.value), sink, |sink| {
        let declared = has("outputParameters").then(|| output::outputs(fields, "outputParameters", sink));
        let mock = has("mock").then(|| mock::cases(fields, sink)).flatten();
        let policy = has("async").then(|| job::policy(fields, sink)).flatten();
        (declared.unwrap_or_default(), mock, policy)
    });
    UnitDecl {
        name,
        title: text("label", sink).map(|t| t.value),
        description: text("description", sink).map(|t| t.value),
        method: text("method", sink).map(|m| m.map(|m| m.trim().to_ascii_uppercase())),
        path: text("path", sink),
        params: if has("inputParameters") { param::params(fields, "inputParameters", sink) } else { Vec::new() },
        input_schema: node("inputSchema").and_then(param::input_schema),
        output_schema: node("outputSchema").and_then(|n| n.to_json().as_object().cloned()),
        call: callee.call,
        with: callee.with,
        brace_with: callee.brace_with,
        reference,
        steps,
        mappings,
        unreadable,
        outputs,
        hints: if reads("hints") { hints(fields, sink) } else { [None; 4] },
        semantics: if has("semantics") { semantics(fields, sink) } else { None },
        mock,
        media_type: text("outputMediaType", sink).map(|t| t.value).or_else(|| binary_media_type(fields, sink)),
        policy,
        inline_callee: node("server").is_some(),
        rules: callee.rules,
        defect,
        span: named.name.map_or(named.node.span, |n| n.span),
        key_path: named.path.clone(),
    }
}

/// What a unit calls and with what, whichever way it is written.
struct Callee<'d> {
    call: Option<Spanned<&'d str>>,
    with: Vec<WithDecl<'d>>,
    /// The values of `with` are `{x}` references.
    brace_with: bool,
    rules: Vec<Rule>,
}

fn callee<'d>(fields: &Fields<'d>, sink: &mut Sink) -> Callee<'d> {
    let has = |key: &str| fields.table().key(key).is_some();
    let mut callee = Callee {
        call: if has("call") { fields.text("call", sink) } else { None },
        with: if has("with") { with(fields, "with", sink) } else { Vec::new() },
        brace_with: false,
        rules: Vec::new(),
    };
    if callee.call.is_some() || !has("operation") {
        return callee;
    }
    if let Some(operation) = fields.text("operation", sink) {
        let message = format!("`operation: {}` is read as `call`", operation.value);
        callee.rules.push((Code::CallOperation, operation.span, message));
        callee.call = Some(operation);
        return callee;
    }
    match fields.node("calls").and_then(Node::as_seq) {
        None => {}
        Some([only]) => only_call(only, &mut callee),
        Some(_) => {
            let span = fields.key_span("calls");
            sink.error(Code::UnresolvedCall, span, "a list of several `calls` has no defined order or result")
                .help("use `steps`, one `call` step each")
                .path(fields.path_of("calls"));
        }
    }
    callee
}

/// The one entry of `calls`.
fn only_call<'d>(only: &'d Node, callee: &mut Callee<'d>) {
    if let Some(target) = only.get("capability").or_else(|| only.get("call")).or_else(|| only.get("operation"))
        && let Some(name) = target.as_str()
    {
        callee.rules.push((Code::CallsList, target.span, format!("`calls: [{name}]` is read as `call`")));
        callee.call = Some(Spanned::new(name, target.span));
    }
    if let Some(entries) = only.get("parameters").or_else(|| only.get("with")).and_then(Node::as_map) {
        callee.brace_with = true;
        let pair = |e: &'d Entry| (Spanned::new(&*e.key.value, e.key.span), ValueDecl::new(&e.value));
        callee.with.extend(entries.iter().map(pair));
    }
}

fn hints(fields: &Fields<'_>, sink: &mut Sink) -> [Option<bool>; 4] {
    let Some(hints) = fields.object("hints", &keys::HINTS, sink) else { return [None; 4] };
    ["readOnly", "destructive", "idempotent", "openWorld"].map(|key| hints.boolean(key, sink).map(|b| b.value))
}

fn semantics(fields: &Fields<'_>, sink: &mut Sink) -> Option<SemanticsDecl> {
    let semantics = fields.object("semantics", &keys::SEMANTICS, sink)?;
    Some(SemanticsDecl { safe: semantics.boolean("safe", sink), idempotent: semantics.boolean("idempotent", sink) })
}

/// The media type of a binary answer, by `responseBinary` or `responses`.
fn binary_media_type<'d>(fields: &Fields<'d>, sink: &mut Sink) -> Option<&'d str> {
    fields.table().key("responses")?;
    let single = fields.node("responseBinary");
    if let Some(status) = single.and_then(|n| n.get("status")).filter(|n| n.as_i64() != Some(200)) {
        sink.warning(Code::Unsupported, status.span, "the status of a binary answer is the upstream's")
            .help("remove `status`");
    }
    let declared = single.and_then(|n| n.get("mediaType")).and_then(Node::as_str);
    declared.or_else(|| fields.node("responses").and_then(binary_response))
}

/// The media type that `responses` declares to be binary.
fn binary_response(responses: &Node) -> Option<&str> {
    let contents = responses.as_map()?.iter().filter_map(|response| response.value.get("content")?.as_map());
    let binary = |content: &&Entry| content.value.get("binary").and_then(Node::as_bool) == Some(true);
    contents.flatten().find(binary).map(|content| &*content.key.value)
}
