//! Waiting for a job until it is over, for so long, or until the client stops waiting.

use std::{pin::pin, time::Duration};

use capstan_engine::{Job, JobView};
use rmcp::{
    RoleServer,
    model::{ProgressNotificationParam, ProgressToken},
    service::RequestContext,
};

use super::super::progress::{BEAT, PATIENCE};

/// How far a job goes, as clients are told.
const TOTAL: f64 = 100.0;

/// A job when it is over or nobody may wait any longer; nothing when the client has stopped waiting.
pub(super) async fn within(budget: Duration, job: &Job, context: &RequestContext<RoleServer>) -> Option<JobView> {
    let over = async { tokio::time::timeout(budget, job.ended()).await.unwrap_or_else(|_| job.look()) };
    context.ct.run_until_cancelled(over).await
}

/// A job when it is over, its client told of every change meanwhile, and at least every ten seconds that it is still running: many
/// clients give up on a silent call after a minute.
pub(super) async fn reported(job: &Job, token: ProgressToken, context: &RequestContext<RoleServer>) -> Option<JobView> {
    let mut rising = Rising::default();
    let work = async {
        let mut view = job.look();
        let mut beat = tokio::time::interval_at(tokio::time::Instant::now() + BEAT, BEAT);
        tell(context, &token, &mut rising, &view).await;
        while !view.state.is_over() {
            let next = {
                let mut changed = pin!(job.changed(view.version));
                tokio::select! {
                    biased;
                    next = &mut changed => Some(next),
                    _ = beat.tick() => None,
                }
            };
            match next {
                // Nobody looks after it any more: the process ends.
                Some(next) if next.version == view.version && !next.state.is_over() => return next,
                Some(next) => view = next,
                None => {}
            }
            if !view.state.is_over() {
                beat.reset();
                tell(context, &token, &mut rising, &view).await;
            }
        }
        view
    };
    context.ct.run_until_cancelled(work).await
}

async fn tell(context: &RequestContext<RoleServer>, token: &ProgressToken, rising: &mut Rising, view: &JobView) {
    let mut param = ProgressNotificationParam::new(token.clone(), rising.next(view.progress));
    param.total = view.progress.is_some().then_some(TOTAL);
    let message = view.message.as_deref().map(str::to_owned);
    param.message = Some(message.unwrap_or_else(|| crate::adapter::job::word(view.state).to_owned()));
    let _ = tokio::time::timeout(PATIENCE, context.peer.notify_progress(param)).await;
}

/// Progress as clients want it: strictly rising, whatever the upstream says.
#[derive(Debug, Default)]
struct Rising {
    last: Option<f64>,
}

impl Rising {
    fn next(&mut self, progress: Option<f64>) -> f64 {
        let said = progress.filter(|said| said.is_finite()).map(|said| said.clamp(0.0, 1.0) * TOTAL);
        let next = match (self.last, said) {
            (None, said) => said.unwrap_or_default(),
            (Some(last), Some(said)) if said > last => said,
            // Closer to the end, and never there.
            (Some(last), _) => last + (TOTAL - last) / 1_000.0,
        };
        self.last = Some(next);
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_rises_whatever_the_upstream_says() {
        let mut rising = Rising::default();
        let said = [None, None, Some(0.4), Some(0.4), Some(0.1), None, Some(f64::NAN), Some(0.9), Some(0.9)];
        let told: Vec<f64> = said.into_iter().map(|said| rising.next(said)).collect();
        assert!(told.is_sorted_by(|a, b| a < b), "{told:?}");
        assert!(told.iter().all(|told| *told < TOTAL) && told[2] == 40.0 && told[7] == 90.0, "{told:?}");
    }
}
