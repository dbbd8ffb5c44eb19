//! What a step's answer is for, and what the step leaves behind.

use bytes::Bytes;
use capstan_plan::Outputs;
use http::{HeaderMap, StatusCode};

use crate::{base::value::Value, exchange::reply::Reply, response::answer::Answer};

/// What a step's answer is for.
#[derive(Clone, Copy)]
pub(crate) enum AnswerUse<'a> {
    /// The step's value alone.
    Value,
    /// Its value, and perhaps the flow's answer.
    ValueAndAnswer,
    /// The flow's answer alone.
    Answer(&'a Outputs),
}

/// Who reads a step's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Neither a later step nor the answer.
    Nobody,
    /// Somebody who can do without it.
    Some,
    /// A request that would be sent without it.
    Call,
}

/// An answer kept whole, for a flow that may have to fall back on it.
pub(crate) struct BufferedReply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// What a step leaves behind.
pub(crate) enum StepResult {
    Value(Option<Value>),
    /// Its value, and the answer it came in.
    Buffered(Option<Value>, Box<BufferedReply>),
    /// The answer the flow gives, not read yet.
    Reply(Box<Reply>),
    /// The answer the flow gives.
    Answer(Box<Answer>),
}
