//! The body of a call: declared templates, body parameters, and what is passed on (rules U6-U10, BODY-MERGE).

use capstan_plan::{Body, BodyKind, Encoded, FieldEncoding, Part, SlotId, Template};
use serde_json::Value;

use super::super::{
    assignment::{Extra, ExtraPlace},
    callee::Callee,
    collect::{BodyNeed, Needs},
    need::Need,
    outputs::tree,
    place::Where,
    scope::CalleeScope,
    source::Source,
};
use crate::{
    diagnostic::{Code, Sink},
    model::{BodyDecl, PartDecl, ValueDecl, ValueKind},
    openapi::{TypedMedia, TypedParameter, kind},
    source::Span,
    template::{Style, absent, compile},
};

/// A top-level field of a body.
type Field = (Box<str>, Template);

/// The body of a request; body parameters among `params` come first, as its fields.
pub(super) fn body<'d>(
    scope: &mut CalleeScope<'_, 'd>,
    needs: &Needs<'_, 'd>,
    params: &[Source],
    alone: bool,
    sink: &mut Sink,
) -> Body {
    let body_params = needs.params.iter().zip(params).filter(|(need, _)| need.place == Where::Body);
    let fields: Vec<Field> = body_params
        .map(|(need, source)| {
            let value = scope.0.template(source);
            (need.name.into(), scope.coerced(value, need.param))
        })
        .collect();
    let callee = needs.callee;
    match needs.body {
        BodyNeed::Declared(whole) => declared(scope, callee, whole, fields, sink),
        BodyNeed::Whole(need) => {
            on_get(scope, callee, need.span, "may be sent with a body");
            let value = whole(scope, callee, need, sink);
            let body = documented(callee, value);
            if fields.is_empty() { body } else { merge(body, fields) }
        }
        BodyNeed::Fields => {
            on_get(scope, callee, callee.op.span, "may be sent with a body");
            documented(callee, Template::Merge(Box::new(absent()), fields.into_boxed_slice()))
        }
        BodyNeed::Undeclared => inbound(scope, callee, alone),
    }
}

/// Rule U10.
fn on_get(scope: &mut CalleeScope<'_, '_>, callee: &Callee<'_, '_>, span: Span, what: &str) {
    if callee.bodiless() {
        scope.0.rule(Code::BodyOnGet, span, format!("a `{}` request {what}", callee.method));
    }
}

/// A declared template; what the whole-body parameter and the body parameters are given joins it (BODY-MERGE).
fn declared<'d>(
    scope: &mut CalleeScope<'_, 'd>,
    callee: &Callee<'_, 'd>,
    whole: Option<Need<'_, 'd>>,
    mut fields: Vec<Field>,
    sink: &mut Sink,
) -> Body {
    let Some(declared) = callee.body else { return Body::None };
    let span = declared.span();
    on_get(scope, callee, span, "is sent with a body");
    let body = template_body(scope, declared, sink);
    if let Some(need) = whole
        && let Some(source) = scope.0.lookup(need)
    {
        fields.push((need.name.into(), scope.0.template(&source)));
    }
    let nested = nested_slots(&body);
    fields.retain(|(_, value)| !taken(value, &nested));
    if fields.is_empty() {
        return body;
    }
    scope.0.rule(Code::BodyMerge, span, "body parameters are merged into the body as top-level fields");
    merge(body, fields)
}

/// The slots a body takes somewhere below its top level: their values have their place.
pub(super) fn nested_slots(body: &Body) -> Vec<SlotId> {
    let mut slots = Vec::new();
    let top: Vec<&Template> = match body {
        Body::Json(Template::Object(members)) | Body::Form(Template::Object(members)) => {
            members.iter().map(|(_, member)| member).collect()
        }
        Body::Json(Template::Merge(base, members)) | Body::Form(Template::Merge(base, members)) => {
            let inner = match &**base {
                Template::Object(inner) => inner.iter(),
                _ => [].iter(),
            };
            inner.chain(members).map(|(_, member)| member).collect()
        }
        _ => Vec::new(),
    };
    for member in top.into_iter().filter(|member| matches!(member, Template::Object(_) | Template::List(_))) {
        member.slots(&mut slots);
    }
    slots
}

/// Whether all that a value reads has its place in the body already.
pub(super) fn taken(value: &Template, nested: &[SlotId]) -> bool {
    let mut slots = Vec::new();
    value.slots(&mut slots);
    !slots.is_empty() && slots.iter().all(|slot| nested.contains(slot))
}

/// What fills the one parameter that is the whole body: what is named for it, else the caller's body.
fn whole<'d>(
    scope: &mut CalleeScope<'_, 'd>,
    callee: &Callee<'_, 'd>,
    need: Need<'_, 'd>,
    sink: &mut Sink,
) -> Template {
    let source = scope.parameter(need, sink).unwrap_or_else(|| {
        let id = scope.0.derived.inputs.body(need.span);
        scope.0.derived.feed(scope.0.around.caller, id, need);
        Source::Input(id)
    });
    type_body(scope, callee);
    scope.0.template(&source)
}

/// Rule U8: the caller's body, passed on.
fn inbound(scope: &mut CalleeScope<'_, '_>, callee: &Callee<'_, '_>, alone: bool) -> Body {
    // A document that describes the operation and no body says that there is none.
    let none = callee.typed.as_ref().is_some_and(|typed| typed.body.is_none());
    if !alone || none || callee.bodiless() || callee.op.keyed && scope.0.derived.inputs.complete() {
        return Body::None;
    }
    let id = scope.0.derived.inputs.body(callee.op.span);
    scope.0.derived.claim(id);
    type_body(scope, callee);
    if callee.documented_body().is_some() {
        return documented(callee, scope.0.derived.inputs.template(id));
    }
    // A body without content was told where it stands.
    if !callee.op.rules.iter().any(|(code, ..)| *code == Code::ImplicitBody) {
        let message = "the operation declares no body: the caller's is passed on";
        scope.0.rule(Code::ImplicitBody, callee.op.span, message);
    }
    Body::Inbound(scope.0.derived.inputs.template(id))
}

/// Gives the whole-body input the schema of an OpenAPI document.
fn type_body(scope: &mut CalleeScope<'_, '_>, callee: &Callee<'_, '_>) {
    let Some((body, media)) = callee.documented_body() else { return };
    if let Some(draft) = scope.0.derived.inputs.drafts.iter_mut().find(|d| d.whole_body) {
        draft.document = Some(media.schema.clone());
        draft.required |= body.required && !callee.bodiless();
    }
}

/// A value in the media type the OpenAPI document has for the body; JSON where there is none.
fn documented(callee: &Callee<'_, '_>, content: Template) -> Body {
    let Some((body, media)) = callee.documented_body() else { return Body::Json(content) };
    if body.media.len() == 1 && media.media_type == "application/json" {
        return Body::Json(content);
    }
    let fields = body.fields.iter().map(|field| field_encoding(media, field));
    Body::Encoded(Box::new(Encoded {
        kind: kind(&media.media_type),
        media_type: media.media_type.as_str().into(),
        taken: body.media.iter().map(|media| media.media_type.as_str().into()).collect(),
        fields: fields.filter(|field| field.says_something()).collect(),
        content,
    }))
}

/// How one member of a form is written.
fn field_encoding(media: &TypedMedia, field: &TypedParameter) -> FieldEncoding {
    let said = media.encodings.iter().find(|(name, _)| *name == field.name).map(|(_, encoding)| encoding);
    let in_base64 = |schema: &Value| schema.get("contentEncoding").and_then(Value::as_str) == Some("base64");
    FieldEncoding {
        name: field.name.as_str().into(),
        media_type: said.and_then(|encoding| encoding.content_type.as_deref()).map(Into::into),
        serialization: said.and_then(|encoding| encoding.serialization),
        is_bytes: in_base64(&field.schema) || field.schema.get("items").is_some_and(in_base64),
    }
}

/// Leftover values join the body as top-level fields (rule I8).
pub(super) fn with_extras(scope: &mut CalleeScope<'_, '_>, body: Body, extras: &[Extra]) -> Body {
    let fields: Vec<Field> = extras
        .iter()
        .filter(|extra| extra.place == ExtraPlace::Field)
        .map(|extra| {
            let value = scope.0.template(&extra.source);
            (extra.name.as_str().into(), scope.coerced(value, None))
        })
        .collect();
    if fields.is_empty() { body } else { merge(body, fields) }
}

fn template_body(scope: &mut CalleeScope<'_, '_>, declared: &BodyDecl<'_>, sink: &mut Sink) -> Body {
    match declared {
        BodyDecl::Json(content) => json_body(scope, *content, sink),
        BodyDecl::Form(content) => Body::Form(form_body(scope, *content, sink)),
        BodyDecl::Parts(parts, _) => Body::Multipart(parts.iter().map(|part| self::part(part, scope, sink)).collect()),
        BodyDecl::Multipart(content) => Body::MultipartObject(tree(*content, scope, sink)),
        BodyDecl::Text(media, content) => text_body(scope, media, *content, sink),
    }
}

fn json_body(scope: &mut CalleeScope<'_, '_>, content: ValueDecl<'_>, sink: &mut Sink) -> Body {
    let Some(text) = content.text() else {
        let content = tree(content, scope, sink);
        return Body::Json(coerce_tree(scope, content));
    };
    let ready_made = |content| Body::Text { media_type: "application/json".into(), content };
    match compile(text.trim(), content.span(), Style::Value, scope, sink) {
        Template::Text(_) => ready_made(compile(text, content.span(), Style::Json, scope, sink)),
        // No template after all.
        Template::Literal(literal) if literal.as_str() == Some(text.trim()) => {
            ready_made(Template::text(literal.as_str().unwrap_or_default()))
        }
        whole => Body::Json(scope.coerced(whole, None)),
    }
}

fn form_body(scope: &mut CalleeScope<'_, '_>, content: ValueDecl<'_>, sink: &mut Sink) -> Template {
    let Some(text) = content.text() else { return tree(content, scope, sink) };
    match compile(text.trim(), content.span(), Style::Value, scope, sink) {
        Template::Text(_) => compile(text, content.span(), Style::Form, scope, sink),
        exact => exact,
    }
}

fn text_body(scope: &mut CalleeScope<'_, '_>, media: &str, content: ValueDecl<'_>, sink: &mut Sink) -> Body {
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
        Some(text) => match compile(text.trim(), span, Style::Value, scope, sink) {
            Template::Text(_) if media.contains("xml") => compile(text, span, Style::Xml, scope, sink),
            Template::Text(_) => compile(text, span, Style::Value, scope, sink),
            Template::Literal(_) => Template::text(text),
            exact => exact,
        },
        None => tree(content, scope, sink),
    };
    Body::Text { media_type: media.into(), content }
}

fn part(part: &PartDecl<'_>, scope: &mut CalleeScope<'_, '_>, sink: &mut Sink) -> Part {
    let mut filled = |value: Option<ValueDecl<'_>>| value.map(|value| tree(value, scope, sink));
    Part {
        name: filled(part.name).unwrap_or_else(|| Template::text("")),
        value: filled(part.value).unwrap_or_else(|| Template::text("")),
        file_name: filled(part.file_name),
        content_type: filled(part.content_type),
    }
}

/// Applies QUERY-COERCE to every slot that stands alone in a JSON tree.
fn coerce_tree(scope: &mut CalleeScope<'_, '_>, template: Template) -> Template {
    match template {
        Template::Object(members) => {
            Template::Object(members.into_vec().into_iter().map(|(k, v)| (k, coerce_tree(scope, v))).collect())
        }
        Template::List(items) => Template::List(items.into_vec().into_iter().map(|v| coerce_tree(scope, v)).collect()),
        other => scope.coerced(other, None),
    }
}

fn merge(body: Body, fields: Vec<Field>) -> Body {
    let fields = fields.into_boxed_slice();
    match body {
        Body::None => Body::Json(Template::Merge(Box::new(absent()), fields)),
        Body::Json(base) => Body::Json(Template::Merge(Box::new(base), fields)),
        Body::Inbound(base) => Body::Inbound(Template::Merge(Box::new(base), fields)),
        Body::Form(base) => Body::Form(Template::Merge(Box::new(base), fields)),
        Body::MultipartObject(base) => Body::MultipartObject(Template::Merge(Box::new(base), fields)),
        Body::Encoded(mut encoded) if !matches!(encoded.kind, BodyKind::Text | BodyKind::Binary) => {
            let base = std::mem::replace(&mut encoded.content, absent());
            encoded.content = Template::Merge(Box::new(base), fields);
            Body::Encoded(encoded)
        }
        other @ (Body::Multipart(_) | Body::Text { .. } | Body::Encoded(_)) => other,
    }
}
