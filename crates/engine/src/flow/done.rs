//! What a step's answer is for, and what the step leaves behind.

use bytes::Bytes;
use capstan_plan::Outputs;
use http::{HeaderMap, StatusCode};

use crate::{base::value::Value, exchange::reply::Reply};

/// What a step's answer is for.
#[derive(Clone, Copy)]
pub(crate) enum Role<'a> {
    /// Its value alone.
    Step,
    /// Its value, and perhaps the flow's answer.
    Both,
    /// The flow's answer alone.
    Answer(&'a Outputs),
}

/// An answer kept whole, for a flow that may have to fall back on it.
pub(crate) struct Kept {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// What a step leaves behind.
pub(crate) enum Done {
    Value(Option<Value>),
    /// Its value, and the answer it came in.
    Kept(Option<Value>, Box<Kept>),
    /// The answer the flow gives, not read yet.
    Open(Box<Reply>),
}
