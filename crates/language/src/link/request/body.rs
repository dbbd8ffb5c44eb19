//! The body of a call: declared templates, body parameters, and what is passed on (rules U6-U10, BODY-MERGE).

use capstan_plan::{Body, Part, Template};

use super::super::{
    callee::{Callee, Where},
    caller::{Caller, Need},
    outputs::tree,
};
use crate::{
    diagnostic::{Code, Sink},
    model::{BodyDecl, PartDecl, ValueDecl, ValueKind},
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
        Some(declared) => {
            let span = declared.span();
            if callee.getish() {
                caller.rule(Code::BodyOnGet, span, format!("a {} request is sent with a body", callee.method));
            }
            let declared = template_body(caller, declared, sink);
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
            caller.rule(Code::BodyMerge, span, "body parameters are merged into the body as top-level fields");
            merge(declared, fields)
        }
        None => {
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
fn type_body(caller: &mut Caller<'_, '_, '_>, getish: bool, typed: Option<&crate::openapi::TypedOperation>) {
    let Some(body) = typed.and_then(|t| t.body.as_ref()) else { return };
    if let Some(draft) = caller.inputs.drafts.iter_mut().find(|d| d.whole_body) {
        draft.schema = Some(body.schema.clone());
        draft.required |= body.required && !getish;
    }
}

fn template_body(caller: &mut Caller<'_, '_, '_>, declared: &BodyDecl<'_>, sink: &mut Sink) -> Body {
    caller.in_callee = true;
    match declared {
        BodyDecl::Json(content) => json_body(caller, *content, sink),
        BodyDecl::Form(content) => Body::Form(form_body(caller, *content, sink)),
        BodyDecl::Parts(parts, _) => Body::Multipart(parts.iter().map(|part| self::part(part, caller, sink)).collect()),
        BodyDecl::Multipart(content) => Body::MultipartObject(tree(*content, caller, sink)),
        BodyDecl::Text(media, content) => text_body(caller, media, *content, sink),
    }
}

fn json_body(caller: &mut Caller<'_, '_, '_>, content: ValueDecl<'_>, sink: &mut Sink) -> Body {
    let Some(text) = content.text() else {
        let content = tree(content, caller, sink);
        return Body::Json(coerce_tree(caller, content));
    };
    let ready_made = |content| Body::Text { media_type: "application/json".into(), content };
    match compile(text.trim(), content.span(), Style::Value, caller, sink) {
        Template::Text(_) => ready_made(compile(text, content.span(), Style::Json, caller, sink)),
        Template::Literal(literal) if literal.is_string() => {
            ready_made(Template::text(literal.as_str().unwrap_or_default()))
        }
        whole => Body::Json(caller.coerced(whole, None)),
    }
}

fn form_body(caller: &mut Caller<'_, '_, '_>, content: ValueDecl<'_>, sink: &mut Sink) -> Template {
    let Some(text) = content.text() else { return tree(content, caller, sink) };
    match compile(text.trim(), content.span(), Style::Value, caller, sink) {
        Template::Text(_) => compile(text, content.span(), Style::Form, caller, sink),
        exact => exact,
    }
}

fn text_body(caller: &mut Caller<'_, '_, '_>, media: &str, content: ValueDecl<'_>, sink: &mut Sink) -> Body {
    // A one-entry map stands for its value (rule U7).
    let content = match content.kind() {
        ValueKind::Object(members) => match members.as_slice() {
            [(_, only)] => *only,
            _ => content,
        },
        _ => content,
    };
    let span = content.span();
    let content = match content.text() {
        Some(text) => match compile(text.trim(), span, Style::Value, caller, sink) {
            Template::Text(_) if media.contains("xml") => compile(text, span, Style::Xml, caller, sink),
            Template::Text(_) => compile(text, span, Style::Value, caller, sink),
            Template::Literal(_) => Template::text(text),
            exact => exact,
        },
        None => tree(content, caller, sink),
    };
    Body::Text { media_type: media.into(), content }
}

fn part(part: &PartDecl<'_>, caller: &mut Caller<'_, '_, '_>, sink: &mut Sink) -> Part {
    let mut filled = |value: Option<ValueDecl<'_>>| value.map(|value| tree(value, caller, sink));
    Part {
        name: filled(part.name).unwrap_or_else(|| Template::text("")),
        value: filled(part.value).unwrap_or_else(|| Template::text("")),
        file_name: filled(part.file_name),
        content_type: filled(part.content_type),
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

pub(super) fn merge_body<'d>(
    body: Body,
    fields: Vec<(String, Template)>,
    caller: &mut Caller<'_, '_, 'd>,
    _: &Callee<'_, 'd>,
) -> Body {
    merge(body, fields.into_iter().map(|(name, value)| (name.into(), caller.coerced(value, None))).collect())
}
