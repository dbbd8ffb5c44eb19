//! Request bodies on their way out to an upstream. Does not make them.

use std::{
    error::Error as StdError,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::upload::{Progress, Upload};

/// An error of whichever HTTP client.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// A request body on its way out.
#[derive(Debug, Default)]
pub(crate) enum OutgoingBody {
    /// None.
    #[default]
    Empty,
    /// Bytes, which can be sent again.
    Bytes(Bytes),
    /// A stream, which cannot.
    Stream(Upload),
}

impl OutgoingBody {
    /// The same body once more; nothing when it is a stream.
    pub(crate) fn again(&self) -> Option<Self> {
        match self {
            Self::Empty => Some(Self::Empty),
            Self::Bytes(bytes) => Some(Self::Bytes(bytes.clone())),
            Self::Stream(_) => None,
        }
    }

    /// How far a stream is.
    pub(crate) fn progress(&self) -> Option<Arc<Progress>> {
        match self {
            Self::Stream(stream) => Some(stream.progress()),
            Self::Empty | Self::Bytes(_) => None,
        }
    }

    /// The bytes to sign.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Empty | Self::Stream(_) => &[],
        }
    }
}

impl Body for OutgoingBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        match this {
            Self::Empty => Poll::Ready(None),
            Self::Bytes(bytes) => {
                let bytes = std::mem::take(bytes);
                *this = Self::Empty;
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Self::Stream(stream) => Pin::new(stream).poll_frame(cx).map_err(Into::into),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Bytes(_) => false,
            Self::Stream(stream) => stream.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Bytes(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Stream(stream) => stream.size_hint(),
        }
    }
}
