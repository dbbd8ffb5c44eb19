//! One Protocol Buffers message. Field names are those of its description, 64-bit integers stay numbers, bytes are base64, enums
//! are their names; fields that have no presence and hold their default are shown.

mod survey;

use capstan_plan::Format;
use prost_reflect::{DynamicMessage, SerializeOptions};
use serde_json::Value;

use super::budget::Budget;
use super::error::FormatError;
use super::schema::Schema;

const FORMAT: Format = Format::Protobuf;

/// Decodes one message.
pub(super) fn decode(body: &[u8], schema: Option<Schema<'_>>, budget: &Budget) -> Result<Value, FormatError> {
    let Some(Schema::Protobuf(descriptor)) = schema else {
        return Err(FormatError::new(FORMAT, "it needs `outputSchema`, the `.proto` file"));
    };
    survey::charge(descriptor, body, budget)?;
    let message = DynamicMessage::decode(descriptor.clone(), body)
        .map_err(|error| FormatError::new(FORMAT, error.to_string()))?;
    let options =
        SerializeOptions::new().stringify_64_bit_integers(false).use_proto_field_name(true).skip_default_fields(false);
    message
        .serialize_with_options(serde_json::value::Serializer, &options)
        .map_err(|error| FormatError::new(FORMAT, error.to_string()))
}
