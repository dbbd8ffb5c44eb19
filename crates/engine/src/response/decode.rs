//! Decodes a call's answer by its declared format; with the schemas of the activation.

use bytes::Bytes;
use capstan_plan::{Call as CallStep, DecodeSchema, FileId, Format};
use http::{HeaderMap, header};
use serde_json::Value as Json;

use crate::{
    base::fault::{Fault, UpstreamFault},
    files::table::Files,
    response::format::{self, error::FormatError, schema::Schema},
    response::shape::wanted::Wanted,
};

/// The part of a JSON answer that is wanted; the whole of any other answer.
pub(crate) fn part(
    files: &Files,
    step: &CallStep,
    bytes: &Bytes,
    headers: &HeaderMap,
    wanted: Option<&Wanted>,
) -> Result<Json, Fault> {
    if wanted.is_none() || step.format != Format::Json {
        return decode(files, step, bytes, headers);
    }
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    format::json::decode(bytes, media_type, wanted).map_err(undecodable)
}

/// An answer that is JSON, whatever its call says.
pub(crate) fn json(body: &Bytes, headers: &HeaderMap) -> Result<Json, Fault> {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    format::decode(Format::Json, body, media_type, None).map_err(undecodable)
}

/// The JSON an answer stands for.
pub(crate) fn decode(files: &Files, step: &CallStep, body: &Bytes, headers: &HeaderMap) -> Result<Json, Fault> {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let Some(declared) = &step.schema else {
        return format::decode(step.format, body, media_type, None).map_err(undecodable);
    };
    let schema = match declared {
        DecodeSchema::Filter(text) => Schema::Filter(text),
        DecodeSchema::File(id) => schema(files, step.format, *id).map_err(|fault| fault.at(&step.request.origin))?,
    };
    format::decode(step.format, body, media_type, Some(schema)).map_err(undecodable)
}

fn undecodable(error: FormatError) -> Fault {
    let kind = if error.too_costly { UpstreamFault::TooCostly } else { UpstreamFault::Undecodable };
    Fault::upstream(kind, error.to_string())
}

fn schema(files: &Files, format: Format, id: FileId) -> Result<Schema<'_>, Fault> {
    Ok(match format {
        Format::Protobuf => Schema::Protobuf(files.protobuf(id)?),
        _ => Schema::Avro(files.avro(id)?),
    })
}
