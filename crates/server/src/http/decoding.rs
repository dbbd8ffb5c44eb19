//! Content encodings of requests: undone within the limit of a body, or refused. Does not know what the bytes mean, nor what an
//! answer looks like.

use std::sync::Arc;

use bytes::Bytes;
use capstan_engine::{Buffers, EncodingError, undo_encoding, workers::Turns};
use http::{header, request::Parts};

/// Undoes the encoding of a request's body; after that its headers speak of the bytes there are.
pub(crate) async fn decoded(
    parts: &mut Parts,
    body: Bytes,
    limit: usize,
    buffers: &Arc<Buffers>,
    turns: &Turns,
) -> Result<Bytes, EncodingError> {
    if !parts.headers.contains_key(header::CONTENT_ENCODING) {
        return Ok(body);
    }
    let body = undo_encoding(buffers, turns, body, &parts.headers, limit).await?;
    parts.headers.remove(header::CONTENT_ENCODING);
    parts.headers.remove(header::CONTENT_LENGTH);
    Ok(body)
}
