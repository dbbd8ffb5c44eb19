//! What the control plane may ask of the pipeline.

use std::{
    sync::Arc,
    time::{Instant, SystemTime},
};

use futures_util::future::BoxFuture;

use super::{pipeline::Pipeline, preview::preview};
use crate::{
    control::{ListenerOverview, OperationError, Operations, Overview},
    publication::{
        report::{Preview, Report},
        state::Cause,
    },
};

/// The pipeline as the control plane sees it.
#[derive(Debug)]
pub(crate) struct ProcessOperations {
    pub(crate) pipeline: Arc<Pipeline>,
    /// When the process began to serve.
    pub(crate) started: SystemTime,
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

    fn validate(self: Arc<Self>) -> BoxFuture<'static, Result<Preview, OperationError>> {
        Box::pin(async move {
            let started = Instant::now();
            let (ready, present) = self.pipeline.rehearse().await;
            // What was opened is closed on a thread that may wait.
            let previewed = tokio::task::spawn_blocking(move || preview(ready, &present, started)).await;
            previewed.map_err(|error| OperationError::Defect(format!("loading failed: {error}")))
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
        Overview {
            snapshot: publisher.live.current(),
            state: journal.state(),
            history: journal.history.all(),
            listeners: open.chain(draining).collect(),
            draining: journal.draining(),
            metrics: publisher.context.shared.metrics.clone(),
            buffered: publisher.context.shared.engine.buffers().held(),
            started: self.started,
            strict: settings.strict,
        }
    }
}
