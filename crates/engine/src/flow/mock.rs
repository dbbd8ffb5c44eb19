//! Answers without an upstream: the first case whose condition holds.

use std::time::Duration;

use capstan_plan::{Mock, MockBody, MockCase};
use http::{HeaderName, HeaderValue, StatusCode, header};

use crate::{
    base::fault::{CapabilityFault, Fault},
    base::value::Inputs,
    engine::{Engine, FlowState},
    request::build::header_value,
    response::answer::{Answer, AnswerBody},
    template::eval::{Scope, into_bytes},
};

/// The answer of a mock.
pub(crate) async fn answer(engine: &Engine, mock: &Mock, inputs: &Inputs, state: &FlowState) -> Result<Answer, Fault> {
    let scope = Scope::new(inputs, &engine.bindings, &state.functions);
    for case in &mock.cases {
        let applies = match &case.when {
            None => true,
            Some(when) => scope.eval(when)?.is_some_and(|value| value.truthy()),
        };
        if applies {
            let answer = case_answer(engine, case, inputs, scope)?;
            if case.delay_ms > 0 {
                tokio::time::sleep(Duration::from_millis(case.delay_ms)).await;
            }
            return Ok(answer);
        }
    }
    Ok(Answer::new(StatusCode::NO_CONTENT, AnswerBody::Empty))
}

fn case_answer(engine: &Engine, case: &MockCase, inputs: &Inputs, scope: Scope<'_>) -> Result<Answer, Fault> {
    for (slot, template) in &case.bound {
        if let Some(value) = scope.eval(template)? {
            inputs.fill(*slot, value.into_value());
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
            let bytes = scope.eval(content)?.map(into_bytes).unwrap_or_default();
            (AnswerBody::Bytes(bytes), Some(&**media_type))
        }
        MockBody::File { file, media_type } => {
            let path = &engine.file(*file)?.path;
            let bytes = engine.shared.host.read(path.as_str()).map_err(|error| {
                Fault::capability(CapabilityFault::FileUnreadable, format!("`{path}` cannot be read: {error}"))
            })?;
            (AnswerBody::Bytes(bytes.into()), Some(&**media_type))
        }
    };
    let mut answer = Answer::new(status, body);
    if let Some(media_type) = media_type.and_then(|m| HeaderValue::from_str(m).ok()) {
        answer.headers.insert(header::CONTENT_TYPE, media_type);
    }
    for (name, template) in &case.headers {
        let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else { continue };
        if crate::request::build::is_ours(&name) {
            continue;
        }
        if let Some(value) = scope.text(template)? {
            let value = header_value(&name, &value)?;
            answer.headers.insert(name, value);
        }
    }
    Ok(answer)
}
