//! The answer of an orchestration whose steps are done.

use capstan_plan::{Call, Flow, Mapping, Outcome, Outputs, StepKind};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value as Json};

use super::{call::respond, execution::Execution, mock, step_result::BufferedReply};
use crate::{
    base::fault::{Fault, FaultKind},
    exchange::reply::Reply,
    response::answer::{Answer, AnswerBody},
    response::decode,
    response::format,
    response::headers::passed_on,
    response::shape::{self, wanted::Wanted},
    template::scope::Scope,
};

/// The answer of a flow whose steps are done: `reply` is an answer nobody has read yet, `kept` one that was read for its value.
pub(crate) async fn answer(
    execution: &Execution<'_>,
    flow: &Flow,
    reply: Option<Box<Reply>>,
    kept: Option<Box<BufferedReply>>,
    scope: Scope<'_>,
) -> Result<Answer, Fault> {
    match &flow.outcome {
        Outcome::Mock(mock) => mock::answer(execution, mock, scope).await,
        Outcome::Response { step, outputs } => {
            let call = call_at(flow, *step)?;
            match (reply, kept) {
                (Some(reply), _) => {
                    respond(execution, call, outputs, *reply, scope, Wanted::of(outputs).as_ref()).await
                }
                (None, Some(kept)) => again(execution, call, outputs, *kept, scope).await,
                (None, None) => Err(no_call()),
            }
        }
        Outcome::Mapped { mappings, fallback } => {
            let object = execution.compute(scope, 0, |scope| mapped(mappings, scope)).await?;
            match (fallback, kept) {
                (Some((step, outputs)), Some(kept)) if object.is_empty() => {
                    again(execution, call_at(flow, *step)?, outputs, *kept, scope).await
                }
                _ => {
                    let object = Json::Object(object);
                    let room = execution.room_for(&object)?;
                    let mut answer = Answer { room, ..Answer::new(StatusCode::OK, AnswerBody::Json(object)) };
                    let json = HeaderValue::from_static("application/json");
                    answer.headers.insert(header::CONTENT_TYPE, json);
                    Ok(answer)
                }
            }
        }
    }
}

fn call_at(flow: &Flow, at: usize) -> Result<&Call, Fault> {
    match flow.steps.get(at).map(|step| &step.kind) {
        Some(StepKind::Call(call)) => Ok(call),
        _ => Err(no_call()),
    }
}

fn mapped(mappings: &[Mapping], scope: Scope<'_>) -> Result<Map<String, Json>, Fault> {
    let mut object = Map::new();
    for mapping in mappings {
        if let Some(value) = scope.eval(&mapping.value)? {
            shape::set(&mut object, &mapping.target, value);
        }
    }
    Ok(object)
}

/// The flow's answer from one that was read already.
async fn again(
    execution: &Execution<'_>,
    call: &Call,
    outputs: &Outputs,
    kept: BufferedReply,
    scope: Scope<'_>,
) -> Result<Answer, Fault> {
    let BufferedReply { status, headers, body } = kept;
    let identity = matches!(outputs, Outputs::Identity);
    let mut out = passed_on(&headers, identity, execution.secrets());
    let mut room = None;
    let body = if body.is_empty() {
        AnswerBody::Empty
    } else if identity {
        // The encoding was undone when it was read.
        out.remove(header::CONTENT_ENCODING);
        out.remove(header::CONTENT_LENGTH);
        AnswerBody::Bytes(body)
    } else {
        let map =
            |scope| shape::apply(outputs, decode::decode(execution.files, call, &body, &headers)?, call.format, scope);
        let value = execution.compute(scope, format::weight(call.format, body.len()), map).await?;
        room = execution.room_for(&value)?;
        out.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        AnswerBody::Json(value)
    };
    Ok(Answer { status, headers: out, body, from_upstream_error: false, room })
}

fn no_call() -> Fault {
    Fault::new(FaultKind::Internal, "the flow has no call to answer with")
}
