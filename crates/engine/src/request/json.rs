//! JSON bodies: a value as JSON, a caller's bytes as they came where they are JSON, and the fields of a credential among them.

use std::borrow::Cow;

use bytes::Bytes;
use serde_json::{Map, Value as Json};

use super::payload::Payload;
use crate::{
    base::{
        fault::Fault,
        form,
        media_type::{JSON, is_form, is_json},
    },
    template::computed::{Computed, unreadable},
    wire::body::OutgoingBody,
};

/// A value as JSON, `fields` among its members; nothing where there is neither.
pub(super) fn payload<'a>(value: Option<Computed<'a>>, fields: &[(Box<str>, String)]) -> Result<Payload<'a>, Fault> {
    Ok(match value {
        None if fields.is_empty() => Payload::NONE,
        None => written(with_fields(Json::Null, fields)),
        Some(Computed::Bytes { data, .. }) if data.is_empty() && fields.is_empty() => Payload::NONE,
        Some(Computed::Bytes { media_type, data }) => json_bytes(media_type, data, fields)?,
        Some(value) => written(with_fields(value.readable_json()?.into_owned(), fields)),
    })
}

/// A value as a body.
pub(super) fn written<'a>(value: Json) -> Payload<'a> {
    Payload::new(JSON, value.to_string())
}

/// A caller's bytes where JSON is sent: JSON as it came, a form as the object it means, anything else as it came.
fn json_bytes<'a>(
    media_type: Option<&'a str>,
    data: Bytes,
    fields: &[(Box<str>, String)],
) -> Result<Payload<'a>, Fault> {
    let declared = media_type.is_none_or(is_json);
    if declared && fields.is_empty() {
        return Ok(Payload::new(JSON, data));
    }
    Ok(match serde_json::from_slice::<Json>(&data) {
        Ok(_) if fields.is_empty() => Payload::new(JSON, data),
        Ok(value) => written(with_fields(value, fields)),
        Err(_) if is_form(media_type) => written(with_fields(Json::Object(form::decode(&data)), fields)),
        // A credential has its place in the JSON that was promised.
        Err(error) if declared => return Err(unreadable(&error)),
        Err(_) => Payload { content: OutgoingBody::Bytes(data), media_type: media_type.map(Cow::Borrowed) },
    })
}

/// A value with the credential's fields.
pub(super) fn with_fields(value: Json, fields: &[(Box<str>, String)]) -> Json {
    if fields.is_empty() {
        return value;
    }
    let mut object = match value {
        Json::Object(object) => object,
        Json::Null => Map::new(),
        other => return other,
    };
    for (name, value) in fields {
        object.insert(name.to_string(), Json::String(value.clone()));
    }
    Json::Object(object)
}
