//! Answers without an upstream: the first case whose condition holds.

use std::time::Duration;

use capstan_plan::{Mock, MockBody, MockCase, Template, header::is_reserved};
use http::{HeaderValue, StatusCode, header};
use serde_json::Value as Json;

use super::execution::Execution;
use crate::{
    base::fault::{CapabilityFault, Fault},
    request::headers::header_value,
    response::answer::{Answer, AnswerBody},
    template::computed::Computed,
    template::scope::Scope,
};

/// The answer of a mock.
pub(crate) async fn answer(execution: &Execution<'_>, mock: &Mock, scope: Scope<'_>) -> Result<Answer, Fault> {
    for case in &mock.cases {
        let applies = match &case.when {
            None => true,
            Some(when) => {
                let holds = |scope: Scope<'_>| Ok(scope.eval(when)?.is_some_and(|value| value.is_truthy()));
                execution.compute(scope, 0, holds).await?
            }
        };
        if applies {
            let answer = case_answer(execution, case, scope).await?;
            if case.delay_ms > 0 {
                tokio::time::sleep(Duration::from_millis(case.delay_ms)).await;
            }
            return Ok(answer);
        }
    }
    Ok(Answer::new(StatusCode::NO_CONTENT, AnswerBody::Empty))
}

/// A body that is JSON.
fn json(template: &Template, scope: Scope<'_>) -> Result<Option<Json>, Fault> {
    Ok(scope.eval(template)?.map(|value| value.into_json().into_owned()))
}

async fn case_answer(execution: &Execution<'_>, case: &MockCase, scope: Scope<'_>) -> Result<Answer, Fault> {
    for (slot, template) in &case.bound {
        let value = execution.compute(scope, 0, |scope| Ok(scope.eval(template)?.map(Computed::into_value))).await?;
        if let Some(value) = value {
            scope.frame.bind(*slot, value);
        }
    }
    let mut status = StatusCode::from_u16(case.status).unwrap_or(StatusCode::OK);
    let (body, media_type) = match &case.body {
        MockBody::None => (AnswerBody::Empty, None),
        MockBody::Json(template) => match execution.compute(scope, 0, |scope| json(template, scope)).await? {
            Some(value) => (AnswerBody::Json(value), Some("application/json")),
            None => {
                if status == StatusCode::OK {
                    status = StatusCode::NO_CONTENT;
                }
                (AnswerBody::Empty, None)
            }
        },
        MockBody::Text { media_type, content } => {
            let text = |scope: Scope<'_>| Ok(scope.eval(content)?.map(Computed::into_bytes).unwrap_or_default());
            let bytes = execution.compute(scope, 0, text).await?;
            (AnswerBody::Bytes(bytes), Some(&**media_type))
        }
        MockBody::File { file, media_type } => {
            let bytes = execution.files.content(*file)?.bytes().await;
            let bytes = bytes.map_err(|why| Fault::capability(CapabilityFault::FileUnreadable, why.to_string()))?;
            (AnswerBody::Bytes(bytes), Some(&**media_type))
        }
    };
    let mut answer = Answer::new(status, body);
    if let Some(media_type) = media_type.and_then(|m| HeaderValue::from_str(m).ok()) {
        answer.headers.insert(header::CONTENT_TYPE, media_type);
    }
    for (name, template) in &case.headers {
        if is_reserved(name) {
            continue;
        }
        let header = |scope: Scope<'_>| scope.text(template)?.map(|value| header_value(name, &value)).transpose();
        if let Some(value) = execution.compute(scope, 0, header).await? {
            answer.headers.insert(name.clone(), value);
        }
    }
    Ok(answer)
}
