//! Script steps: the context they see, the files they are made of, and a permit to run.

use std::{sync::Arc, time::Duration};

use capstan_plan::{FileUse, Script};
use serde_json::{Map, Value as Json};

use super::{execution::Execution, sandbox};
use crate::{
    base::fault::{CapabilityFault, Fault},
    base::value::Value,
    template::scope::Scope,
};

/// Runs a script in a fresh sandbox; its `result` is the value.
pub(crate) async fn run(execution: &Execution<'_>, planned: &Script, scope: Scope<'_>) -> Result<Option<Value>, Fault> {
    let mut context = Map::new();
    for (name, template) in &planned.context {
        if let Some(value) = scope.eval(template)? {
            context.insert(name.to_string(), value.into_json().into_owned());
        }
    }
    let mut files = Vec::new();
    for (name, id) in &planned.files {
        if let FileUse::Script { folder } = &execution.files.get(*id)?.usage {
            files.push((folder.clone(), name.clone()));
        }
    }
    let host = Arc::clone(&execution.network.host);
    let limits = sandbox::Limits {
        timeout: Duration::from_millis(planned.timeout_ms),
        statements: planned.statements,
        ..sandbox::Limits::default()
    };
    let failed = |why: String| Fault::capability(CapabilityFault::ScriptFailed, why);
    let _turn = execution.scripts.acquire().await.map_err(|_| failed("the server is stopping".to_owned()))?;
    let work = tokio::task::spawn_blocking(move || {
        let mut texts = Vec::with_capacity(files.len());
        for (folder, file) in &files {
            let bytes =
                host.read_below(folder.as_ref(), file).map_err(|error| format!("`{file}` cannot be read: {error}"))?;
            texts.push(String::from_utf8(bytes).map_err(|_| format!("`{file}` is not UTF-8"))?);
        }
        let sources: Vec<sandbox::Source<'_>> =
            files.iter().zip(&texts).map(|((_, name), text)| sandbox::Source { name, text }).collect();
        sandbox::run(&sources, &Json::Object(context), &limits).map_err(|error| error.to_string())
    });
    let result = work.await.map_err(|_| failed("the script engine failed".to_owned()))?;
    result.map(|value| value.map(Value::Json)).map_err(failed)
}
