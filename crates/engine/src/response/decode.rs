//! Decodes a call's answer by its declared format; schema files are the plan's.

use bytes::Bytes;
use capstan_plan::{Call as CallStep, DecodeSchema, FileUse, Format};
use http::{HeaderMap, header};
use serde_json::Value as Json;

use crate::{
    base::fault::{Fault, UpstreamFault},
    base::files::PlanFiles,
    response::format::{self, schema::Schema},
    response::shape::wanted::Wanted,
};

/// The part of a JSON answer that is wanted; the whole of any other answer.
pub(crate) fn part(
    files: PlanFiles<'_>,
    step: &CallStep,
    bytes: &Bytes,
    headers: &HeaderMap,
    wanted: Option<&Wanted>,
) -> Result<Json, Fault> {
    if wanted.is_none() || step.format != Format::Json {
        return decode(files, step, bytes, headers);
    }
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let undecodable =
        |error: format::error::FormatError| Fault::upstream(UpstreamFault::Undecodable, error.to_string());
    format::json::decode(bytes, media_type, wanted).map_err(undecodable)
}

/// The JSON an answer stands for.
pub(crate) fn decode(files: PlanFiles<'_>, step: &CallStep, body: &Bytes, headers: &HeaderMap) -> Result<Json, Fault> {
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
        DecodeSchema::File(id) => files.get(*id)?,
    };
    let text = files.read(file).map_err(|fault| fault.at(&step.request.origin))?;
    let text = String::from_utf8_lossy(&text);
    let name = match &file.usage {
        FileUse::Protobuf { message: Some(message) } => format!("{}#{message}", file.path),
        _ => file.path.to_string(),
    };
    let schema = Schema { name: &name, text: &text };
    format::decode(step.format, body, media_type, Some(schema)).map_err(undecodable)
}
