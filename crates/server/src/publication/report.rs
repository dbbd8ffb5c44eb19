//! What a run of the pipeline did, would do, or why there is none.

use std::{fmt, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use super::state::{Cause, HeldBack};
use crate::{
    capability::{instance::Capability, surface::Change},
    finding::Finding,
};

/// What a run of the pipeline did.
#[derive(Debug, Default)]
pub struct Report {
    /// The generation that runs now.
    pub generation: u64,
    /// Whether it published that generation.
    pub published: bool,
    /// Why it ran.
    pub cause: Cause,
    /// How long it took.
    pub took: Duration,
    /// How many documents were compiled.
    pub compiled: usize,
    /// What it changed for callers.
    pub changes: Vec<Change>,
    /// What concerns no capability that could carry it.
    pub findings: Vec<Finding>,
    /// Files that are no capabilities.
    pub skipped: Vec<PathBuf>,
    /// Documents whose last good version stays.
    pub rejected: Vec<Arc<Capability>>,
    /// Documents whose new version waits for a confirmation.
    pub held: HeldBack,
}

/// What a run of the pipeline would do.
#[derive(Debug, Default)]
pub struct Preview {
    /// What concerns no capability.
    pub findings: Vec<Finding>,
    /// Documents whose last good version would stay.
    pub rejected: Vec<Arc<Capability>>,
    /// Documents whose new version would wait for a confirmation.
    pub held: HeldBack,
    /// Other errors and conflicts there would be and are not now, by document.
    pub new: Vec<(Arc<str>, Finding)>,
    /// What it would change for callers.
    pub changes: Vec<Change>,
    /// Warnings of what would run.
    pub warnings: u32,
    /// The listeners there would be, as far as documents can be read at all.
    pub listeners: Option<ListenerChanges>,
    /// How long it took to find out.
    pub took: Duration,
    /// Where what was proposed was unpacked.
    pub root: Option<PathBuf>,
}

/// What would become of listeners.
#[derive(Debug, Default)]
pub struct ListenerChanges {
    /// Those that stay.
    pub kept: Vec<SocketAddr>,
    /// Those that are new.
    pub added: Vec<SocketAddr>,
    /// Those that are gone.
    pub dropped: Vec<SocketAddr>,
}

/// Why a server does not start.
#[derive(Debug)]
pub struct StartError {
    /// The reason.
    pub message: String,
    /// Everything found.
    pub findings: Vec<Finding>,
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for StartError {}

impl StartError {
    /// A reason without findings.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), findings: Vec::new() }
    }
}
