//! Decodes a call's answer by its declared format; schema files come through the host.

use bytes::Bytes;
use capstan_plan::{Call as CallStep, DecodeSchema, FileUse, Format};
use http::{HeaderMap, header};
use serde_json::Value as Json;

use crate::{
    base::fault::{CapabilityFault, Fault, UpstreamFault},
    engine::Engine,
    response::format::{self, schema::Schema},
    response::shape::wanted::Wanted,
};

/// The part of a JSON answer that is wanted; the whole of any other answer.
pub(crate) fn part(
    engine: &Engine,
    step: &CallStep,
    bytes: &Bytes,
    headers: &HeaderMap,
    wanted: Option<&Wanted>,
) -> Result<Json, Fault> {
    if wanted.is_none() || step.format != Format::Json {
        return body(engine, step, bytes, headers);
    }
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let undecodable =
        |error: format::error::FormatError| Fault::upstream(UpstreamFault::Undecodable, error.to_string());
    format::json::decode(bytes, media_type, wanted).map_err(undecodable)
}

/// The JSON an answer stands for.
pub(crate) fn body(engine: &Engine, step: &CallStep, body: &Bytes, headers: &HeaderMap) -> Result<Json, Fault> {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let undecodable =
        |error: format::error::FormatError| Fault::upstream(UpstreamFault::Undecodable, error.to_string());
    let Some(declared) = &step.schema else {
        return format::decode(step.format, body, media_type, None).map_err(undecodable);
    };
    let file = match declared {
        DecodeSchema::Filter(text) => {
            return format::decode(step.format, body, media_type, Some(Schema::inline(text))).map_err(undecodable);
        }
        DecodeSchema::File(id) => engine.file(*id)?,
    };
    let text = read(engine, step, file.path.as_str())?;
    let name = match &file.usage {
        FileUse::Protobuf { message: Some(message) } => format!("{}#{message}", file.path),
        _ => file.path.to_string(),
    };
    let schema = Schema { name: &name, text: &text };
    format::decode(step.format, body, media_type, Some(schema)).map_err(undecodable)
}

fn read(engine: &Engine, step: &CallStep, file: &str) -> Result<String, Fault> {
    let host = &*engine.shared.host;
    let bytes = host.read(file).map_err(|error| {
        Fault::capability(CapabilityFault::FileUnreadable, format!("`{file}` cannot be read: {error}"))
            .at(&step.request.origin)
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
