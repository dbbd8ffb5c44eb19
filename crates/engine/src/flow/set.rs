//! `set` steps: a computed value.

use capstan_plan::Template;

use super::execution::Execution;
use crate::{base::fault::Fault, base::value::Value, template::computed::Computed, template::scope::Scope};

/// The value of a template; nothing when it is absent.
pub(super) async fn run(
    execution: &Execution<'_>,
    planned: &Template,
    scope: Scope<'_>,
) -> Result<Option<Value>, Fault> {
    execution.compute(scope, 0, |scope| Ok(scope.eval(planned)?.map(Computed::into_value))).await
}
