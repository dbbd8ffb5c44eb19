//! What the control plane asks of the process, and all it may ask.

use std::{fmt, net::SocketAddr, sync::Arc, time::SystemTime};

use capstan_engine::RunningJob;
use futures_util::future::BoxFuture;
use serde::Deserialize;

use crate::{
    bundle::proposal::Proposal,
    capability::surface::Reach,
    metrics::Metrics,
    publication::{
        history::Generation,
        report::{Preview, Report, StartError},
        snapshot::Snapshot,
        state::PublicationState,
    },
};

/// The handle to a process.
pub(crate) trait Operations: fmt::Debug + Send + Sync {
    /// Reads everything anew and publishes what changed; goes on when nobody waits.
    fn reload(self: Arc<Self>) -> BoxFuture<'static, Result<Report, OperationError>>;
    /// Says what a reload would do: of what is on disk, or of what is proposed instead.
    fn validate(self: Arc<Self>, proposal: Option<Proposal>) -> BoxFuture<'static, Result<Preview, OperationError>>;
    /// Confirms what breaks callers, and publishes it when it waits.
    fn accept(self: Arc<Self>, what: Acceptance) -> BoxFuture<'static, Result<Accepted, OperationError>>;
    /// What the process is at present.
    fn overview(&self) -> Overview;
}

/// What is confirmed: everything that waits, or one capability's, or one contract.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Acceptance {
    /// The capability.
    pub(crate) capability: Option<String>,
    /// The hash of the contract.
    pub(crate) hash: Option<String>,
}

/// What came of a confirmation.
#[derive(Debug)]
pub(crate) enum Accepted {
    /// What waited was read again and published, as the report says.
    Ran(Report),
    /// Nothing waits with that contract yet; it is taken as soon as it is saved.
    Noted,
    /// There is nothing like that to confirm.
    Unknown(String),
    /// Another contract waits.
    Differs(String),
}

/// Why an operation did not end.
#[derive(Debug)]
pub(crate) enum OperationError {
    /// It cannot be done.
    Rejected(StartError),
    /// What is proposed cannot be looked at, for what is wrong with it.
    Unusable(String),
    /// It met a defect of ours.
    Defect(String),
}

/// What a process is at one moment.
#[derive(Debug)]
pub(crate) struct Overview {
    /// What is published.
    pub(crate) snapshot: Arc<Snapshot>,
    /// What is known beside it.
    pub(crate) state: Arc<PublicationState>,
    /// The last publications.
    pub(crate) history: Vec<Arc<Generation>>,
    /// Listeners, those that drain included.
    pub(crate) listeners: Vec<ListenerOverview>,
    /// Documents that are gone and still answer what they began with, until when.
    pub(crate) draining: Vec<(Arc<str>, SystemTime)>,
    /// What is counted.
    pub(crate) metrics: Arc<Metrics>,
    /// How many jobs are not over, and some of them.
    pub(crate) jobs: (usize, Vec<RunningJob>),
    /// Bytes of bodies that wait in memory.
    pub(crate) buffered: usize,
    /// When the process began to serve.
    pub(crate) started: SystemTime,
    /// How callers reach what it serves.
    pub(crate) reach: Reach,
    /// Whether anything that is wrong makes it not ready.
    pub(crate) strict: bool,
    /// Whether the end was asked for.
    pub(crate) ending: bool,
}

/// One listener.
#[derive(Clone, Debug)]
pub(crate) struct ListenerOverview {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// The port authors wrote.
    pub(crate) declared: Option<u16>,
    /// How many connections are open.
    pub(crate) connections: usize,
    /// When it is cut off, when it drains.
    pub(crate) deadline: Option<SystemTime>,
}

impl Overview {
    /// Whether everything on disk runs, without looking at the disk.
    pub(crate) fn is_in_sync(&self) -> bool {
        self.state.is_clean() && self.snapshot.catalogue.capabilities.values().all(|c| c.plan().is_some())
    }
}
