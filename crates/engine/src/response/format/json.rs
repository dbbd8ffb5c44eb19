//! JSON, in UTF-8 unless the media type or a byte order mark says otherwise.

use capstan_plan::{
    Format,
    budget::{Exceeded, VALUES},
};
use serde_json::Value;

use super::charset;
use super::error::FormatError;
use crate::response::shape::wanted::Wanted;

/// Refuses more values than may be made, before they are: `[0,0,0` is many times as large in memory as it is in bytes.
pub(crate) fn few(body: &[u8]) -> Result<(), FormatError> {
    // A value takes a byte, and another one to part it from the next.
    if (body.len() as u64) < 2 * VALUES {
        return Ok(());
    }
    let (mut values, mut quoted, mut escaped) = (1_u64, false, false);
    for byte in body {
        match (quoted, *byte) {
            _ if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => quoted = !quoted,
            (false, b',' | b'[' | b'{') => values += 1,
            _ => {}
        }
    }
    if values <= VALUES {
        return Ok(());
    }
    let refused = FormatError::new(Format::Json, Exceeded::Values(VALUES).to_string());
    Err(FormatError { too_costly: true, ..refused })
}

/// Decodes a JSON body, or of it what is `wanted`.
pub(crate) fn decode(body: &[u8], media_type: Option<&str>, wanted: Option<&Wanted>) -> Result<Value, FormatError> {
    few(body)?;
    let marked = matches!(body, [0xEF, 0xBB, 0xBF, ..] | [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..]);
    let parsed = if marked || charset::is_foreign(media_type) {
        serde_json::from_str(&charset::text(body, media_type))
    } else if let Some(wanted) = wanted {
        wanted.parse(body)
    } else {
        serde_json::from_slice(body)
    };
    parsed.map_err(|error| {
        if body.iter().all(u8::is_ascii_whitespace) {
            return FormatError::new(Format::Json, "the body is empty");
        }
        let text = error.to_string();
        let message = text.rfind(" at line ").and_then(|end| text.get(..end)).unwrap_or(&text).to_owned();
        FormatError::new(Format::Json, message).at_line(error.line(), error.column())
    })
}
