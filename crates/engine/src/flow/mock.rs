//! Answers without an upstream: the first case whose condition holds.

use std::time::Duration;

use capstan_plan::{Mock, MockBody, MockCase, header::is_reserved};
use http::{HeaderValue, StatusCode, header};

use crate::{
    base::fault::{CapabilityFault, Fault},
    files::table::Files,
    request::headers::header_value,
    response::answer::{Answer, AnswerBody},
    template::computed::Computed,
    template::scope::Scope,
};

/// The answer of a mock.
pub(crate) async fn answer(files: &Files, mock: &Mock, scope: Scope<'_>) -> Result<Answer, Fault> {
    for case in &mock.cases {
        let applies = match &case.when {
            None => true,
            Some(when) => scope.eval(when)?.is_some_and(|value| value.is_truthy()),
        };
        if applies {
            let answer = case_answer(files, case, scope).await?;
            if case.delay_ms > 0 {
                tokio::time::sleep(Duration::from_millis(case.delay_ms)).await;
            }
            return Ok(answer);
        }
    }
    Ok(Answer::new(StatusCode::NO_CONTENT, AnswerBody::Empty))
}

async fn case_answer(files: &Files, case: &MockCase, scope: Scope<'_>) -> Result<Answer, Fault> {
    for (slot, template) in &case.bound {
        if let Some(value) = scope.eval(template)? {
            scope.frame.fill(*slot, value.into_value());
        }
    }
    let mut status = StatusCode::from_u16(case.status).unwrap_or(StatusCode::OK);
    let (body, media_type) = match &case.body {
        MockBody::None => (AnswerBody::Empty, None),
        MockBody::Json(template) => match scope.eval(template)? {
            Some(value) => (AnswerBody::Json(value.into_json().into_owned()), Some("application/json")),
            None => {
                if status == StatusCode::OK {
                    status = StatusCode::NO_CONTENT;
                }
                (AnswerBody::Empty, None)
            }
        },
        MockBody::Text { media_type, content } => {
            let bytes = scope.eval(content)?.map(Computed::into_bytes).unwrap_or_default();
            (AnswerBody::Bytes(bytes), Some(&**media_type))
        }
        MockBody::File { file, media_type } => {
            let bytes = files.content(*file)?.bytes().await;
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
        if let Some(value) = scope.text(template)? {
            let value = header_value(name, &value)?;
            answer.headers.insert(name.clone(), value);
        }
    }
    Ok(answer)
}
