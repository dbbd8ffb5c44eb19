//! Schemas of answers: Avro and Protocol Buffers descriptions, compiled from their text. Decodes nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};

use apache_avro::Schema as AvroSchema;
use prost_reflect::MessageDescriptor;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};

/// The name the schema text goes by while it is compiled.
const FILE: &str = "schema.proto";

/// An Avro schema (`.avsc`).
pub(crate) fn avro(text: &str) -> Result<AvroSchema, String> {
    guarded(|| AvroSchema::parse_str(text).map_err(|error| format!("is not an Avro schema: {error}")))
}

/// A message of a Protocol Buffers description (`.proto`): the one named, or the first. Imports other than
/// `google/protobuf/*` are not resolved.
pub(crate) fn protobuf(text: &str, wanted: Option<&str>) -> Result<MessageDescriptor, String> {
    guarded(|| descriptor(text, wanted))
}

/// Compilers are written by others: should one of them panic, that is one bad file, not an outage.
fn guarded<T>(compile: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(compile)).unwrap_or_else(|_| Err("cannot be compiled".to_owned()))
}

fn descriptor(text: &str, wanted: Option<&str>) -> Result<MessageDescriptor, String> {
    let wrong = |error: protox::Error| format!("is not a Protocol Buffers description: {error}");
    let mut resolver = ChainFileResolver::new();
    resolver.add(One { text: text.to_owned() });
    resolver.add(GoogleFileResolver::new());
    let mut compiler = protox::Compiler::with_file_resolver(resolver);
    compiler.include_imports(true);
    compiler.open_file(FILE).map_err(wrong)?;
    let pool = compiler.descriptor_pool();
    let mut messages = pool.all_messages().filter(|message| message.parent_file().name() == FILE);
    match wanted {
        Some(wanted) => {
            let full = pool.get_message_by_name(wanted);
            full.or_else(|| messages.find(|message| within_package(message) == wanted))
                .ok_or_else(|| format!("has no message `{wanted}`"))
        }
        None => {
            messages.find(|message| message.parent_message().is_none()).ok_or_else(|| "declares no message".to_owned())
        }
    }
}

/// A message's name without its package.
fn within_package(message: &MessageDescriptor) -> &str {
    message.full_name().strip_prefix(message.package_name()).unwrap_or_else(|| message.name()).trim_start_matches('.')
}

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
