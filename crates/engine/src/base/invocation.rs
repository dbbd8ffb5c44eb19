//! The circumstances of one invocation: deadline, cancellation, progress, how its inputs came, and where its upstream
//! exchanges are written down.

use std::{sync::Arc, time::Instant};

use tokio_util::sync::CancellationToken;

use super::exchange_log::ExchangeLog;

/// How far an invocation is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Report<'a> {
    /// A step of its flow ended.
    Step {
        /// How many have.
        done: usize,
        /// How many there are.
        total: usize,
        /// The name of the one that did.
        name: &'a str,
    },
    /// It waits for its turn at an upstream, in words.
    Queued(&'a str),
    /// A job that it waits for goes on.
    Job {
        /// How much of it is done, from 0 to 1, when the upstream says so.
        part: Option<f64>,
        /// What it is doing, when the upstream says so.
        message: Option<&'a str>,
    },
}

/// Told how far an invocation is.
pub type Progress = Arc<dyn Fn(Report<'_>) + Send + Sync>;

/// How the inputs of an invocation came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InputMode {
    /// As text of an HTTP request: read as the type a schema asks for while checking, sent as they are.
    #[default]
    Lexical,
    /// As JSON arguments of a tool: coerced to what the schema asks for.
    Typed,
}

/// The circumstances of one invocation.
#[derive(Clone, Default)]
pub struct Invocation {
    /// When the answer is of no use any more.
    pub deadline: Option<Instant>,
    /// Cancels the invocation; dropping its future does so too.
    pub cancel: Option<CancellationToken>,
    /// Told about progress.
    pub progress: Option<Progress>,
    /// How the inputs came.
    pub mode: InputMode,
    /// The id of the request this is for: every line the engine logs on its behalf bears it.
    pub request_id: Option<Arc<str>>,
    /// Where its upstream exchanges are written down.
    pub exchanges: ExchangeLog,
}
