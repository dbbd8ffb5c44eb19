//! The answer of an orchestration whose steps are done.

use capstan_plan::{Call, Flow, Format, Mapping, Outcome, Outputs, Step, StepKind};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value as Json};

use super::{call::respond, execution::Execution, mock, step_result::BufferedReply};
use crate::{
    base::fault::{Fault, FaultKind},
    base::value::Value,
    exchange::reply::Reply,
    response::answer::{Answer, AnswerBody},
    response::decode,
    response::format,
    response::headers::passed_on,
    response::shape::{self, wanted::Wanted},
    template::scope::Scope,
};

/// The flow's own answer, as its step left it.
pub(crate) enum Answered {
    /// Not read yet.
    Reply(Box<Reply>),
    /// Made already.
    Made(Box<Answer>),
}

/// The answer of a flow whose steps are done: `answered` is an answer nobody has read yet, `kept` one that was read for its value.
pub(crate) async fn answer(
    execution: &Execution<'_>,
    flow: &Flow,
    answered: Option<Answered>,
    kept: Option<Box<BufferedReply>>,
    scope: Scope<'_>,
) -> Result<Answer, Fault> {
    match &flow.outcome {
        Outcome::Mock(mock) => mock::answer(execution, mock, scope).await,
        Outcome::Response { step, outputs } => {
            let call = call_at(flow, *step)?;
            match (answered, kept) {
                (Some(Answered::Made(answer)), _) => Ok(*answer),
                (Some(Answered::Reply(reply)), _) => {
                    respond(execution, call, outputs, *reply, scope, Wanted::of(outputs).as_ref()).await
                }
                (None, Some(kept)) => again(execution, call, outputs, *kept, scope).await,
                (None, None) => Err(no_call()),
            }
        }
        Outcome::Output { step, outputs } => output(execution, flow.steps.get(*step), outputs, scope).await,
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

/// The output of a step, mapped; bytes go as they are.
async fn output(
    execution: &Execution<'_>,
    step: Option<&Step>,
    outputs: &Outputs,
    scope: Scope<'_>,
) -> Result<Answer, Fault> {
    let value = match step.and_then(|step| scope.frame.get(step.slot)) {
        None => return Ok(Answer::new(StatusCode::NO_CONTENT, AnswerBody::Empty)),
        Some(Value::Bytes { media_type, data }) => {
            let mut answer = Answer::new(StatusCode::OK, AnswerBody::Bytes(data.clone()));
            let media_type = media_type.as_deref().unwrap_or("application/octet-stream");
            if let Ok(media_type) = HeaderValue::from_str(media_type) {
                answer.headers.insert(header::CONTENT_TYPE, media_type);
            }
            return Ok(answer);
        }
        Some(Value::Json(json)) if matches!(outputs, Outputs::Identity) => json.clone(),
        Some(Value::Json(json)) => {
            let map = |scope| shape::apply(outputs, json.clone(), Format::Json, scope);
            execution.compute(scope, 0, map).await?
        }
    };
    let room = execution.room_for(&value)?;
    let mut answer = Answer { room, ..Answer::new(StatusCode::OK, AnswerBody::Json(value)) };
    answer.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(answer)
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
        // What a job yields is JSON, whatever its submit is answered with.
        let is_job = call.job.is_some();
        let format = if is_job { Format::Json } else { call.format };
        let decode = |body| match is_job {
            true => decode::json(body, &headers),
            false => decode::decode(execution.files, call, body, &headers),
        };
        let map = |scope| shape::apply(outputs, decode(&body)?, format, scope);
        let value = execution.compute(scope, format::weight(format, body.len()), map).await?;
        room = execution.room_for(&value)?;
        out.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        AnswerBody::Json(value)
    };
    Ok(Answer { status, headers: out, body, from_upstream_error: false, room })
}

fn no_call() -> Fault {
    Fault::new(FaultKind::Internal, "the flow has no call to answer with")
}
