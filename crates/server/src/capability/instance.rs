//! One document as it runs: its plan and engine, or the reasons why it has none.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use capstan_engine::Engine;
use capstan_plan::{Exposure, Plan};
use http::Response;

use sha2::{Digest as _, Sha256};

use crate::{
    auth::Gate,
    bundle::fingerprint::{Fingerprint, short},
    capability::activation::Activation,
    finding::{Finding, Findings},
    http::{body::Body, problem},
    metrics::{Meter, Metrics},
};

/// Documents by id.
pub type Capabilities = BTreeMap<Arc<str>, Arc<Capability>>;

/// One document of the bundle, compiled. Immutable; a request keeps it to its end.
#[derive(Debug)]
pub struct Capability {
    /// The path in the bundle without extension.
    pub id: Arc<str>,
    /// The document.
    pub path: PathBuf,
    /// The files it was compiled from: equal fingerprints mean equal plans.
    pub fingerprint: Arc<Fingerprint>,
    /// What else it was activated with.
    pub activation: Activation,
    /// When it was made.
    pub since: SystemTime,
    /// Whether it was turned down for a reason outside of its files, which may be gone at the next reload.
    pub provisional: bool,
    /// What was found wrong with it.
    pub findings: Findings,
    /// What runs, or that nothing does.
    pub state: State,
    /// One key per exposure of the plan: its namespace, made unique.
    keys: Box<[Arc<str>]>,
    /// Where its requests are counted.
    metrics: Option<Arc<Metrics>>,
    /// The check in front of each exposure.
    gates: Box<[Option<Gate>]>,
}

/// Whether a capability can answer.
#[derive(Debug)]
pub enum State {
    /// It can; single units may still be unavailable.
    Serving {
        /// What it means.
        plan: Arc<Plan>,
        /// What executes it.
        engine: Arc<Engine>,
    },
    /// It cannot: a failing mount, which answers 503 with its findings.
    Failing,
}

/// Names an exposure across reloads.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExposureRef {
    /// The capability's id.
    pub capability: Arc<str>,
    /// The exposure's key: its namespace, made unique within the document.
    pub key: Arc<str>,
}

impl Capability {
    /// A capability that serves, or does not.
    #[must_use]
    pub fn new(
        id: Arc<str>,
        path: PathBuf,
        fingerprint: impl Into<Arc<Fingerprint>>,
        findings: Findings,
        state: State,
    ) -> Self {
        let mut keys: Vec<Arc<str>> = Vec::new();
        let mut gates = Vec::new();
        if let State::Serving { plan, engine } = &state {
            for exposure in &plan.exposures {
                let mut key: Arc<str> = exposure.namespace.as_ref().into();
                let mut nth = 2;
                while keys.contains(&key) {
                    key = format!("{}-{nth}", exposure.namespace).into();
                    nth += 1;
                }
                keys.push(key);
                gates.push(Gate::of(exposure, engine));
            }
        }
        Self {
            id,
            path,
            fingerprint: fingerprint.into(),
            activation: Activation::default(),
            since: SystemTime::now(),
            provisional: false,
            findings,
            state,
            keys: keys.into(),
            metrics: None,
            gates: gates.into(),
        }
    }

    /// The same, knowing what it was activated with.
    #[must_use]
    pub fn activated(self, activation: Activation) -> Self {
        Self { activation, ..self }
    }

    /// The same without checks of callers: for whoever runs the process.
    #[must_use]
    pub fn open(mut self) -> Self {
        self.gates.iter_mut().for_each(|gate| *gate = None);
        self
    }

    /// The same, counting its requests there.
    #[must_use]
    pub fn metered(self, metrics: Arc<Metrics>) -> Self {
        Self { metrics: Some(metrics), ..self }
    }

    /// What is counted of one of its units. To be asked for once and kept.
    #[must_use]
    pub fn meter(&self, adapter: &'static str, unit: &str) -> Option<Arc<Meter>> {
        Some(self.metrics.as_ref()?.meter(&self.id, adapter, unit))
    }

    /// A document that is turned down for reasons that do not lie in its text.
    #[must_use]
    pub fn refused(id: Arc<str>, path: PathBuf, fingerprint: Arc<Fingerprint>, findings: Findings) -> Self {
        Self { provisional: true, ..Self::new(id, path, fingerprint, findings, State::Failing) }
    }

    /// The folder relative paths of the document begin at.
    #[must_use]
    pub fn folder(&self) -> &Path {
        crate::bundle::discovery::folder_of(&self.path)
    }

    /// What its files held when it was made.
    #[must_use]
    pub fn hash(&self) -> String {
        let mut hasher = Sha256::new();
        self.fingerprint.feed(&mut hasher);
        self.activation.files().feed(&mut hasher);
        short(hasher)
    }

    /// What the same files hold now.
    #[must_use]
    pub fn hash_now(&self) -> String {
        let mut hasher = Sha256::new();
        self.fingerprint.feed_now(&mut hasher);
        self.activation.files().feed_now(&mut hasher);
        short(hasher)
    }

    /// The plan, when it serves.
    #[must_use]
    pub fn plan(&self) -> Option<&Arc<Plan>> {
        match &self.state {
            State::Serving { plan, .. } => Some(plan),
            State::Failing => None,
        }
    }

    /// The engine, when it serves.
    #[must_use]
    pub fn engine(&self) -> Option<&Arc<Engine>> {
        match &self.state {
            State::Serving { engine, .. } => Some(engine),
            State::Failing => None,
        }
    }

    /// The exposures with their keys, in document order.
    pub fn exposures(&self) -> impl Iterator<Item = (&Arc<str>, &Exposure)> {
        self.keys.iter().zip(self.plan().into_iter().flat_map(|plan| plan.exposures.iter()))
    }

    /// The exposure of that key.
    #[must_use]
    pub fn exposure(&self, key: &str) -> Option<&Exposure> {
        self.exposures().find_map(|(k, exposure)| (**k == *key).then_some(exposure))
    }

    /// The check in front of an exposure, by its position; none when everyone may pass.
    #[must_use]
    pub fn gate(&self, index: usize) -> Option<&Gate> {
        self.gates.get(index)?.as_ref()
    }

    /// How an exposure is named across reloads.
    #[must_use]
    pub fn reference(&self, key: &Arc<str>) -> ExposureRef {
        ExposureRef { capability: self.id.clone(), key: key.clone() }
    }

    /// Whether it has an error that `before` has not: then a reload does not take it.
    #[must_use]
    pub fn has_new_errors(&self, before: &Self) -> bool {
        self.new_errors(before).next().is_some()
    }

    /// The errors `before` has not.
    pub fn new_errors<'c>(&'c self, before: &'c Self) -> impl Iterator<Item = &'c Finding> {
        self.errors().filter(|error| !before.errors().any(|known| known.is_same(error)))
    }

    /// What is wrong, errors only.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.findings.errors.iter()
    }

    /// The answer of one that does not run.
    pub(crate) fn failing(&self) -> Response<Body> {
        problem::failing(&self.id, self.errors().cloned().collect())
    }
}
