//! Content encodings of responses: gzip, deflate, br, zstd. Bounded, since a small body can stand for a large one.

use std::{io::Read, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, header};

use super::{
    buffers::{Buffers, NoRoom},
    collect::no_room,
};
use crate::base::fault::{Fault, UpstreamFault};

/// What is accepted where a response is read and not passed on.
pub(crate) const ACCEPTED: &str = "gzip, deflate, br, zstd";

/// Undoes a content encoding, at most `limit` bytes of it.
pub(crate) fn decoded(buffers: &Arc<Buffers>, body: Bytes, headers: &HeaderMap, limit: usize) -> Result<Bytes, Fault> {
    let mut body = body;
    let codings: Vec<String> = headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|coding| coding.trim().to_ascii_lowercase())
        .filter(|coding| !coding.is_empty() && coding != "identity")
        .collect();
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
            "zstd" => zstd::stream::read::Decoder::new(&*body).and_then(|decoder| read(decoder, limit)),
            other => {
                return Err(Fault::upstream(
                    UpstreamFault::Undecodable,
                    format!("content encoding `{other}` is unknown"),
                ));
            }
        };
        let undone = undone.map_err(|error| {
            Fault::upstream(UpstreamFault::Undecodable, format!("its {coding} encoding is broken: {error}"))
        })?;
        if undone.len() > limit {
            return Err(Fault::upstream(UpstreamFault::TooLarge, format!("it has more than {limit} bytes")));
        }
        body = buffers.keep(Bytes::from(undone)).map_err(|NoRoom| no_room())?;
    }
    Ok(body)
}

fn read(reader: impl Read, limit: usize) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    reader.take(limit as u64 + 1).read_to_end(&mut out)?;
    Ok(out)
}
