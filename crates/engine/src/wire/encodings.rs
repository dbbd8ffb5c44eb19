//! Content encodings: gzip, deflate, br, zstd. Bounded, since a small body can stand for a large one.

use std::{fmt, io::Read, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, header};

use super::{
    buffers::{Buffers, NoRoom},
    collect::no_room,
};
use crate::base::{
    fault::{Fault, UpstreamFault},
    workers::{IN_PLACE, Turns},
};

/// What is accepted where a body is read and not passed on.
pub const ACCEPTED: &str = "gzip, deflate, br, zstd";

/// The most content encodings on top of each other.
const CODINGS: usize = 3;

/// The largest window of a zstd frame, as a power of two: what RFC 9659 allows on the web.
const ZSTD_WINDOW: u32 = 23;

/// Why an encoding cannot be undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EncodingError {
    /// It is none we know.
    Unknown(String),
    /// There are this many.
    TooMany(usize),
    /// The bytes are not what the encoding says.
    Broken(String),
    /// It stands for more than this many bytes.
    TooLarge(usize),
    /// It may be fine, and there is no room for it now.
    NoRoom,
}

impl fmt::Display for EncodingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(coding) => write!(f, "content encoding `{coding}` is unknown"),
            Self::TooMany(given) => write!(f, "it has {given} content encodings, and {CODINGS} are undone"),
            Self::Broken(why) => f.write_str(why),
            Self::TooLarge(limit) => write!(f, "it has more than {limit} bytes"),
            Self::NoRoom => f.write_str("there is no room for it"),
        }
    }
}

impl std::error::Error for EncodingError {}

/// Undoes content encodings of a response, at most `limit` bytes of them.
pub(crate) async fn decoded(
    buffers: &Arc<Buffers>,
    turns: &Turns,
    body: Bytes,
    headers: &HeaderMap,
    limit: usize,
) -> Result<Bytes, Fault> {
    undo(buffers, turns, body, headers, limit).await.map_err(|error| {
        let kind = match error {
            EncodingError::NoRoom => return no_room(),
            EncodingError::TooLarge(_) => UpstreamFault::TooLarge,
            EncodingError::TooMany(_) => UpstreamFault::TooCostly,
            EncodingError::Unknown(_) | EncodingError::Broken(_) => UpstreamFault::Undecodable,
        };
        Fault::upstream(kind, error.to_string())
    })
}

/// Undoes content encodings, at most `limit` bytes of them. What turns out to be long is undone in turn.
///
/// # Errors
/// An encoding nobody knows, bytes that are none of it, and more bytes than allowed.
pub async fn undo(
    buffers: &Arc<Buffers>,
    turns: &Turns,
    body: Bytes,
    headers: &HeaderMap,
    limit: usize,
) -> Result<Bytes, EncodingError> {
    if body.is_empty() || !headers.contains_key(header::CONTENT_ENCODING) {
        return Ok(body);
    }
    let codings: Vec<String> = codings(headers).collect();
    if codings.is_empty() {
        return Ok(body);
    }
    if codings.len() > CODINGS {
        return Err(EncodingError::TooMany(codings.len()));
    }
    let undone = if body.len() <= IN_PLACE / 4 && limit > IN_PLACE {
        match undone(body.clone(), &codings, IN_PLACE) {
            // A small body may stand for a large one.
            Err(EncodingError::TooLarge(_)) => turns.wait(|| undone(body, &codings, limit)).await,
            quick => quick,
        }
    } else {
        turns.run(body.len().saturating_mul(4), || undone(body, &codings, limit)).await
    };
    buffers.keep(undone?).map_err(|NoRoom| EncodingError::NoRoom)
}

/// Whether a body of these headers is encoded.
pub(crate) fn is_encoded(headers: &HeaderMap) -> bool {
    codings(headers).next().is_some()
}

/// The encodings of a body, the last one applied last.
fn codings(headers: &HeaderMap) -> impl Iterator<Item = String> {
    headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(|coding| String::from_utf8_lossy(coding).trim().to_ascii_lowercase())
        .filter(|coding| !coding.is_empty() && coding != "identity")
}

/// A body without these encodings, at most `limit` bytes of it.
pub(crate) fn undone(mut body: Bytes, codings: &[String], limit: usize) -> Result<Bytes, EncodingError> {
    for coding in codings.iter().rev() {
        if body.is_empty() {
            return Ok(body);
        }
        let undone = match coding.as_str() {
            "gzip" | "x-gzip" => read(flate2::read::MultiGzDecoder::new(&*body), limit),
            // Both meanings of `deflate` are in use.
            "deflate" => read(flate2::read::ZlibDecoder::new(&*body), limit)
                .or_else(|_| read(flate2::read::DeflateDecoder::new(&*body), limit)),
            "br" => read(brotli_decompressor::Decompressor::new(&*body, 4096), limit),
            "zstd" => framed(&body, limit),
            other => return Err(EncodingError::Unknown(other.to_owned())),
        };
        let undone =
            undone.map_err(|error| EncodingError::Broken(format!("its {coding} encoding is broken: {error}")))?;
        if undone.len() > limit {
            return Err(EncodingError::TooLarge(limit));
        }
        body = Bytes::from(undone);
    }
    Ok(body)
}

fn framed(body: &[u8], limit: usize) -> std::io::Result<Vec<u8>> {
    let mut decoder = zstd::stream::read::Decoder::new(body)?;
    decoder.window_log_max(ZSTD_WINDOW)?;
    read(decoder, limit)
}

fn read(reader: impl Read, limit: usize) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    reader.take(limit as u64 + 1).read_to_end(&mut out)?;
    Ok(out)
}
