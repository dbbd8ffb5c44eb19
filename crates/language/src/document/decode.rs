//! Owns the step from bytes to text, and the front door for a file's bytes.
//! It performs no IO: the bytes were read by the caller.

use super::entry::parse;
use super::whole::Document;
use crate::diagnostic::{Code, Sink};
use crate::source::{FileId, SourceSet, Span};

/// Adds a file's bytes to the set as text and reads it. The file is in the set even when it cannot be read.
pub fn load(sources: &mut SourceSet, path: &str, bytes: Vec<u8>, sink: &mut Sink) -> (FileId, Option<Document>) {
    let (text, invalid) = decode(bytes);
    let file = sources.add(path, text);
    let text = sources.get(file).map(|source| source.text.clone()).unwrap_or_default();
    (file, parse_decoded(file, &text, invalid, sink))
}

/// Reads a text as [`decode`] gave it.
pub(crate) fn parse_decoded(file: FileId, text: &str, invalid: Option<usize>, sink: &mut Sink) -> Option<Document> {
    if let Some(at) = invalid {
        sink.error(Code::YamlEncoding, Span::new(file, at, at), "the file is not UTF-8 from here on")
            .help("save the file as UTF-8");
        return None;
    }
    parse(file, text, sink)
}

/// The text, and the offset from which it is only an approximation.
pub(crate) fn decode(bytes: Vec<u8>) -> (String, Option<usize>) {
    match bytes.as_slice() {
        [0xFF, 0xFE, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => wide(rest, u16::from_be_bytes),
        _ => match String::from_utf8(bytes) {
            Ok(text) => (text, None),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                (String::from_utf8_lossy(error.as_bytes()).into_owned(), Some(at))
            }
        },
    }
}

/// UTF-16, which YAML allows when a byte-order mark says so.
fn wide(bytes: &[u8], join: fn([u8; 2]) -> u16) -> (String, Option<usize>) {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len());
    let mut invalid = None;
    for unit in char::decode_utf16(pairs.iter().map(|pair| join(*pair))) {
        if unit.is_err() && invalid.is_none() {
            invalid = Some(text.len());
        }
        text.push(unit.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    if !odd.is_empty() && invalid.is_none() {
        invalid = Some(text.len());
    }
    (text, invalid)
}
