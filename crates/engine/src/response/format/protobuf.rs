//! One Protocol Buffers message, described by a `.proto` text: its first message type, or the one named after `#`. Field
//! names are those of the file, 64-bit integers stay numbers, bytes are base64, enums are their names; fields that have no
//! presence and hold their default are shown. Imports other than `google/protobuf/*` are not resolved.

use capstan_plan::Format;
use prost_reflect::{DynamicMessage, MessageDescriptor, SerializeOptions};
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};
use serde_json::Value;

use super::error::FormatError;
use super::schema::Schema;

const FORMAT: Format = Format::Protobuf;

/// Decodes one message.
pub(super) fn decode(body: &[u8], schema: Option<Schema<'_>>) -> Result<Value, FormatError> {
    let schema = schema.ok_or_else(|| FormatError::new(FORMAT, "it needs `outputSchema`, the `.proto` file"))?;
    let descriptor = descriptor(schema)?;
    let message =
        DynamicMessage::decode(descriptor, body).map_err(|error| FormatError::new(FORMAT, error.to_string()))?;
    let options =
        SerializeOptions::new().stringify_64_bit_integers(false).use_proto_field_name(true).skip_default_fields(false);
    message
        .serialize_with_options(serde_json::value::Serializer, &options)
        .map_err(|error| FormatError::new(FORMAT, error.to_string()))
}

fn descriptor(schema: Schema<'_>) -> Result<MessageDescriptor, FormatError> {
    let wrong = |error: protox::Error| FormatError::new(FORMAT, format!("schema `{}`: {error}", schema.name));
    let mut resolver = ChainFileResolver::new();
    resolver.add(One { text: schema.text.to_owned() });
    resolver.add(GoogleFileResolver::new());
    let mut compiler = protox::Compiler::with_file_resolver(resolver);
    compiler.include_imports(true);
    compiler.open_file(FILE).map_err(wrong)?;
    let pool = compiler.descriptor_pool();
    let mut messages = pool.all_messages().filter(|message| message.parent_file().name() == FILE);
    let wanted = schema.name.split_once('#').map(|(_, message)| message.trim().trim_start_matches('.'));
    match wanted.filter(|wanted| !wanted.is_empty()) {
        Some(wanted) => {
            let full = pool.get_message_by_name(wanted);
            full.or_else(|| messages.find(|message| within_package(message) == wanted))
                .ok_or_else(|| FormatError::new(FORMAT, format!("schema `{}` has no such message", schema.name)))
        }
        None => messages
            .find(|message| message.parent_message().is_none())
            .ok_or_else(|| FormatError::new(FORMAT, format!("schema `{}` declares no message", schema.name))),
    }
}

/// A message's name without its package.
fn within_package(message: &MessageDescriptor) -> &str {
    message.full_name().strip_prefix(message.package_name()).unwrap_or_else(|| message.name()).trim_start_matches('.')
}

/// The name the schema text goes by while it is compiled.
const FILE: &str = "schema.proto";

struct One {
    text: String,
}

impl FileResolver for One {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        if name == FILE { File::from_source(name, &self.text) } else { Err(protox::Error::file_not_found(name)) }
    }

    fn resolve_path(&self, path: &std::path::Path) -> Option<String> {
        path.to_str().map(str::to_owned)
    }
}
