//! `multipart/form-data` bodies (RFC 7578).

use std::fmt::Write as _;

use bytes::{BufMut, Bytes, BytesMut};
use capstan_plan::{Part, Template};
use serde_json::Value as Json;

use crate::{
    base::fault::{CallerFault, Fault},
    base::{form, media_type::is_form},
    request::payload::Payload,
    template::computed::Computed,
    template::scope::Scope,
    wire::body::OutgoingBody,
};

/// The parts an author lists; one without value is left out.
pub(crate) fn from_parts<'a>(
    parts: &'a [Part],
    scope: Scope<'a>,
    fields: &[(Box<str>, String)],
    random: impl FnOnce(&mut [u8]),
) -> Result<Payload<'a>, Fault> {
    let mut writer = Writer::new(random);
    for part in parts {
        let Some(value) = scope.eval(&part.value)?.filter(|value| !value.is_null()) else { continue };
        let name = scope.text(&part.name)?.unwrap_or_default();
        let file_name = part.file_name.as_ref().map(|t| scope.text(t)).transpose()?.flatten();
        let stated = part.content_type.as_ref().map(|t| scope.text(t)).transpose()?.flatten();
        let own = match &value {
            Computed::Bytes { media_type, .. } => media_type.map(str::to_owned),
            _ => None,
        };
        let is_file = file_name.is_some();
        let media_type =
            stated.map(|t| t.into_owned()).or(own).or_else(|| is_file.then(|| "application/octet-stream".to_owned()));
        match value {
            Computed::Json(json) if json.is_array() && file_name.is_none() => {
                for item in json.as_array().into_iter().flatten() {
                    writer.part(&name, None, media_type.as_deref(), &Computed::json(item).into_bytes())?;
                }
            }
            value => writer.part(&name, file_name.as_deref(), media_type.as_deref(), &value.into_bytes())?,
        }
    }
    for (name, value) in fields {
        writer.part(name, None, None, value.as_bytes())?;
    }
    Ok(writer.finish())
}

/// The object whose members become parts: JSON, or a form.
fn object(media_type: Option<&str>, data: &Bytes) -> Result<Json, Fault> {
    let refused = |why: String| Fault::caller(CallerFault::InvalidInput, why);
    match serde_json::from_slice(data) {
        Ok(value @ Json::Object(_)) => Ok(value),
        Ok(_) => Err(refused("parts are made of the request body, so it must be an object".to_owned())),
        Err(_) if is_form(media_type) => Ok(Json::Object(form::decode(data))),
        Err(error) => Err(refused(format!("parts are made of the request body, which is not JSON: {error}"))),
    }
}

/// An object's members as parts; a multipart body from the caller goes out as it came.
pub(crate) fn from_object<'a>(
    template: &'a Template,
    scope: Scope<'a>,
    fields: &[(Box<str>, String)],
    random: impl FnOnce(&mut [u8]),
) -> Result<Payload<'a>, Fault> {
    let value = match scope.eval(template)? {
        None if fields.is_empty() => return Ok(Payload { content: OutgoingBody::Empty, media_type: None }),
        Some(Computed::Bytes { media_type: Some(media_type), data })
            if media_type.trim_start().to_ascii_lowercase().starts_with("multipart/") =>
        {
            return Ok(Payload { content: OutgoingBody::Bytes(data), media_type: Some(media_type.into()) });
        }
        Some(Computed::Bytes { media_type, data }) => Some(object(media_type, &data)?),
        value => value.map(|value| value.into_json().into_owned()),
    };
    let mut writer = Writer::new(random);
    if let Some(Json::Object(members)) = value {
        for (name, member) in &members {
            match member {
                Json::Null => {}
                Json::Array(items) => {
                    for item in items {
                        writer.part(name, None, None, &Computed::json(item).into_bytes())?;
                    }
                }
                other => writer.part(name, None, None, &Computed::json(other).into_bytes())?,
            }
        }
    }
    for (name, value) in fields {
        writer.part(name, None, None, value.as_bytes())?;
    }
    Ok(writer.finish())
}

/// A multipart body in the making.
pub(super) struct Writer {
    boundary: String,
    out: BytesMut,
}

impl Writer {
    pub(super) fn new(random: impl FnOnce(&mut [u8])) -> Self {
        let mut bytes = [0_u8; 16];
        random(&mut bytes);
        let mut boundary = "capstan-".to_owned();
        for byte in bytes {
            let _ = write!(boundary, "{byte:02x}");
        }
        Self { boundary, out: BytesMut::new() }
    }

    pub(super) fn part(
        &mut self,
        name: &str,
        file: Option<&str>,
        media_type: Option<&str>,
        data: &[u8],
    ) -> Result<(), Fault> {
        let mut head = format!("--{}\r\nContent-Disposition: form-data; name=\"{}\"", self.boundary, quoted(name));
        if let Some(file) = file {
            let _ = write!(head, "; filename=\"{}\"", quoted(file));
        }
        if let Some(media_type) = media_type {
            if media_type.chars().any(char::is_control) {
                return Err(Fault::caller(
                    CallerFault::BadHeader,
                    format!("the media type of part `{name}` contains a control character"),
                ));
            }
            let _ = write!(head, "\r\nContent-Type: {media_type}");
        }
        head.push_str("\r\n\r\n");
        self.out.put_slice(head.as_bytes());
        self.out.put_slice(data);
        self.out.put_slice(b"\r\n");
        Ok(())
    }

    pub(super) fn finish<'a>(mut self) -> Payload<'a> {
        self.out.put_slice(format!("--{}--\r\n", self.boundary).as_bytes());
        let media_type = format!("multipart/form-data; boundary={}", self.boundary);
        Payload::new(media_type, Bytes::from(self.out))
    }
}

/// A name inside quotes, as browsers write it.
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}
