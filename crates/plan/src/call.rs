//! Upstream calls: what is sent, how the answer is read, and what is kept of it.

use crate::{FileId, Format, JobId, Request, Selector, SlotId};

/// An upstream call and how its answer is read.
#[derive(Clone, Debug)]
pub struct Call {
    /// What is sent.
    pub request: Request,
    /// How the answer is decoded, when it must be.
    pub format: Format,
    /// What decoding needs beside the bytes.
    pub schema: Option<DecodeSchema>,
    /// The media type to claim for a binary answer.
    pub media_type: Option<Box<str>>,
    /// The most bytes a binary answer may have.
    pub max_binary: Option<u64>,
    /// What an orchestration keeps of the decoded answer; of a job, of its result.
    pub output: StepOutput,
    /// The job its answer begins, when the operation is one.
    pub job: Option<JobCall>,
}

/// What decoding an answer needs beside its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodeSchema {
    /// A CSS selector (HTML) or a heading (Markdown).
    Filter(Box<str>),
    /// A schema file (Avro, Protobuf).
    File(FileId),
}

/// What a call step keeps of its decoded answer (consumed `outputParameters`).
#[derive(Clone, Debug)]
pub enum StepOutput {
    /// All of it.
    Raw,
    /// On an object, these members only; on an array, each element with these members added.
    Named(Box<[(Box<str>, Selector)]>),
    /// One selected value.
    Single(Selector),
}

/// How a call step takes part in the job of the operation it calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobCall {
    /// The job.
    pub job: JobId,
    /// The slot that takes the answer to the submit, where something reads it (`steps.x.submit`).
    pub submit: Option<SlotId>,
    /// The slot that takes the last answer of polling, where something reads it (`steps.x.poll`).
    pub poll: Option<SlotId>,
}
