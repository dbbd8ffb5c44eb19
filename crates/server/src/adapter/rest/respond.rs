//! What became of a call as an HTTP answer: what nobody mapped is passed through.

use bytes::Bytes;
use capstan_engine::{Answer, AnswerBody, Fault, NoRoom, Overload, size, workers::IN_PLACE};
use capstan_plan::{Flow, Route};
use http::{HeaderValue, Method, Response, StatusCode, header};

use super::content::NO_ROOM;
use crate::{
    http::{access::AccessRecord, body::Body, problem},
    shared::Shared,
};

/// The answer for what a route was answered with.
pub(super) async fn outcome(
    shared: &Shared,
    outcome: Result<Answer, Fault>,
    route: &Route,
    flow: Option<&Flow>,
    record: &mut AccessRecord,
) -> Response<Body> {
    match outcome {
        Ok(answer) => respond(answer, shared).await,
        Err(fault) => {
            record.fault(&fault);
            problem::of_fault(&fault, &route.inputs, |name| {
                Some(flow?.inputs.iter().find(|input| *input.name == *name)?.slot)
            })
        }
    }
}

/// Bytes that wait for their caller to take them; few of them go at once.
fn kept(bytes: Bytes, shared: &Shared) -> Result<Bytes, Response<Body>> {
    if bytes.len() <= IN_PLACE {
        return Ok(bytes);
    }
    let kept = shared.engine.buffers().keep(bytes);
    kept.map_err(|NoRoom| problem::of_fault(&Fault::overload(Overload::Buffers, NO_ROOM), &[], |_| None))
}

async fn respond(answer: Answer, shared: &Shared) -> Response<Body> {
    let json = matches!(answer.body, AnswerBody::Json(_));
    let body = match answer.body {
        AnswerBody::Empty => Body::Empty,
        AnswerBody::Json(value) => {
            let write = || serde_json::to_vec(&value).unwrap_or_default();
            match kept(shared.engine.turns().run(size(&value), write).await.into(), shared) {
                Ok(bytes) => Body::Full(bytes),
                Err(refused) => return refused,
            }
        }
        AnswerBody::Bytes(bytes) => Body::Full(bytes),
        AnswerBody::Stream(stream) => Body::Upstream(stream),
    };
    let mut response = Response::new(body);
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    if json {
        let headers = response.headers_mut();
        headers.remove(header::CONTENT_LENGTH);
        headers.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
    }
    response
}

/// The answer where a path is known and the method is not.
pub(super) fn method_not_allowed(method: &Method, allowed: &[Method]) -> Response<Body> {
    let mut list: Vec<&str> = allowed.iter().map(Method::as_str).collect();
    list.push("OPTIONS");
    let list = list.join(", ");
    let mut response = if *method == Method::OPTIONS {
        let mut response = Response::new(Body::Empty);
        *response.status_mut() = StatusCode::NO_CONTENT;
        response
    } else {
        let detail = format!("{method} is not served here, only {list}");
        problem::plain(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", detail)
    };
    if let Ok(value) = HeaderValue::from_str(&list) {
        response.headers_mut().insert(header::ALLOW, value);
    }
    response
}
