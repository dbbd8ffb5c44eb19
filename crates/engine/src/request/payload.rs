//! A request body and what it is.

use std::borrow::Cow;

use bytes::Bytes;

use crate::wire::body::OutgoingBody;

/// A body and its media type.
pub(crate) struct Payload<'a> {
    pub(crate) content: OutgoingBody,
    pub(crate) media_type: Option<Cow<'a, str>>,
}

impl<'a> Payload<'a> {
    /// No body.
    pub(crate) const NONE: Self = Self { content: OutgoingBody::Empty, media_type: None };

    pub(crate) fn new(media_type: impl Into<Cow<'a, str>>, bytes: impl Into<Bytes>) -> Self {
        Self { content: OutgoingBody::Bytes(bytes.into()), media_type: Some(media_type.into()) }
    }
}
