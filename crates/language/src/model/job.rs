//! What takes long: the job of a consumed operation, and the fields it shares with a `poll` step.

use capstan_plan::{Backoff, HostPattern, Tolerance};
use serde_json::Value;

use super::WithDecl;
use crate::{
    key_path::KeyPath,
    source::{Span, Spanned},
};

/// `job` of a consumed operation.
#[derive(Debug)]
pub(crate) struct JobDecl<'d> {
    /// Names, each with a JSONPath into the answer to the submit.
    pub(crate) handle: Vec<(Spanned<&'d str>, Spanned<&'d str>)>,
    pub(crate) polling: PollingDecl<'d>,
    pub(crate) cancel: Option<CalledDecl<'d>>,
    pub(crate) span: Span,
    pub(crate) key_path: KeyPath<'d>,
}

/// How the end of something is found out.
#[derive(Debug)]
pub(crate) struct PollingDecl<'d> {
    pub(crate) source: PollSourceDecl<'d>,
    pub(crate) status: Spanned<&'d str>,
    pub(crate) pending: Vec<Spanned<&'d str>>,
    pub(crate) success: Vec<Spanned<&'d str>>,
    pub(crate) failure: Vec<FailureDecl<'d>>,
    pub(crate) every: Backoff,
    pub(crate) timeout_ms: Option<u64>,
    pub(crate) tolerate: Tolerance,
    pub(crate) progress: Option<ProgressDecl<'d>>,
    pub(crate) result: ResultDecl<'d>,
    /// All of the job or the step, as it is written.
    pub(crate) block: Value,
}

/// Whom to ask.
#[derive(Debug)]
pub(crate) enum PollSourceDecl<'d> {
    Url {
        url: Spanned<&'d str>,
        hosts: HostsDecl,
        /// The consumed API it belongs to, where that is said.
        client: Option<Spanned<&'d str>>,
    },
    Call(CalledDecl<'d>),
}

/// A consumed operation that is called for a job.
#[derive(Debug)]
pub(crate) struct CalledDecl<'d> {
    pub(crate) call: Spanned<&'d str>,
    pub(crate) with: Vec<WithDecl<'d>>,
}

/// Hosts, when any are named, and where.
pub(crate) type HostsDecl = Option<(Vec<HostPattern>, Span)>;

/// What callers get in one state.
#[derive(Debug)]
pub(crate) struct FailureDecl<'d> {
    pub(crate) state: Spanned<&'d str>,
    pub(crate) status: u16,
    pub(crate) title: Option<&'d str>,
    pub(crate) detail: Option<Spanned<&'d str>>,
}

/// What is told meanwhile.
#[derive(Debug)]
pub(crate) struct ProgressDecl<'d> {
    pub(crate) value: Option<Spanned<&'d str>>,
    pub(crate) total: Option<TotalDecl<'d>>,
    pub(crate) message: Option<Spanned<&'d str>>,
}

/// How far it goes.
#[derive(Debug)]
pub(crate) enum TotalDecl<'d> {
    Number(f64),
    Selected(Spanned<&'d str>),
}

/// What it yields.
#[derive(Debug)]
pub(crate) enum ResultDecl<'d> {
    /// All of the last answer.
    All,
    Value(Spanned<&'d str>),
    Fetched {
        url: Spanned<&'d str>,
        hosts: HostsDecl,
        within_ms: Option<u64>,
    },
}
