//! The plan of one capability: the tables everything else indexes into.

use crate::{
    Binding, BindingId, Client, ClientId, Exposure, FileId, Flow, FlowId, IdVec, Job, JobId, PlanFile, Sandbox,
};

/// What one document (and its imports) means.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Who and what it is.
    pub info: Info,
    /// External values.
    pub bindings: IdVec<BindingId, Binding>,
    /// Consumed APIs.
    pub clients: IdVec<ClientId, Client>,
    /// What takes long behind consumed operations.
    pub jobs: IdVec<JobId, Job>,
    /// What runs.
    pub flows: IdVec<FlowId, Flow>,
    /// What is served, in document order.
    pub exposures: Vec<Exposure>,
    /// Whether a change that breaks callers waits for a confirmation; where the document does not say, the operator does.
    pub hold_breaking: Option<bool>,
    /// Present when the document stands in for upstreams.
    pub sandbox: Option<Sandbox>,
    /// Every file and folder its behaviour depends on beside the documents it was compiled from.
    pub files: IdVec<FileId, PlanFile>,
}

/// Who and what a capability is.
#[derive(Clone, Debug, Default)]
pub struct Info {
    /// A name for people.
    pub label: Box<str>,
    /// Prose.
    pub description: Option<Box<str>>,
    /// The author's version of the capability.
    pub version: Option<Box<str>>,
    /// The dialect's root key: `naftiko`, `ikanos`, or nothing.
    pub dialect: Option<Box<str>>,
    /// The dialect's version as written.
    pub spec_version: Option<Box<str>>,
    /// Tags.
    pub tags: Box<[Box<str>]>,
}
