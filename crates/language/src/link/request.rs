//! One upstream call of a unit: every need of the callee filled, the rest placed (rules I5-I8, U1-U10).

mod answer;
mod body;
mod extras;
mod path;

use capstan_plan::{Call, HeaderPart, PathPart, QueryPart, Request, Template};
use http::HeaderName;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use self::{
    answer::step_output,
    body::{body, merge_body},
    extras::extras,
    path::{base, path_need, positional, static_value},
};
use super::{
    callee::{Token, Where},
    caller::{Caller, Need},
    names::{is_registered_header, is_sensitive_header},
};
use crate::{
    diagnostic::{Code, Sink},
    template::absent,
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
        let bound = || caller.context.bindings.qualified(hole).map(Template::Binding);
        let value = match credential.path(hole).or_else(bound) {
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
    let tool_lists = simple && caller.inputs.drafts.iter().all(|d| d.declared.is_none());
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
    let super::Context { files, origins, .. } = &mut *caller.context;
    let schema = callee.op.schema.and_then(|declared| files.decode_schema(callee.format, declared, origins, sink));
    Some(Call {
        request,
        format: callee.format,
        schema,
        media_type: callee.op.media_type.map(Into::into),
        max_binary: callee.op.max_binary,
        output: step_output(callee, sink),
    })
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
