//! Content encodings of responses: gzip, deflate, br, zstd. Bounded, since a small body can stand for a large one.

use std::{io::Read, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, header};

use super::{
    buffers::{Buffers, NoRoom},
    collect::no_room,
};
use crate::base::{
    fault::{Fault, FaultKind, UpstreamFault},
    workers::{IN_PLACE, Turns},
};

/// What is accepted where a response is read and not passed on.
pub(crate) const ACCEPTED: &str = "gzip, deflate, br, zstd";

/// The most content encodings on top of each other.
const CODINGS: usize = 3;

/// Undoes content encodings, at most `limit` bytes of them. What turns out to be long is undone in turn.
pub(crate) async fn decoded(
    buffers: &Arc<Buffers>,
    turns: &Turns,
    body: Bytes,
    headers: &HeaderMap,
    limit: usize,
) -> Result<Bytes, Fault> {
    if body.is_empty() || !headers.contains_key(header::CONTENT_ENCODING) {
        return Ok(body);
    }
    let codings = codings(headers);
    if codings.is_empty() {
        return Ok(body);
    }
    if codings.len() > CODINGS {
        let detail = format!("it has {} content encodings, and {CODINGS} are undone", codings.len());
        return Err(Fault::upstream(UpstreamFault::TooCostly, detail));
    }
    let undone = if body.len() <= IN_PLACE / 4 && limit > IN_PLACE {
        match undone(body.clone(), &codings, IN_PLACE) {
            // A small body may stand for a large one.
            Err(fault) if fault.kind == FaultKind::Upstream(UpstreamFault::TooLarge) => {
                turns.wait(|| undone(body, &codings, limit)).await
            }
            quick => quick,
        }
    } else {
        turns.run(body.len().saturating_mul(4), || undone(body, &codings, limit)).await
    };
    buffers.keep(undone?).map_err(|NoRoom| no_room())
}

fn codings(headers: &HeaderMap) -> Vec<String> {
    headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|coding| coding.trim().to_ascii_lowercase())
        .filter(|coding| !coding.is_empty() && coding != "identity")
        .collect()
}

fn undone(mut body: Bytes, codings: &[String], limit: usize) -> Result<Bytes, Fault> {
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
        body = Bytes::from(undone);
    }
    Ok(body)
}

fn read(reader: impl Read, limit: usize) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    reader.take(limit as u64 + 1).read_to_end(&mut out)?;
    Ok(out)
}
