//! The body of a call: declared templates, body parameters, and what is passed on (rules U6-U10, BODY-MERGE).

use capstan_plan::{Body, Part, Template};

use super::super::{
    callee::{BodyDecl, BodyKind, Callee, Where, body_media},
    caller::{Caller, Need},
    outputs::tree,
};
use crate::{
    diagnostic::{Code, Sink},
    document::Node,
    template::{Style, absent, compile},
};

pub(super) fn body<'s, 'd>(
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
            if !simple || callee.getish() || callee.op.keyed && caller.inputs.complete() {
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
pub(super) fn type_body(caller: &mut Caller<'_, '_, '_>, getish: bool, typed: Option<&crate::openapi::TypedOperation>) {
    let Some(body) = typed.and_then(|t| t.body.as_ref()) else { return };
    if let Some(draft) = caller.inputs.drafts.iter_mut().find(|d| d.whole_body) {
        draft.schema = Some(body.schema.clone());
        draft.required |= body.required && !getish;
    }
}

pub(super) fn template_body<'d>(
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
                    Template::Literal(literal) if literal.is_string() => {
                        let text = literal.as_str().unwrap_or_default();
                        Body::Text { media_type: "application/json".into(), content: Template::text(text) }
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

pub(super) fn text_body(caller: &mut Caller<'_, '_, '_>, media: &str, node: &Node, sink: &mut Sink) -> Body {
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

pub(super) fn multipart(node: &Node, caller: &mut Caller<'_, '_, '_>, sink: &mut Sink) -> Part {
    let mut get = |key: &str| node.get(key).filter(|n| !n.is_null()).map(|n| tree(n, caller, sink));
    Part {
        name: get("name").unwrap_or_else(|| Template::text("")),
        value: get("value").unwrap_or_else(|| Template::text("")),
        file_name: get("filename"),
        content_type: get("contentType"),
    }
}

/// Applies QUERY-COERCE to every slot that stands alone in a JSON tree.
pub(super) fn coerce_tree(caller: &mut Caller<'_, '_, '_>, template: Template) -> Template {
    match template {
        Template::Object(members) => {
            Template::Object(members.into_vec().into_iter().map(|(k, v)| (k, coerce_tree(caller, v))).collect())
        }
        Template::List(items) => Template::List(items.into_vec().into_iter().map(|v| coerce_tree(caller, v)).collect()),
        other => caller.coerced(other, None),
    }
}

pub(super) fn merge(body: Body, fields: Vec<(Box<str>, Template)>) -> Body {
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

pub(super) fn merge_body<'d>(
    body: Body,
    fields: Vec<(String, Template)>,
    caller: &mut Caller<'_, '_, 'd>,
    _: &Callee<'_, 'd>,
) -> Body {
    merge(body, fields.into_iter().map(|(name, value)| (name.into(), caller.coerced(value, None))).collect())
}
