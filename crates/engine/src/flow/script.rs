//! Script steps: the context they see, the files they are made of, and a thread to run on.

use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use capstan_plan::Script;
use serde_json::{Map, Value as Json};

use super::{execution::Execution, javascript, scripts::Unfinished};
use crate::{
    base::fault::{CapabilityFault, Fault, Overload},
    base::value::Value,
    template::scope::Scope,
};

/// The values a script is given.
fn context(planned: &Script, scope: Scope<'_>) -> Result<Map<String, Json>, Fault> {
    let mut context = Map::new();
    for (name, template) in &planned.context {
        if let Some(value) = scope.eval(template)? {
            context.insert(name.to_string(), value.into_json().into_owned());
        }
    }
    Ok(context)
}

/// Runs a script in a fresh JavaScript runtime; its `result` is the value.
pub(crate) async fn run(execution: &Execution<'_>, planned: &Script, scope: Scope<'_>) -> Result<Option<Value>, Fault> {
    let context = execution.compute(scope, 0, |scope| context(planned, scope)).await?;
    let limits = javascript::Limits {
        timeout: Duration::from_millis(planned.timeout_ms),
        statements: planned.statements,
        ..javascript::Limits::default()
    };
    let failed = |why: String| Fault::capability(CapabilityFault::ScriptFailed, why);
    let mut texts = Vec::with_capacity(planned.files.len());
    for (name, id) in &planned.files {
        let text = execution.files.text(*id).map_err(|file| failed(format!("`{name}` {}", file.why())))?;
        texts.push((name.clone(), Arc::clone(text)));
    }
    let script = move |stop: &Arc<AtomicBool>| {
        let sources: Vec<javascript::Source<'_>> =
            texts.iter().map(|(name, text)| javascript::Source { name, text }).collect();
        javascript::run(&sources, &Json::Object(context), &limits, stop)
    };
    match execution.scripts.run(limits.timeout, script).await {
        Ok(result) => result.map(|value| value.map(Value::Json)).map_err(|error| failed(error.to_string())),
        Err(Unfinished::Overdue) => Err(failed(javascript::ScriptError::Timeout { limit: limits.timeout }.to_string())),
        Err(Unfinished::Failed) => Err(failed("the script engine failed".to_owned())),
        Err(Unfinished::Busy) => {
            let threads = execution.scripts.threads();
            Err(Fault::overload(Overload::Scripts, format!("all {threads} threads for scripts are busy")))
        }
    }
}
