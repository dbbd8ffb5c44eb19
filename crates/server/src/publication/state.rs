//! What stands on disk but does not run, and how the last reload went. It changes without a publication: what is served stays
//! the same.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{slot::Slot, table::Table};
use crate::{
    capability::{
        instance::{Capabilities, Capability},
        surface::Change,
    },
    finding::Finding,
};

/// Documents that were turned down while their last good version runs, by id.
pub type Rejected = Capabilities;

/// Documents whose new version waits for a confirmation while the one before it runs, by id.
pub type HeldBack = BTreeMap<Arc<str>, Arc<Held>>;

/// What waits until someone confirms it, since it breaks callers.
#[derive(Debug)]
pub struct Held {
    /// The version that waits; none when the document was deleted.
    pub waiting: Option<Arc<Capability>>,
    /// What would change for callers.
    pub changes: Vec<Change>,
    /// The hash of what it promises, which is what is confirmed.
    pub hash: String,
    /// Since when it waits.
    pub since: SystemTime,
}

/// A document that stands in for upstreams, as it runs.
#[derive(Clone, Debug)]
pub struct Sandbox {
    /// The document.
    pub capability: Arc<Capability>,
    /// What it answers.
    pub table: Arc<Table>,
}

/// Why a run of the pipeline began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cause {
    /// The process starts.
    #[default]
    Start,
    /// A file changed.
    Change,
    /// It is time to look (`--poll`).
    Poll,
    /// A signal asked for it.
    Signal,
    /// A control request asked for it.
    Request,
    /// What was held back is confirmed.
    Accept,
    /// Something outside of the files may be mended.
    Retry,
}

impl Cause {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Change => "change",
            Self::Poll => "poll",
            Self::Signal => "signal",
            Self::Request => "request",
            Self::Accept => "accept",
            Self::Retry => "retry",
        }
    }
}

/// What is known beside the snapshot.
#[derive(Debug, Default)]
pub struct PublicationState {
    /// Turned down, by id.
    pub rejected: Rejected,
    /// Held back, by id.
    pub held: HeldBack,
    /// Sandboxes that run.
    pub sandboxes: BTreeMap<Slot, Sandbox>,
    /// What concerns no document.
    pub findings: Vec<Finding>,
    /// Folders that were searched for documents.
    pub folders: BTreeSet<PathBuf>,
    /// The last run of the pipeline.
    pub last: Option<Run>,
    /// When a run last ended with everything accepted.
    pub success: Option<SystemTime>,
    /// Whether something was turned down that may be accepted without a change of files.
    pub retry: bool,
}

/// One run of the pipeline.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// Why it began.
    pub cause: Cause,
    /// When it ended.
    pub at: SystemTime,
    /// How long it took.
    pub took: Duration,
    /// How many documents were compiled.
    pub compiled: usize,
    /// Whether everything on disk runs now.
    pub successful: bool,
    /// Whether anything that is served changed.
    pub published: bool,
}

impl PublicationState {
    /// Whether everything on disk runs.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.rejected.is_empty() && self.held.is_empty() && self.findings.is_empty()
    }
}
