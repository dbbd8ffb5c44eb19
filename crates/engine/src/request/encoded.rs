//! Bodies in the media type an API documents. What a caller sends in one of those the API takes goes out as it came; anything else
//! is read as the value it stands for and written anew.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use capstan_plan::{BodyKind, Encoded, FieldEncoding};
use serde_json::{Map, Value as Json};

use super::{json, multipart::Writer, payload::Payload, serialize, url::form_body};
use crate::{
    base::{
        fault::{CallerFault, Fault},
        form,
        media_type::{FORM, essence, is_form, is_json},
    },
    template::{
        computed::{Computed, unreadable},
        scope::Scope,
    },
    wire::body::OutgoingBody,
};

/// Builds a documented body; `fields` are a credential's top-level fields.
pub(super) fn build<'a>(
    body: &'a Encoded,
    scope: Scope<'a>,
    fields: &[(Box<str>, String)],
    random: impl FnOnce(&mut [u8]),
) -> Result<Payload<'a>, Fault> {
    let value = scope.eval(&body.content)?.filter(|value| !value.is_null());
    let value = match value {
        Some(Computed::Bytes { data, .. }) if data.is_empty() => None,
        Some(Computed::Bytes { media_type, data }) if fields.is_empty() && goes_as_it_came(body, media_type, &data) => {
            return Ok(Payload { content: OutgoingBody::Bytes(data), media_type: media_type.map(Cow::Borrowed) });
        }
        value => value,
    };
    if value.is_none() && fields.is_empty() {
        return Ok(Payload::NONE);
    }
    match body.kind {
        BodyKind::Json => {
            let payload = json::payload(value, fields)?;
            let is_ours = payload.media_type.as_deref().is_none_or(is_json);
            Ok(if is_ours {
                Payload { media_type: Some(Cow::Borrowed(&*body.media_type)), ..payload }
            } else {
                payload
            })
        }
        BodyKind::Form => match value {
            // A form that is written already.
            Some(Computed::Text(text)) if fields.is_empty() => Ok(Payload::new(FORM, text.into_owned())),
            value => Ok(Payload::new(FORM, written_form(body, members(value, fields)?))),
        },
        BodyKind::Multipart => parts(body, members(value, fields)?, random),
        BodyKind::Text => Ok(Payload::new(&*body.media_type, value.map(Computed::into_bytes).unwrap_or_default())),
        BodyKind::Binary => {
            let (media_type, data) = match value {
                Some(Computed::Text(text)) => bytes("body", &text)?,
                value => (None, value.map(Computed::into_bytes).unwrap_or_default()),
            };
            Ok(Payload::new(media_type.unwrap_or_else(|| concrete(&body.media_type).to_owned()), data))
        }
    }
}

/// Whether what a caller sends is in a media type the API takes. JSON that is called a form, as some clients do, is not.
fn goes_as_it_came(body: &Encoded, media_type: Option<&str>, data: &Bytes) -> bool {
    let Some(given) = media_type else { return false };
    let is_taken = |taken: &str| {
        let (taken, given) = (essence(taken), essence(given));
        let family = taken.strip_suffix('*').filter(|family| family.ends_with('/'));
        taken.eq_ignore_ascii_case(given) || family.is_some_and(|family| given.to_ascii_lowercase().starts_with(family))
    };
    let misnamed = || is_form(media_type) && serde_json::from_slice::<serde::de::IgnoredAny>(data).is_ok();
    body.taken.iter().any(|taken| is_taken(taken)) && !is_json(given) && !misnamed()
        || is_json(given) && body.kind != BodyKind::Json && body.taken.iter().any(|taken| is_taken(taken))
}

/// The members of the object that a value stands for, and those of the credential.
fn members(value: Option<Computed<'_>>, fields: &[(Box<str>, String)]) -> Result<Map<String, Json>, Fault> {
    let refused = || {
        let why = "a form is made of the request body, so it must be an object";
        Fault::caller(CallerFault::InvalidInput, why)
    };
    let mut members = match value {
        None => Map::new(),
        Some(Computed::Bytes { media_type, data }) => match serde_json::from_slice::<Json>(&data) {
            Ok(Json::Object(members)) => members,
            Ok(_) => return Err(refused()),
            Err(_) if is_form(media_type) => form::decode(&data),
            Err(error) => return Err(unreadable(&error)),
        },
        Some(Computed::Json(json)) => match json.into_owned() {
            Json::Object(members) => members,
            _ => return Err(refused()),
        },
        Some(Computed::Text(text)) => form::decode(text.as_bytes()),
    };
    for (name, value) in fields {
        members.insert(name.to_string(), Json::String(value.clone()));
    }
    Ok(members)
}

fn encoding<'e>(body: &'e Encoded, name: &str) -> Option<&'e FieldEncoding> {
    body.fields.iter().find(|field| *field.name == *name)
}

/// An object as a form: fields as documented, the others as ever.
fn written_form(body: &Encoded, members: Map<String, Json>) -> String {
    let mut out = String::new();
    for (name, value) in members {
        match encoding(body, &name).and_then(|field| field.serialization) {
            Some(how) => serialize::pairs(&mut out, &name, &value, how),
            None => {
                let one = form_body(&Map::from_iter([(name, value)]));
                if !one.is_empty() {
                    out.push('&');
                    out.push_str(&one);
                }
            }
        }
    }
    if !out.is_empty() {
        out.remove(0);
    }
    out
}

/// An object as parts: bytes are files, objects are JSON, lists are a part for each element.
fn parts<'a>(body: &Encoded, members: Map<String, Json>, random: impl FnOnce(&mut [u8])) -> Result<Payload<'a>, Fault> {
    let mut writer = Writer::new(random);
    for (name, value) in &members {
        let field = encoding(body, name);
        let items = match value {
            Json::Array(items) => items.as_slice(),
            other => std::slice::from_ref(other),
        };
        for item in items.iter().filter(|item| !item.is_null()) {
            let stated = field.and_then(|field| field.media_type.as_deref());
            match item {
                Json::String(text) if field.is_some_and(|field| field.is_bytes) => {
                    let (own, data) = bytes(name, text)?;
                    let media_type =
                        own.unwrap_or_else(|| stated.map_or("application/octet-stream", concrete).to_owned());
                    writer.part(name, Some(name), Some(&media_type), &data)?;
                }
                item => {
                    let structured = (item.is_object() || item.is_array()).then_some("application/json");
                    let media_type = stated.map(concrete).or(structured);
                    writer.part(name, None, media_type, &Computed::json(item).into_bytes())?;
                }
            }
        }
    }
    Ok(writer.finish())
}

/// The first of several media types that is one.
fn concrete(stated: &str) -> &str {
    let mut all = stated.split(',').map(str::trim);
    all.find(|media_type| !media_type.contains('*')).unwrap_or("application/octet-stream")
}

/// The bytes a text stands for: base64, or a `data:` address, which says what they are.
fn bytes(name: &str, text: &str) -> Result<(Option<String>, Bytes), Fault> {
    let refused = || {
        let why = format!("`{name}` must be base64, or a `data:` address such as `data:text/plain,hello`");
        Fault::caller(CallerFault::InvalidInput, why)
    };
    let Some(rest) = text.strip_prefix("data:") else {
        let compact: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        return Ok((None, STANDARD.decode(compact).map_err(|_| refused())?.into()));
    };
    let (head, data) = rest.split_once(',').ok_or_else(refused)?;
    let (media_type, is_base64) = match head.strip_suffix(";base64") {
        Some(media_type) => (media_type, true),
        None => (head, false),
    };
    let decoded: Vec<u8> = percent_encoding::percent_decode_str(data).collect();
    let data = if is_base64 { STANDARD.decode(&decoded).map_err(|_| refused())? } else { decoded };
    Ok(((!media_type.is_empty()).then(|| media_type.to_owned()), data.into()))
}
