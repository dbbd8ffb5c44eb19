//! One upstream call of a unit: every need of the callee filled, the rest placed (rules I5-I8, U1-U10).

use capstan_plan::{Body, Call, HeaderPart, Part, PathPart, QueryPart, Request, Selector, StepOutput, Template};
use http::HeaderName;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::{
    callee::{BodyDecl, BodyKind, Callee, Token, Where, body_media},
    caller::{Caller, Need},
    inputs::Kind,
    names::{is_registered_header, is_sensitive_header, norm},
    outputs::{selector, tree},
};
use crate::{
    diagnostic::{Code, Sink},
    document::Node,
    source::Span,
    template::{Style, absent, compile},
};

/// Characters a path literal may not hold as they are.
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'|')
    .add(b'\\')
    .add(b'^')
    .add(b'[')
    .add(b']')
    .add(b'?')
    .add(b'#');

/// Values that go where nothing in the callee asks for them (rule I8).
#[derive(Default)]
struct Extras {
    segments: Vec<(String, Template)>,
    query: Vec<(String, Template)>,
    headers: Vec<(String, Template)>,
    cookies: Vec<(String, Template)>,
    fields: Vec<(String, Template)>,
}

/// Links one call. `simple` is the unit's only call: inputs nothing asks for are placed too, and an undeclared body is passed on.
pub(super) fn call<'s, 'd>(caller: &mut Caller<'_, 's, 'd>, at: usize, simple: bool, sink: &mut Sink) -> Option<Call> {
    let callee = caller.context.callee(at)?;
    let callee = &*callee;
    caller.rules.extend(callee.rules.iter().cloned());
    let credential = caller.context.credential_places(callee.client);
    let typed = caller.context.typed(at);
    let typed = typed.as_deref();
    for (_, param) in callee.at(Where::Environment) {
        let id = caller.context.bindings.undeclared(param.name.value, param.name.span, &caller.context.origins);
        caller.environment.push((param.name.value.to_owned(), id));
    }
    caller.in_callee = true;

    // The path: what names fill, then the one leftover placeholder (POSITIONAL), then implied inputs.
    let op_span = callee.op.resource_path.or(callee.op.own_path).map_or(callee.op.span, |p| p.span);
    let holes: Vec<String> = callee.holes().map(str::to_owned).collect();
    let mut filled: Vec<(String, Option<Template>)> = Vec::new();
    for hole in &holes {
        let secret = credential.path(hole);
        let value = match secret {
            Some(template) => Some(template),
            None => {
                let need = path_need(callee, hole, op_span).typed(typed);
                caller.parameter(need, sink)
            }
        };
        filled.push((hole.clone(), value));
    }
    let mut orphans: Vec<(usize, bool, Option<Template>)> = Vec::new();
    for index in &callee.orphans {
        let Some((param, _)) = callee.params.get(*index) else { continue };
        let required = param.required.unwrap_or(true);
        let need = Need { param: Some(param), required, ..Need::new(param.name.value, Where::Path, param.name.span) }
            .typed(typed);
        orphans.push((*index, required, caller.parameter(need, sink)));
    }
    // Query, header, cookie and body parameters by name.
    let mut others: Vec<(usize, Option<Template>)> = Vec::new();
    for (index, (param, place)) in callee.params.iter().enumerate() {
        if matches!(place, Where::Path | Where::Environment) || Some(index) == callee.whole_body {
            continue;
        }
        if credential.overrides(*place, param.name.value) {
            continue;
        }
        let need = Need {
            param: Some(param),
            required: param.required == Some(true),
            ..Need::new(param.name.value, *place, param.name.span)
        }
        .typed(typed);
        others.push((index, caller.parameter(need, sink)));
    }
    positional(caller, &mut filled, &mut orphans, callee);
    let tool_lists = simple && caller.with.is_empty() && caller.inputs.drafts.iter().all(|d| d.declared.is_none());
    for (hole, value) in &mut filled {
        if value.is_none() {
            *value = Some(caller.implicit(path_need(callee, hole, op_span).typed(typed)));
        }
    }
    for (index, required, value) in &mut orphans {
        if value.is_none()
            && let Some((param, _)) = callee.params.get(*index)
        {
            let need = Need {
                param: Some(param),
                required: *required,
                ..Need::new(param.name.value, Where::Path, param.name.span)
            };
            *value = Some(caller.implicit(need.typed(typed)));
        }
    }
    for (index, value) in &mut others {
        let Some((param, place)) = callee.params.get(*index).filter(|_| value.is_none()) else { continue };
        let name = param.name.value;
        let need = Need {
            param: Some(param),
            required: param.required == Some(true),
            ..Need::new(name, *place, param.name.span)
        }
        .typed(typed);
        let protected = *place == Where::Header && (is_registered_header(name) || is_sensitive_header(name));
        let narrow = !need.required;
        let need = Need { required: need.required && !protected, narrow, listed: need.required || tool_lists, ..need };
        if protected && need.required {
            caller.rule(
                Code::HeaderSensitive,
                param.name.span,
                format!("`{name}` is never taken from the caller's own headers"),
            );
        }
        *value = Some(caller.implicit(need));
    }

    let mut body = body(caller, callee, typed, &others, simple, sink);
    let (base, base_used) = base(caller, callee, &credential);
    for key in base_used {
        if let Some(entry) = caller.with.iter_mut().find(|w| w.key.value == key) {
            entry.used = true;
        }
    }
    let extras = extras(caller, callee, simple);
    if !extras.fields.is_empty() {
        body = merge_body(body, extras.fields, caller, callee);
    }

    // Assemble.
    let mut path: Vec<PathPart> = Vec::new();
    let mut values = filled.into_iter();
    for token in &callee.path {
        path.push(match token {
            Token::Literal(text) => PathPart::Literal(utf8_percent_encode(text, PATH).to_string().into()),
            Token::Hole(name) => PathPart::Value {
                name: name.as_str().into(),
                value: values.next().and_then(|(_, v)| v).unwrap_or_else(absent),
            },
            Token::Variable(name) => {
                PathPart::Value { name: name.as_str().into(), value: caller.variable(name, op_span) }
            }
        });
    }
    for (index, required, value) in orphans {
        if let (Some((param, _)), Some(value)) = (callee.params.get(index), value) {
            path.push(PathPart::Segment { name: param.name.value.into(), value, required });
        }
    }
    for (name, value) in extras.segments {
        path.push(PathPart::Segment { name: name.into(), value, required: false });
    }
    if !callee.suffix.is_empty() {
        path.push(PathPart::Literal(callee.suffix.as_str().into()));
    }
    let mut query: Vec<QueryPart> = Vec::new();
    for (name, tokens) in &callee.query {
        query.push(QueryPart { name: name.as_str().into(), value: static_value(caller, tokens, op_span) });
    }
    let mut headers: Vec<HeaderPart> = Vec::new();
    for (name, tokens) in &callee.headers {
        if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
            headers.push(HeaderPart { name, value: static_value(caller, tokens, op_span) });
        }
    }
    let mut cookies: Vec<(Box<str>, Template)> = Vec::new();
    for (index, value) in others {
        let (Some((param, place)), Some(value)) = (callee.params.get(index), value) else { continue };
        let name = param.name.value;
        match place {
            Where::Query => {
                if param.ty.is_some_and(|t| t.eq_ignore_ascii_case("array")) {
                    caller.rule(Code::ArrayQuery, param.name.span, format!("`{name}` is repeated for each element"));
                }
                query.push(QueryPart { name: name.into(), value });
            }
            Where::Header => match HeaderName::from_bytes(name.as_bytes()) {
                Ok(header) if forbidden_header(&header) => {
                    sink.warning(
                        Code::Unsupported,
                        param.name.span,
                        format!("header `{name}` is set by the connection, not by a document"),
                    )
                    .help("remove the parameter");
                }
                Ok(name) => headers.push(HeaderPart { name, value }),
                Err(_) => {
                    sink.error(Code::BadValue, param.name.span, format!("`{name}` is not a header name"))
                        .help("header names are letters, digits and hyphens");
                }
            },
            Where::Cookie => cookies.push((name.into(), value)),
            Where::Path | Where::Body | Where::Environment => {}
        }
    }
    query.extend(extras.query.into_iter().map(|(name, value)| QueryPart { name: name.into(), value }));
    headers.extend(
        extras.headers.into_iter().filter_map(|(name, value)| {
            Some(HeaderPart { name: HeaderName::from_bytes(name.as_bytes()).ok()?, value })
        }),
    );
    cookies.extend(extras.cookies.into_iter().map(|(name, value)| (name.into(), value)));
    let name = format!("{}.{}", callee.api.namespace.value, callee.op.name.map_or("", |n| n.value));
    let request = Request {
        client: caller.context.client_id(callee.client)?,
        name: name.into(),
        method: callee.method.clone(),
        base,
        path: path.into_boxed_slice(),
        query: query.into_boxed_slice(),
        headers: headers.into_boxed_slice(),
        cookies: cookies.into_boxed_slice(),
        body,
        origin: caller.context.origins.at(callee.op.span),
    };
    caller.in_callee = false;
    caller.environment.clear();
    Some(Call {
        request,
        format: callee.format,
        schema: callee.op.schema.map(|s| s.value.into()),
        media_type: callee.op.media_type.map(Into::into),
        max_binary: callee.op.max_binary.and_then(|n| byte_size(n, sink)),
        output: step_output(callee, sink),
    })
}

/// The need of a path placeholder, with the parameter that declares it.
fn path_need<'n, 'd>(callee: &'n Callee<'_, 'd>, name: &'n str, span: Span) -> Need<'n, 'd> {
    let exact = callee.at(Where::Path).map(|(_, p)| p).find(|p| p.name.value == name);
    let param = exact.or_else(|| callee.at(Where::Path).map(|(_, p)| p).find(|p| norm(p.name.value) == norm(name)));
    Need { param, ..Need::new(name, Where::Path, param.map_or(span, |p| p.name.span)) }
}

/// Headers the connection owns.
fn forbidden_header(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "host"
            | "content-length"
            | "transfer-encoding"
            | "connection"
            | "keep-alive"
            | "te"
            | "trailer"
            | "upgrade"
            | "proxy-connection"
    )
}

/// Rule I7.
fn positional<'d>(
    caller: &mut Caller<'_, '_, 'd>,
    filled: &mut [(String, Option<Template>)],
    orphans: &mut [(usize, bool, Option<Template>)],
    callee: &Callee<'_, 'd>,
) {
    let open =
        filled.iter().filter(|(_, v)| v.is_none()).count() + orphans.iter().filter(|(_, _, v)| v.is_none()).count();
    if open != 1 {
        return;
    }
    let free: Vec<usize> = caller
        .inputs
        .drafts
        .iter()
        .enumerate()
        .filter(|(_, d)| !d.claimed && !d.whole_body)
        .filter(|(_, d)| match caller.inputs.kind {
            Kind::Rest => d.placeholder.is_some(),
            Kind::Mcp => d.declared.as_ref().is_some_and(|p| p.required == Some(true)),
        })
        .map(|(i, _)| i)
        .collect();
    let [only] = free.as_slice() else { return };
    let hole = filled.iter_mut().find(|(_, v)| v.is_none());
    let (name, slot): (String, &mut Option<Template>) = match hole {
        Some((name, slot)) => (name.clone(), slot),
        None => {
            let Some((index, _, slot)) = orphans.iter_mut().find(|(_, _, v)| v.is_none()) else { return };
            (callee.params.get(*index).map_or(String::new(), |(p, _)| p.name.value.to_owned()), slot)
        }
    };
    let span = callee.op.span;
    let (input, input_span) =
        caller.inputs.drafts.get(*only).map_or((String::new(), span), |d| (d.name.clone(), d.span));
    caller.rule(Code::Positional, input_span, format!("`{input}` is the only value left for `{name}`"));
    caller.feed(*only, Need::new(&name, Where::Path, span));
    *slot = Some(caller.slot(*only));
}

fn static_value(caller: &mut Caller<'_, '_, '_>, tokens: &[Token], span: Span) -> Template {
    let mut parts: Vec<Template> = tokens
        .iter()
        .map(|token| match token {
            Token::Literal(text) => Template::text(text),
            Token::Variable(name) => caller.variable(name, span),
            Token::Hole(name) => {
                let need = Need::new(name, Where::Query, span);
                match caller.lookup(need) {
                    Some(template) => template,
                    None => caller.implicit(need),
                }
            }
        })
        .collect();
    if parts.len() == 1 { parts.pop().unwrap_or_else(absent) } else { Template::Text(parts.into_boxed_slice()) }
}

fn body<'s, 'd>(
    caller: &mut Caller<'_, 's, 'd>,
    callee: &Callee<'s, 'd>,
    typed: Option<&crate::openapi::TypedOperation>,
    others: &[(usize, Option<Template>)],
    simple: bool,
    sink: &mut Sink,
) -> Body {
    let fields: Vec<(Box<str>, Template)> = others
        .iter()
        .filter_map(|(index, value)| {
            let (param, place) = callee.params.get(*index)?;
            (*place == Where::Body)
                .then(|| Some((param.name.value.into(), caller.coerced(value.clone()?, Some(param)))))?
        })
        .collect();
    match callee.body {
        BodyDecl::Template(kind, node) => {
            if callee.getish() {
                caller.rule(Code::BodyOnGet, node.span, format!("a {} request is sent with a body", callee.method));
            }
            let declared = template_body(caller, callee, kind, node, sink);
            let mut fields = fields;
            if let Some((param, _)) = callee.whole_body.and_then(|at| callee.params.get(at)) {
                let need = Need {
                    param: Some(param),
                    required: false,
                    ..Need::new(param.name.value, Where::Body, param.name.span)
                };
                if let Some(value) = caller.lookup(need) {
                    fields.push((param.name.value.into(), value));
                }
            }
            if fields.is_empty() {
                return declared;
            }
            caller.rule(Code::BodyMerge, node.span, "body parameters are merged into the body as top-level fields");
            merge(declared, fields)
        }
        BodyDecl::None => {
            if let Some((param, _)) = callee.whole_body.and_then(|at| callee.params.get(at)) {
                // A body on a GET-ish request is the caller's choice (rule U10).
                let required = param.required == Some(true) && !callee.getish();
                let need =
                    Need { param: Some(param), required, ..Need::new(param.name.value, Where::Body, param.name.span) };
                if callee.getish() {
                    caller.rule(
                        Code::BodyOnGet,
                        param.name.span,
                        format!("a {} request may be sent with a body", callee.method),
                    );
                }
                let value = match caller.parameter(need, sink) {
                    Some(value) => value,
                    None => {
                        let at = caller.inputs.body(param.name.span);
                        caller.feed(at, need);
                        caller.slot(at)
                    }
                };
                type_body(caller, callee.getish(), typed);
                return if fields.is_empty() { Body::Json(value) } else { merge(Body::Json(value), fields) };
            }
            if !fields.is_empty() {
                if callee.getish() {
                    caller.rule(
                        Code::BodyOnGet,
                        callee.op.span,
                        format!("a {} request may be sent with a body", callee.method),
                    );
                }
                return Body::Json(Template::Merge(Box::new(absent()), fields.into_boxed_slice()));
            }
            if !simple || callee.getish() {
                return Body::None;
            }
            let at = caller.inputs.body(callee.op.span);
            if let Some(draft) = caller.inputs.get_mut(at) {
                draft.claimed = true;
            }
            type_body(caller, callee.getish(), typed);
            caller.rule(
                Code::ImplicitBody,
                callee.op.span,
                "the operation declares no body: the caller's is passed on",
            );
            let slot = caller.slot(at);
            Body::Inbound(slot)
        }
    }
}

/// Gives the whole-body input the schema of an OpenAPI document.
fn type_body(caller: &mut Caller<'_, '_, '_>, getish: bool, typed: Option<&crate::openapi::TypedOperation>) {
    let Some(body) = typed.and_then(|t| t.body.as_ref()) else { return };
    if let Some(draft) = caller.inputs.drafts.iter_mut().find(|d| d.whole_body) {
        draft.schema = Some(body.schema.clone());
        draft.required |= body.required && !getish;
    }
}

fn template_body<'d>(
    caller: &mut Caller<'_, '_, 'd>,
    callee: &Callee<'_, 'd>,
    kind: BodyKind,
    node: &'d Node,
    sink: &mut Sink,
) -> Body {
    caller.in_callee = true;
    match kind {
        BodyKind::Json => match node.as_str() {
            Some(text) => {
                let trimmed = text.trim();
                let whole = compile(trimmed, node.span, Style::Value, caller, sink);
                if matches!(whole, Template::Text(_)) {
                    let content = compile(text, node.span, Style::Json, caller, sink);
                    return Body::Text { media_type: "application/json".into(), content };
                }
                match whole {
                    Template::Literal(serde_json::Value::String(text)) => {
                        Body::Text { media_type: "application/json".into(), content: Template::text(&text) }
                    }
                    whole => Body::Json(caller.coerced(whole, None)),
                }
            }
            None => {
                let content = tree(node, caller, sink);
                Body::Json(coerce_tree(caller, content))
            }
        },
        BodyKind::Form => match node.as_str() {
            Some(text) => {
                let exact = compile(text.trim(), node.span, Style::Value, caller, sink);
                Body::Form(if matches!(exact, Template::Text(_)) {
                    compile(text, node.span, Style::Form, caller, sink)
                } else {
                    exact
                })
            }
            None => Body::Form(tree(node, caller, sink)),
        },
        BodyKind::Multipart => match node.as_seq() {
            Some(parts) => Body::Multipart(parts.iter().map(|part| multipart(part, caller, sink)).collect()),
            None => Body::MultipartObject(tree(node, caller, sink)),
        },
        BodyKind::Text(media) => text_body(caller, media, node, sink),
        BodyKind::Other => text_body(caller, body_media(callee.op).unwrap_or("application/octet-stream"), node, sink),
    }
}

fn text_body(caller: &mut Caller<'_, '_, '_>, media: &str, node: &Node, sink: &mut Sink) -> Body {
    // A one-entry map stands for its value (rule U7).
    let node = match node.as_map() {
        Some([only]) => &only.value,
        _ => node,
    };
    let content = match node.as_str() {
        Some(text) => {
            let exact = compile(text.trim(), node.span, Style::Value, caller, sink);
            match exact {
                Template::Text(_) if media.contains("xml") => compile(text, node.span, Style::Xml, caller, sink),
                Template::Text(_) => compile(text, node.span, Style::Value, caller, sink),
                Template::Literal(_) => Template::text(text),
                exact => exact,
            }
        }
        None => tree(node, caller, sink),
    };
    Body::Text { media_type: media.into(), content }
}

fn multipart(node: &Node, caller: &mut Caller<'_, '_, '_>, sink: &mut Sink) -> Part {
    let mut get = |key: &str| node.get(key).filter(|n| !n.is_null()).map(|n| tree(n, caller, sink));
    Part {
        name: get("name").unwrap_or_else(|| Template::text("")),
        value: get("value").unwrap_or_else(|| Template::text("")),
        file_name: get("filename"),
        content_type: get("contentType"),
    }
}

/// Applies QUERY-COERCE to every slot that stands alone in a JSON tree.
fn coerce_tree(caller: &mut Caller<'_, '_, '_>, template: Template) -> Template {
    match template {
        Template::Object(members) => {
            Template::Object(members.into_vec().into_iter().map(|(k, v)| (k, coerce_tree(caller, v))).collect())
        }
        Template::List(items) => Template::List(items.into_vec().into_iter().map(|v| coerce_tree(caller, v)).collect()),
        other => caller.coerced(other, None),
    }
}

fn merge(body: Body, fields: Vec<(Box<str>, Template)>) -> Body {
    let fields = fields.into_boxed_slice();
    match body {
        Body::None => Body::Json(Template::Merge(Box::new(absent()), fields)),
        Body::Json(base) => Body::Json(Template::Merge(Box::new(base), fields)),
        Body::Inbound(base) => Body::Inbound(Template::Merge(Box::new(base), fields)),
        Body::Form(base) => Body::Form(Template::Merge(Box::new(base), fields)),
        Body::MultipartObject(base) => Body::MultipartObject(Template::Merge(Box::new(base), fields)),
        other @ (Body::Multipart(_) | Body::Text { .. }) => other,
    }
}

fn merge_body<'d>(
    body: Body,
    fields: Vec<(String, Template)>,
    caller: &mut Caller<'_, '_, 'd>,
    _: &Callee<'_, 'd>,
) -> Body {
    merge(body, fields.into_iter().map(|(name, value)| (name.into(), caller.coerced(value, None))).collect())
}

/// Rule I8: where values go that nothing in the callee asks for.
fn extras<'d>(caller: &mut Caller<'_, '_, 'd>, callee: &Callee<'_, 'd>, simple: bool) -> Extras {
    let mut out = Extras::default();
    let no_path_hole = callee.holes().next().is_none() && callee.orphans.is_empty();
    let declared_body = !callee.undeclared_body();
    let put = |out: &mut Extras,
               caller: &mut Caller<'_, '_, 'd>,
               name: &str,
               template: Template,
               place: Option<Where>,
               from_placeholder: bool,
               span: Span,
               code: Code| {
        let what = match place {
            Some(Where::Query) => "query",
            Some(Where::Header) => "headers",
            Some(Where::Cookie) => "cookies",
            Some(Where::Body) => "body",
            Some(Where::Path) => "path",
            _ if from_placeholder && callee.method != http::Method::POST && no_path_hole => "path",
            _ if callee.getish() => "query",
            _ => "body",
        };
        let code = if what == "path" { Code::EphAppend } else { code };
        caller.rule(code, span, format!("nothing in the callee asks for `{name}`: it goes into the {what}"));
        let target = match what {
            "query" => &mut out.query,
            "headers" => &mut out.headers,
            "cookies" => &mut out.cookies,
            "path" => &mut out.segments,
            _ => &mut out.fields,
        };
        target.push((name.to_owned(), template));
    };
    for at in 0..caller.with.len() {
        let Some(entry) = caller.with.get_mut(at).filter(|w| !w.used) else { continue };
        let Some(template) = entry.template.clone() else { continue };
        entry.used = true;
        let (key, input, place) = (entry.key, entry.input, entry.place);
        let draft = input.and_then(|i| caller.inputs.drafts.get(i));
        if draft.is_some_and(|d| d.whole_body) {
            continue;
        }
        let from_placeholder = draft.is_some_and(|d| d.placeholder.is_some());
        put(&mut out, caller, key.value, template, place, from_placeholder, key.span, Code::WithExtra);
    }
    if !simple {
        return out;
    }
    for at in 0..caller.inputs.drafts.len() {
        let Some(draft) = caller.inputs.get_mut(at).filter(|d| !d.claimed && !d.whole_body) else { continue };
        draft.claimed = true;
        let (name, span, placeholder) = (draft.name.clone(), draft.span, draft.placeholder.is_some());
        let place = draft.declared.as_ref().and_then(|p| p.place).and_then(|word| {
            match word.value.to_ascii_lowercase().as_str() {
                "query" => Some(Where::Query),
                "header" => Some(Where::Header),
                "cookie" => Some(Where::Cookie),
                "body" => Some(Where::Body),
                _ => None,
            }
        });
        let template = caller.slot(at);
        if placeholder && place.is_none() {
            if !callee.getish() && declared_body && !(callee.method != http::Method::POST && no_path_hole) {
                caller.rule(Code::EphDrop, span, format!("nothing uses the exposed placeholder `{name}`"));
                continue;
            }
            put(&mut out, caller, &name, template, None, true, span, Code::EphAppend);
        } else {
            put(&mut out, caller, &name, template, place, placeholder, span, Code::InputExtra);
        }
    }
    out
}

/// The base URI, when this call gives it values; and the `with` keys it took.
fn base<'d>(
    caller: &mut Caller<'_, '_, 'd>,
    callee: &Callee<'_, 'd>,
    credential: &super::CredentialPlaces,
) -> (Option<capstan_plan::Base>, Vec<String>) {
    let Some(tokens) = caller.context.base(callee.client) else { return (None, Vec::new()) };
    caller.rules.extend(tokens.rules.iter().cloned());
    let holes = tokens.holes();
    let mut used = Vec::new();
    let mut literals: Vec<(String, Template)> = Vec::new();
    let mut callers: Vec<(String, Template)> = Vec::new();
    for hole in &holes {
        if let Some(secret) = credential.path(hole) {
            literals.push((hole.clone(), secret));
            continue;
        }
        if let Some(entry) = caller.with.iter().find(|w| w.key.value == hole) {
            if let Some(template) = &entry.template {
                if template.is_constant() { &mut literals } else { &mut callers }
                    .push((hole.clone(), template.clone()));
            }
            used.push(hole.clone());
        } else if let Some(at) = caller.inputs.exact(hole) {
            let slot = caller.slot(at);
            if let Some(draft) = caller.inputs.get_mut(at) {
                draft.claimed = true;
            }
            callers.push((hole.clone(), slot));
        }
    }
    let find = |list: &[(String, Template)], name: &str| list.iter().find(|(n, _)| n == name).map(|(_, t)| t.clone());
    let mut rules = Vec::new();
    let context = &mut *caller.context;
    let (base, from_call) =
        tokens.base(&mut context.bindings, &context.origins, &mut rules, |n| find(&literals, n), |n| find(&callers, n));
    caller.rules.extend(rules);
    (from_call.then_some(base), used)
}

fn step_output(callee: &Callee<'_, '_>, sink: &mut Sink) -> StepOutput {
    let mut named: Vec<(Box<str>, Selector)> = Vec::new();
    let mut single = None;
    for output in &callee.op.outputs {
        let node = ["value", "mapping"].into_iter().find_map(|key| output.node.get(key)).filter(|n| !n.is_null());
        let Some((node, text)) = node.and_then(|n| Some((n, n.scalar_text()?))) else { continue };
        let Some(selector) = selector(text, node.span, sink) else { continue };
        match output.name {
            Some(name) if !name.value.is_empty() => named.push((name.value.into(), selector)),
            _ => {
                single.get_or_insert(selector);
            }
        }
    }
    match (named.is_empty(), single) {
        (false, _) => StepOutput::Named(named.into_boxed_slice()),
        (true, Some(selector)) => StepOutput::Single(selector),
        (true, None) => StepOutput::Raw,
    }
}

/// A size such as `10MiB`, in bytes.
pub(super) fn byte_size(node: &Node, sink: &mut Sink) -> Option<u64> {
    let text = node.scalar_text()?.trim();
    let split = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let factor = match unit.trim() {
        "" | "B" => 1.0,
        "KiB" => 1024.0,
        "MiB" => 1024.0 * 1024.0,
        "GiB" => 1024.0 * 1024.0 * 1024.0,
        _ => f64::NAN,
    };
    match number.parse::<f64>() {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be finite and positive")]
        Ok(number) if factor.is_finite() && number.is_finite() && number >= 0.0 => Some((number * factor) as u64),
        _ => {
            sink.error(Code::BadValue, node.span, format!("`{text}` is not a size"))
                .help("write a number and B, KiB, MiB or GiB, such as 10MiB");
            None
        }
    }
}
