//! Content encodings of requests: undone within the limit of a body, or refused. Does not know what the bytes mean, nor what an
//! answer looks like.

use std::sync::Arc;

use bytes::Bytes;
use capstan_engine::{Buffers, EncodingError, is_encoded, undo_encoding};
use http::{header, request::Parts};

/// Undoes the encoding of a request's body; after that its headers speak of the bytes there are. Where a body is small for what it
/// stands for, that takes time, so it is nobody's turn who answers requests.
pub(crate) async fn decoded(
    parts: &mut Parts,
    body: Bytes,
    limit: usize,
    buffers: &Arc<Buffers>,
) -> Result<Bytes, EncodingError> {
    if body.is_empty() || !is_encoded(&parts.headers) {
        return Ok(body);
    }
    let (headers, buffers) = (parts.headers.clone(), Arc::clone(buffers));
    let undone = tokio::task::spawn_blocking(move || undo_encoding(&buffers, body, &headers, limit)).await;
    let body = undone.unwrap_or_else(|error| Err(EncodingError::Broken(error.to_string())))?;
    parts.headers.remove(header::CONTENT_ENCODING);
    parts.headers.remove(header::CONTENT_LENGTH);
    Ok(body)
}
