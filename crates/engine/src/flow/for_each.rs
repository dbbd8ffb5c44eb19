//! `for-each` steps: a list of steps for each element of a list, some at the same time.

use std::sync::Arc;

use capstan_plan::ForEach;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use serde_json::{Value as Json, json};

use super::{
    block::{RunBlock, inside},
    execution::Execution,
};
use crate::{
    base::fault::{CallerFault, CapabilityFault, Fault, FaultKind},
    base::value::{Inputs, Value},
    template::scope::Scope,
};

/// The most elements of a list.
const MOST: usize = 10_000;

/// Runs the steps for each element; the values are in the order of the list. Where errors are kept, one of them ends all only when there
/// is nothing else.
pub(super) async fn run(
    execution: &Execution<'_>,
    planned: &ForEach,
    block: RunBlock,
    scope: Scope<'_>,
) -> Result<Option<Value>, Fault> {
    let items = |scope: Scope<'_>| Ok(scope.eval(&planned.items)?.map(|items| items.into_json().into_owned()));
    let items = match execution.compute(scope, 0, items).await? {
        None | Some(Json::Null) => Vec::new(),
        Some(Json::Array(items)) if items.len() <= MOST => items,
        Some(Json::Array(items)) => {
            return Err(no_list(format!("a list of {} elements, and it takes {MOST}", items.len())));
        }
        Some(other) => return Err(no_list(format!("{}, and it takes a list", kind(&other)))),
    };
    let around = Arc::new(scope.frame.clone());
    let mut values: Vec<Option<Json>> = vec![None; items.len()];
    let mut failed: Vec<(usize, Fault)> = Vec::new();
    let mut waiting = items.into_iter().enumerate();
    let mut running = FuturesUnordered::new();
    loop {
        while running.len() < planned.parallel.max(1) as usize
            && let Some((at, item)) = waiting.next()
        {
            let around = &around;
            running.push(async move { (at, one(execution, planned, block, scope, around, item).await) });
        }
        let Some((at, value)) = running.next().await else { break };
        let value = value.and_then(|value| value.map(inside).transpose());
        let value = match value {
            Err(fault) if planned.keeps_errors && concerns_one(&fault) => {
                let problem = problem(execution, &fault);
                failed.push((at, fault));
                Some(problem)
            }
            value => value?,
        };
        if let Some(place) = values.get_mut(at) {
            *place = value;
        }
    }
    if !values.is_empty() && failed.len() == values.len() {
        let first = failed.into_iter().min_by_key(|(at, _)| *at);
        return first.map_or(Ok(None), |(_, fault)| Err(fault));
    }
    Ok(Some(Value::Json(Json::Array(values.into_iter().flatten().collect()))))
}

/// Runs the steps for one element, in a frame of its own.
async fn one(
    execution: &Execution<'_>,
    planned: &ForEach,
    block: RunBlock,
    scope: Scope<'_>,
    around: &Arc<Inputs>,
    item: Json,
) -> Result<Option<Value>, Fault> {
    let frame = Inputs::within(around);
    // An element of an upstream's answer stays the upstream's.
    frame.fill(planned.item, Value::Json(item));
    block(execution, &planned.block, Scope::new(&frame, scope.bindings, scope.functions)).await
}

/// Whether a fault says something of one element alone.
fn concerns_one(fault: &Fault) -> bool {
    !matches!(fault.kind, FaultKind::Internal | FaultKind::Caller(CallerFault::Cancelled))
}

/// What an element that failed leaves in the list.
fn problem(execution: &Execution<'_>, fault: &Fault) -> Json {
    let detail = execution.network.mask.apply(&fault.detail);
    json!({"error": {"status": fault.status().as_u16(), "title": fault.title, "detail": detail}})
}

fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "nothing",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

fn no_list(why: String) -> Fault {
    Fault::capability(CapabilityFault::TemplateFailed, format!("what `for-each` goes through is {why}"))
}
