//! What callers get of what takes long behind a unit: the result, and the status of each state that is a failure.

use std::collections::BTreeMap;

use capstan_plan::{Flow, JobResult, Plan, Polling, Step, StepKind};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::bundle::fingerprint::short;

/// One job, or one `poll` step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LongPromise {
    /// What it yields.
    pub result: String,
    /// The status of each state that is a failure.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub failures: BTreeMap<String, u16>,
    /// What tells one `job` or step from another: a handle of another one is not taken up after a restart.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub block: String,
}

/// The status of a state that is named nowhere.
pub(super) const UNNAMED: u16 = 502;

/// Everything that takes long behind a flow, by the operation or the step.
pub(super) fn of(plan: &Plan, flow: &Flow) -> BTreeMap<String, LongPromise> {
    let mut found = BTreeMap::new();
    steps(plan, &flow.steps, &mut found);
    found
}

fn steps(plan: &Plan, list: &[Step], found: &mut BTreeMap<String, LongPromise>) {
    for step in list {
        match &step.kind {
            StepKind::Call(call) => {
                if let Some(job) = call.job.and_then(|job| plan.jobs.get(job.job)) {
                    found.insert(job.name.to_string(), promise(&job.polling));
                }
            }
            StepKind::Poll(polling) => {
                found.insert(format!("step {}", step.name), promise(polling));
            }
            kind => kind.lists().into_iter().for_each(|list| steps(plan, list, found)),
        }
    }
}

fn promise(polling: &Polling) -> LongPromise {
    let result = match &polling.result {
        JobResult::Value(selector) => format!("the value at {}", selector.text().trim()),
        JobResult::Fetched { link, .. } => format!("the bytes behind {}", link.address.text().trim()),
    };
    let failures = polling.failure.iter().map(|(state, failure)| (state.to_string(), failure.status)).collect();
    let mut hasher = Sha256::new();
    hasher.update(polling.block.to_string());
    LongPromise { result, failures, block: short(hasher) }
}
