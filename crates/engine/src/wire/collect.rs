//! Waiting for a whole body of an upstream, at most so many bytes of it.

use std::sync::Arc;

use bytes::Bytes;

use super::buffers::{Buffers, Uncollected};
use crate::base::fault::{Fault, Overload, UpstreamFault};

/// Waits for all of `body`.
pub(crate) async fn collect<B>(buffers: &Arc<Buffers>, body: B, limit: usize) -> Result<Bytes, Fault>
where
    B: http_body::Body<Data = Bytes, Error = Fault>,
{
    buffers.collect(body, limit).await.map_err(|why| match why {
        Uncollected::Broken(fault) => fault,
        Uncollected::NoRoom => no_room(),
        Uncollected::TooLarge => Fault::upstream(UpstreamFault::TooLarge, format!("it has more than {limit} bytes")),
    })
}

/// The fault of a body that would pass the bound of the process.
pub(crate) fn no_room() -> Fault {
    Fault::overload(Overload::Buffers, "too many bytes of other requests and answers wait in memory")
}
