//! Waiting for a whole body, at most so many bytes of it.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};

use crate::base::fault::{Fault, UpstreamFault};

/// Waits for all of `body`.
pub(crate) async fn collect<B>(body: B, limit: usize) -> Result<Bytes, Fault>
where
    B: http_body::Body<Data = Bytes, Error = Fault>,
{
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) => Err(match error.downcast::<Fault>() {
            Ok(fault) => *fault,
            Err(_) => Fault::upstream(UpstreamFault::TooLarge, format!("it has more than {limit} bytes")),
        }),
    }
}
