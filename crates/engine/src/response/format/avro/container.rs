//! Avro object-container files: the schema travels in the header, the records in (possibly compressed) blocks. Gives an
//! array of records. Codecs: null, deflate, snappy.

use apache_avro::{Codec, DeflateSettings, Schema as Avsc};
use serde_json::Value;

use super::datum::Decoder;
use super::input::Input;
use crate::response::format::{budget::Budget, error::FormatError};

/// How a container file begins.
pub(super) const MAGIC: &[u8] = b"Obj\x01";

/// Decodes a whole file; the schema inside it counts.
pub(super) fn decode(body: &[u8], budget: &mut Budget) -> Result<Value, FormatError> {
    // The library keeps the first value it is given, for decompression here: no block may grow beyond it.
    apache_avro::util::max_allocation_bytes(64 << 20);
    let mut input = Input::new(body);
    input.take(MAGIC.len())?;
    let mut schema = None;
    let mut codec = Codec::Null;
    loop {
        let count = input.block()?;
        if count == 0 {
            break;
        }
        for _ in 0..count {
            let key = input.text()?;
            let value = input.bytes()?;
            match key {
                "avro.schema" => schema = Some(parse(value, budget)?),
                "avro.codec" => codec = named(value, &input)?,
                _ => {}
            }
        }
    }
    let schema = schema.ok_or_else(|| input.error("the file's header has no schema"))?;
    let decoder = Decoder::new(&schema);
    let sync = input.take(16)?;
    let mut records = Vec::new();
    while !input.rest().is_empty() {
        let count = input.long()?;
        let mut block = input.bytes()?.to_vec();
        codec.decompress(&mut block).map_err(|error| input.error(error.to_string()))?;
        budget.charge_bytes(block.len())?;
        let mut content = Input::new(&block);
        for _ in 0..count.max(0) {
            records.push(decoder.datum(&schema, &mut content, budget)?);
        }
        if input.take(16)? != sync {
            return Err(input.error("a block does not end with the file's sync marker"));
        }
    }
    Ok(Value::Array(records))
}

fn parse(schema: &[u8], budget: &Budget) -> Result<Avsc, FormatError> {
    let text = std::str::from_utf8(schema).map_err(|_| budget.error("the file's schema is not UTF-8"))?;
    Avsc::parse_str(text).map_err(|error| budget.error(format!("the file's schema: {error}")))
}

fn named(codec: &[u8], input: &Input<'_>) -> Result<Codec, FormatError> {
    match codec {
        b"null" => Ok(Codec::Null),
        b"deflate" => Ok(Codec::Deflate(DeflateSettings::default())),
        b"snappy" => Ok(Codec::Snappy),
        other => Err(input.error(format!("codec `{}` is not supported", String::from_utf8_lossy(other)))),
    }
}
