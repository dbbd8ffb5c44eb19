//! `fail` steps: the caller is told why there is no answer, in the words of the author.

use capstan_plan::{Refusal, Template};
use http::StatusCode;

use super::execution::Execution;
use crate::{
    base::fault::{CallerFault, Fault},
    template::scope::Scope,
};

/// The fault that ends the flow.
pub(super) async fn run(execution: &Execution<'_>, planned: &Refusal, scope: Scope<'_>) -> Fault {
    let text = async |template: &Option<Template>| match template {
        None => Ok(None),
        Some(template) => {
            let text = |scope: Scope<'_>| Ok(scope.text(template)?.map(|text| text.into_owned()));
            execution.compute(scope, 0, text).await
        }
    };
    let (title, detail) = match (text(&planned.title).await, text(&planned.detail).await) {
        (Ok(title), Ok(detail)) => (title, detail),
        (Err(fault), _) | (_, Err(fault)) => return fault,
    };
    let mut fault = Fault::caller(CallerFault::Refused, detail.unwrap_or_default());
    fault.stated = StatusCode::from_u16(planned.status).ok();
    if let Some(title) = title {
        fault.title = title.into();
    }
    fault
}
