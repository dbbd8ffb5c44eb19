//! Matching one path segment: percent-decoding, and placeholders between literal pieces.

use std::borrow::Cow;

use capstan_plan::Piece;

/// The percent-decoded text; bytes that are not UTF-8 become replacement characters.
#[must_use]
pub fn decode(text: &str) -> Cow<'_, str> {
    if text.contains('%') { percent_encoding::percent_decode_str(text).decode_utf8_lossy() } else { text.into() }
}

/// Matches all of `text`; placeholders take one or more characters, as few as possible. Pushes their values on success.
pub(super) fn matches(pieces: &[Piece], text: &str, captures: &mut Vec<String>) -> bool {
    match pieces {
        [] => text.is_empty(),
        [Piece::Literal(literal), rest @ ..] => {
            text.strip_prefix(&**literal).is_some_and(|tail| matches(rest, tail, captures))
        }
        [Piece::Param(_)] => {
            if text.is_empty() {
                return false;
            }
            captures.push(text.to_owned());
            true
        }
        [Piece::Param(_), rest @ ..] => text.char_indices().skip(1).any(|(at, _)| {
            let (value, tail) = text.split_at(at);
            let mark = captures.len();
            captures.push(value.to_owned());
            let fits = matches(rest, tail, captures);
            if !fits {
                captures.truncate(mark);
            }
            fits
        }),
    }
}

/// How many characters of a segment are literal: the more, the earlier it is tried.
pub(super) fn weight(pieces: &[Piece]) -> usize {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Literal(text) => text.len(),
            Piece::Param(_) => 0,
        })
        .sum()
}
