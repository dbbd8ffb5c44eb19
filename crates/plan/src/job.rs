//! Jobs: an upstream operation that accepts work at once and is asked for its end later. What is said here once, at the consumed
//! operation, makes every call of it yield the finished result. Running one is the engine's work.

use std::ops::RangeInclusive;

use serde_json::Value;

use crate::{Call, ClientId, Origin, Selector, SlotId, Template};

/// The job behind a consumed operation (`job:`). Its templates read bindings and the handle alone, never what a caller gave: a job
/// is resumed from its handle.
#[derive(Clone, Debug)]
pub struct Job {
    /// `namespace.operation`, for people and logs.
    pub name: Box<str>,
    /// What resumes it: members of one object, each selected from the answer to the submit.
    pub handle: Box<[(Box<str>, Selector)]>,
    /// How many slots the frame of its templates has.
    pub slots: u32,
    /// The slot of that frame that holds the handle's object; the others stay empty.
    pub slot: SlotId,
    /// How its end is found out, and what it yields.
    pub polling: Polling,
    /// What ends it early, where the API has that. Its answer is of no interest.
    pub cancel: Option<Box<Call>>,
    /// Where it is declared.
    pub origin: Origin,
}

/// How the end of something that takes long is found out. In a job its templates read the frame of the job, in a `poll` step that of
/// the flow; its selectors read the latest answer.
#[derive(Clone, Debug)]
pub struct Polling {
    /// Whom to ask.
    pub source: PollSource,
    /// The state, in the answer.
    pub status: Selector,
    /// States in which asking goes on.
    pub pending: Box<[Box<str>]>,
    /// States in which the result is there.
    pub success: Box<[Box<str>]>,
    /// What callers get in other states. Every state that is named nowhere is a failure too, without words of its own.
    pub failure: Box<[(Box<str>, JobFailure)]>,
    /// When to ask.
    pub every: Backoff,
    /// When to give up, in milliseconds from the submit, or from the start of the step.
    pub timeout_ms: u64,
    /// Which answers are no answer.
    pub tolerate: Tolerance,
    /// What is told meanwhile.
    pub progress: Option<Progress>,
    /// What it yields.
    pub result: JobResult,
    /// The `job` or the step as it is written: whether a handle from before a reload still means the same.
    pub block: Box<Value>,
}

/// Whom to ask.
#[derive(Clone, Debug)]
pub enum PollSource {
    /// A GET of this address, with the credential of the client, and the answer read as JSON.
    Url(Followed<Template>),
    /// A consumed operation, which is no job itself.
    Call(Box<Call>),
}

/// An address that an upstream gives, and how far it is trusted.
#[derive(Clone, Debug)]
pub struct Followed<A> {
    /// The address: absolute.
    pub address: A,
    /// The API it belongs to.
    pub client: ClientId,
    /// Where it may lead. Anything else is refused before a connection is made. The scheme is https, or http where the base URI of
    /// the client is.
    pub hosts: Hosts,
}

/// The hosts an address may lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hosts {
    /// The host of the client's base URI, and what lies below it.
    OfBase,
    /// These.
    Named(Box<[HostPattern]>),
}

/// A host, or all hosts below a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern {
    /// The name in lower case, without `*.`.
    pub name: Box<str>,
    /// Every name below it is meant, and not the name itself.
    pub below: bool,
    /// The port; without one that of the scheme or of the base URI.
    pub port: Option<u16>,
}

impl HostPattern {
    /// Whether it has this host, in whichever case.
    #[must_use]
    pub fn has(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.');
        if !self.below {
            return host.eq_ignore_ascii_case(&self.name);
        }
        is_below(host, &self.name)
    }
}

/// Whether `host` lies below `domain`, in whichever case.
#[must_use]
pub fn is_below(host: &str, domain: &str) -> bool {
    let Some(at) = host.len().checked_sub(domain.len() + 1) else { return false };
    at > 0
        && host.as_bytes().get(at) == Some(&b'.')
        && host.get(at + 1..).is_some_and(|tail| tail.eq_ignore_ascii_case(domain))
}

/// What callers get when a job ends in a state that is no success.
#[derive(Clone, Debug)]
pub struct JobFailure {
    /// The status of the problem: 400 to 599.
    pub status: u16,
    /// What it is, in a few words; without them the state is named.
    pub title: Option<Box<str>>,
    /// What the upstream says of it, in the latest answer.
    pub detail: Option<Selector>,
}

/// When to ask. `Retry-After` of the upstream always wins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backoff {
    /// Milliseconds before the first time.
    pub first_ms: u64,
    /// Milliseconds before the second time.
    pub interval_ms: u64,
    /// What each further interval is multiplied by: at least 1.
    pub factor: f64,
    /// The longest interval in milliseconds: at least `interval_ms`.
    pub max_ms: u64,
    /// How much of an interval is chance, so that jobs started together are not asked for together: 0 to 1.
    pub jitter: f64,
}

impl Backoff {
    /// What holds where nothing is said.
    pub const DEFAULT: Self = Self { first_ms: 500, interval_ms: 1_000, factor: 1.5, max_ms: 5_000, jitter: 0.2 };
}

/// Which answers are no answer, for a while after the submit or the last good answer. A connection that fails is one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tolerance {
    /// The statuses.
    pub statuses: Box<[RangeInclusive<u16>]>,
    /// For how many milliseconds.
    pub for_ms: u64,
}

/// What is told of a job that is running; each is selected from the latest answer.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// How far it is.
    pub value: Option<Selector>,
    /// How far it goes.
    pub total: Option<ProgressTotal>,
    /// What it is doing.
    pub message: Option<Selector>,
}

/// How far a job goes.
#[derive(Clone, Debug)]
pub enum ProgressTotal {
    /// This far, whatever the job.
    Number(f64),
    /// As far as the answer says.
    Selected(Selector),
}

/// What a job yields.
#[derive(Clone, Debug)]
pub enum JobResult {
    /// A value in the last answer.
    Value(Selector),
    /// The bytes behind an address in the last answer, with the media type they come with. The credential goes with the request only
    /// where the address has the origin of the base URI.
    Fetched {
        /// The address, in the last answer.
        link: Followed<Selector>,
        /// How long the address is good for, in milliseconds from the last answer.
        within_ms: Option<u64>,
        /// The most bytes it may have.
        max_bytes: Option<u64>,
        /// The media type to claim, where the author states one.
        media_type: Option<Box<str>>,
    },
}

/// How an exposed unit behaves whose answer takes long (`async:`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsyncPolicy {
    /// How long a REST caller waits who does not say, in milliseconds.
    pub wait_ms: u64,
    /// The longest a REST caller may ask to wait, in milliseconds.
    pub max_wait_ms: u64,
    /// How long a handle is good for, in milliseconds.
    pub ttl_ms: u64,
    /// Whether MCP clients that know tasks get one.
    pub task: TaskUse,
    /// How long an MCP client waits that knows neither tasks nor progress, in milliseconds.
    pub budget_ms: u64,
    /// The most bytes of an image that is put into an MCP result.
    pub inline_image: u64,
}

impl Default for AsyncPolicy {
    fn default() -> Self {
        Self {
            wait_ms: 25_000,
            max_wait_ms: 60_000,
            ttl_ms: 3_600_000,
            task: TaskUse::Auto,
            budget_ms: 45_000,
            inline_image: 700 * 1024,
        }
    }
}

/// Whether MCP clients that know tasks get one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TaskUse {
    /// When it is not over within a moment.
    #[default]
    Auto,
    /// Never: they are served like the others.
    Never,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_has_its_host_or_what_lies_below_it() {
        let pattern = |name: &str, below| HostPattern { name: name.into(), below, port: None };
        for (pattern, host, expected) in [
            (pattern("api.bfl.ai", false), "api.bfl.ai", true),
            (pattern("api.bfl.ai", false), "API.bfl.ai.", true),
            (pattern("api.bfl.ai", false), "eu.api.bfl.ai", false),
            (pattern("bfl.ai", true), "api.bfl.ai", true),
            (pattern("bfl.ai", true), "a.b.BFL.ai", true),
            (pattern("bfl.ai", true), "bfl.ai", false),
            (pattern("bfl.ai", true), ".bfl.ai", false),
            (pattern("bfl.ai", true), "evilbfl.ai", false),
            (pattern("bfl.ai", true), "bfl.ai.evil.com", false),
        ] {
            assert_eq!(pattern.has(host), expected, "{pattern:?} {host}");
        }
    }
}
