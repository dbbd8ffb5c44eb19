//! Script steps: the context they see, the files they are made of, and a permit to run.

use std::{sync::Arc, time::Duration};

use capstan_plan::Script;
use serde_json::{Map, Value as Json};

use super::{execution::Execution, javascript};
use crate::{
    base::fault::{CapabilityFault, Fault},
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
    let _turn = execution.scripts.acquire().await.map_err(|_| failed("the server is stopping".to_owned()))?;
    let work = tokio::task::spawn_blocking(move || {
        let sources: Vec<javascript::Source<'_>> =
            texts.iter().map(|(name, text)| javascript::Source { name, text }).collect();
        javascript::run(&sources, &Json::Object(context), &limits).map_err(|error| error.to_string())
    });
    let result = work.await.map_err(|_| failed("the script engine failed".to_owned()))?;
    result.map(|value| value.map(Value::Json)).map_err(failed)
}
