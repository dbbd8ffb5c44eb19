//! What the control plane may ask of the pipeline.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Instant, SystemTime},
};

use futures_util::future::BoxFuture;

use super::{gate, pipeline::Pipeline, preview::preview};
use crate::{
    bundle::proposal::{Proposal, Proposed},
    control::{Acceptance, Accepted, ListenerOverview, OperationError, Operations, Overview},
    publication::{
        report::{Preview, Report},
        state::Cause,
    },
};

/// How many jobs are shown.
const JOBS: usize = 100;

/// The pipeline as the control plane sees it.
#[derive(Debug)]
pub(crate) struct ProcessOperations {
    pub(crate) pipeline: Arc<Pipeline>,
    /// When the process began to serve.
    pub(crate) started: SystemTime,
    /// Whether the end was asked for.
    pub(crate) ending: AtomicBool,
}

impl ProcessOperations {
    /// Remembers what is confirmed. Says what came of it, when there is nothing that could be published at once.
    fn confirm(&self, what: &Acceptance) -> Option<Accepted> {
        let journal = &self.pipeline.journal;
        let state = journal.state();
        let fits = |hash: &String| what.hash.as_ref().is_none_or(|wanted| wanted == hash);
        let Some(id) = what.capability.as_deref() else {
            let fitting: Vec<_> = state.held.iter().filter(|(_, held)| fits(&held.hash)).collect();
            if fitting.is_empty() {
                let with = what.hash.as_deref().map(|hash| format!(" with the hash {hash}")).unwrap_or_default();
                return Some(Accepted::Unknown(format!("nothing waits{with}")));
            }
            fitting.into_iter().for_each(|(id, held)| journal.confirm(id.clone(), held.hash.clone()));
            return None;
        };
        let snapshot = self.pipeline.snapshot();
        let Some((id, _)) = snapshot.catalogue.capabilities.get_key_value(id) else {
            return Some(Accepted::Unknown(format!("no capability is called `{id}`")));
        };
        match (state.held.get(id), &what.hash) {
            (Some(held), _) if fits(&held.hash) => {
                journal.confirm(id.clone(), held.hash.clone());
                None
            }
            (Some(held), _) => Some(Accepted::Differs(format!(
                "what waits of `{id}` has the hash {}; look at its changes first",
                held.hash
            ))),
            (None, Some(hash)) => {
                journal.confirm(id.clone(), hash.clone());
                Some(Accepted::Noted)
            }
            (None, None) => Some(Accepted::Unknown(format!("nothing of `{id}` waits"))),
        }
    }
}

impl Operations for ProcessOperations {
    fn reload(self: Arc<Self>) -> BoxFuture<'static, Result<Report, OperationError>> {
        Box::pin(async move {
            // Goes on when the caller does not wait.
            match tokio::spawn(async move { self.pipeline.reload(Cause::Request).await }).await {
                Ok(ran) => ran.map_err(OperationError::Rejected),
                Err(_) => Err(OperationError::Defect("the reload did not end".to_owned())),
            }
        })
    }

    fn validate(self: Arc<Self>, proposal: Option<Proposal>) -> BoxFuture<'static, Result<Preview, OperationError>> {
        Box::pin(async move {
            let started = Instant::now();
            let defect = |error| OperationError::Defect(format!("loading failed: {error}"));
            let proposed = match proposal {
                None => None,
                Some(proposal) => {
                    let (snapshot, roots) = (self.pipeline.snapshot(), self.pipeline.settings.paths.clone());
                    let make = move || {
                        let running = snapshot.catalogue.capabilities.values();
                        let running: Vec<_> = running.map(|runs| (&*runs.id, runs.path.as_path())).collect();
                        Proposed::new(proposal, &running, &roots)
                    };
                    let made = tokio::task::spawn_blocking(make).await.map_err(defect)?;
                    Some(Arc::new(made.map_err(OperationError::Unusable)?))
                }
            };
            let (ready, present) = self.pipeline.rehearse(proposed.clone()).await;
            let reach = gate::reach(&self.pipeline.settings);
            // What was opened is closed on a thread that may wait, and what was unpacked is removed there.
            let look = move || {
                let root = proposed.as_ref().and_then(|proposed| proposed.root()).map(Path::to_owned);
                Preview { root, ..preview(ready, &present, reach, started) }
            };
            tokio::task::spawn_blocking(look).await.map_err(defect)
        })
    }

    fn accept(self: Arc<Self>, what: Acceptance) -> BoxFuture<'static, Result<Accepted, OperationError>> {
        Box::pin(async move {
            if let Some(accepted) = self.confirm(&what) {
                return Ok(accepted);
            }
            let ran = tokio::spawn(async move { self.pipeline.reload(Cause::Accept).await }).await;
            match ran {
                Ok(ran) => ran.map(Accepted::Ran).map_err(OperationError::Rejected),
                Err(_) => Err(OperationError::Defect("the reload did not end".to_owned())),
            }
        })
    }

    fn overview(&self) -> Overview {
        let Pipeline { settings, publisher, journal, .. } = &*self.pipeline;
        let open = publisher.listeners.infos().into_iter().map(|info| ListenerOverview {
            address: info.address,
            declared: info.slot.declared(),
            connections: info.connections,
            deadline: None,
        });
        let draining = publisher.listeners.draining().into_iter().map(|drain| ListenerOverview {
            address: drain.address,
            declared: None,
            connections: drain.connections,
            deadline: Some(drain.deadline),
        });
        let jobs = publisher.context.shared.engine.jobs();
        Overview {
            jobs: (jobs.running(), jobs.current(JOBS)),
            snapshot: publisher.live.current(),
            state: journal.state(),
            history: journal.history.all(),
            listeners: open.chain(draining).collect(),
            draining: journal.draining(),
            metrics: publisher.context.shared.metrics.clone(),
            buffered: publisher.context.shared.engine.buffers().held(),
            started: self.started,
            reach: gate::reach(settings),
            strict: settings.strict,
            ending: self.ending.load(Ordering::Relaxed),
        }
    }
}
