//! Request bodies in their natural wire encodings.

use std::borrow::Cow;

use capstan_plan::{Body, Template};
use serde_json::{Map, Value as Json};

use super::{encoded, json, payload::Payload};
use crate::{
    base::fault::{CallerFault, Fault},
    base::form,
    base::media_type::{FORM, is_form, is_json},
    request::multipart,
    request::url::form_body,
    template::computed::{Computed, unreadable},
    template::scope::Scope,
    wire::body::OutgoingBody,
};

/// Builds a body; `fields` are a credential's top-level fields.
pub(crate) fn build<'a>(
    body: &'a Body,
    scope: Scope<'a>,
    fields: &[(Box<str>, String)],
    random: impl FnOnce(&mut [u8]),
) -> Result<Payload<'a>, Fault> {
    match body {
        Body::None => {
            Ok(if fields.is_empty() { Payload::NONE } else { json::written(json::with_fields(Json::Null, fields)) })
        }
        Body::Json(template) => json::payload(scope.eval(template)?, fields),
        Body::Encoded(encoded) => encoded::build(encoded, scope, fields, random),
        Body::Form(template) => form(scope, template, fields),
        Body::Multipart(parts) => multipart::from_parts(parts, scope, fields, random),
        Body::MultipartObject(template) => multipart::from_object(template, scope, fields, random),
        Body::Text { media_type, content } => Ok(match scope.eval(content)? {
            None => Payload::NONE,
            Some(value) => Payload::new(&**media_type, value.into_bytes()),
        }),
        Body::Inbound(template) => Ok(match scope.eval(template)? {
            None if fields.is_empty() => Payload::NONE,
            None => json::written(json::with_fields(Json::Null, fields)),
            Some(Computed::Bytes { data, .. }) if data.is_empty() && fields.is_empty() => Payload::NONE,
            Some(Computed::Bytes { media_type, data }) if fields.is_empty() => {
                Payload { content: OutgoingBody::Bytes(data), media_type: media_type.map(Cow::Borrowed) }
            }
            Some(Computed::Bytes { media_type, data }) if is_form(media_type) => {
                Payload::new(FORM, form_with_fields(form::decode(&data), fields))
            }
            Some(value) => json::written(json::with_fields(value.readable_json()?.into_owned(), fields)),
        }),
    }
}

fn form_with_fields(mut object: Map<String, Json>, fields: &[(Box<str>, String)]) -> String {
    for (name, value) in fields {
        object.insert(name.to_string(), Json::String(value.clone()));
    }
    form_body(&object)
}

fn form<'a>(scope: Scope<'a>, template: &'a Template, fields: &[(Box<str>, String)]) -> Result<Payload<'a>, Fault> {
    Ok(match scope.eval(template)? {
        None if fields.is_empty() => Payload::NONE,
        None => Payload::new(FORM, form_with_fields(Map::new(), fields)),
        Some(Computed::Bytes { media_type, data }) => match serde_json::from_slice::<Json>(&data) {
            Ok(Json::Object(object)) if media_type.is_none_or(is_json) => {
                Payload::new(FORM, form_with_fields(object, fields))
            }
            Ok(_) if media_type.is_some_and(is_json) => {
                let why = "a form is made of the request body, so it must be an object";
                return Err(Fault::caller(CallerFault::InvalidInput, why));
            }
            Err(error) if media_type.is_some_and(is_json) => return Err(unreadable(&error)),
            _ if fields.is_empty() => Payload::new(FORM, data),
            _ => Payload::new(FORM, form_with_fields(form::decode(&data), fields)),
        },
        Some(Computed::Text(text)) if fields.is_empty() => Payload::new(FORM, text.into_owned()),
        Some(Computed::Text(text)) => Payload::new(FORM, form_with_fields(form::decode(text.as_bytes()), fields)),
        Some(Computed::Json(value)) => match value.into_owned() {
            Json::Object(object) => Payload::new(FORM, form_with_fields(object, fields)),
            other => Payload::new(FORM, other.to_string()),
        },
    })
}
