//! What a unit does: its inputs, the requests it makes, and what it answers.

use capstan_plan::{Body, Flow, Outcome, Part, PathPart, Plan, Request, SlotId, StepKind};
use serde_json::{Map, Value, json};

use super::{long, template::Names};

/// Adds what a flow takes and does.
pub(super) fn shown(out: &mut Map<String, Value>, plan: &Plan, flow: &Flow, places: impl Fn(SlotId) -> Vec<String>) {
    let names = Names { plan, flow: Some(flow) };
    let inputs: Vec<Value> = flow
        .inputs
        .iter()
        .map(|input| {
            let mut all = Map::new();
            all.insert("name".to_owned(), (&*input.name).into());
            let found = places(input.slot);
            if !found.is_empty() {
                all.insert("from".to_owned(), found.join(", else ").into());
            }
            if input.required {
                all.insert("required".to_owned(), true.into());
            }
            all.extend(input.default.as_ref().map(|value| ("default".to_owned(), (**value).clone())));
            all.insert("schema".to_owned(), Value::Object(input.schema.members()));
            all.insert("line".to_owned(), input.origin.line.into());
            all.into()
        })
        .collect();
    if !inputs.is_empty() {
        out.insert("inputs".to_owned(), inputs.into());
    }
    let mut steps: Vec<Value> = flow.steps.iter().map(|step| self::step(&names, step)).collect();
    match steps.len() {
        0 => {}
        1 => {
            let only = steps.pop().and_then(|mut step| step.get_mut("request").map(Value::take));
            out.extend(only.map(|request| ("request".to_owned(), request)));
        }
        _ => drop(out.insert("steps".to_owned(), steps.into())),
    }
    out.insert("answers".to_owned(), answers(&names, flow));
}

fn step(names: &Names<'_>, step: &capstan_plan::Step) -> Value {
    let mut out = Map::new();
    out.insert("name".to_owned(), (&*step.name).into());
    match &step.kind {
        StepKind::Call(call) => {
            let mut request = request(names, &call.request);
            if let Some(members) = request.as_object_mut() {
                members.insert("answerIs".to_owned(), call.format.name().into());
                let job = call.job.and_then(|begun| names.plan.jobs.get(begun.job));
                members.extend(job.map(|job| ("job".to_owned(), (*job.polling.block).clone())));
            }
            out.insert("request".to_owned(), request);
        }
        StepKind::Lookup(lookup) => {
            let found =
                json!({"in": names.text(&lookup.index), "where": &*lookup.matches, "is": names.text(&lookup.value)});
            out.insert("lookup".to_owned(), found);
        }
        StepKind::Script(script) => {
            let files: Vec<&str> = script.files.iter().map(|(name, _)| &**name).collect();
            out.insert("script".to_owned(), files.join(", ").into());
        }
        kind => drop(out.insert("step".to_owned(), long::step(names, kind, self::step))),
    }
    out.insert("line".to_owned(), step.origin.line.into());
    out.into()
}

/// A request as it will be sent.
pub(super) fn request(names: &Names<'_>, request: &Request) -> Value {
    let mut out = Map::new();
    let client = names.plan.clients.get(request.client);
    let base = client.map_or("", |client| &client.base_text);
    let path: String = request
        .path
        .iter()
        .map(|part| match part {
            PathPart::Literal(text) => text.to_string(),
            PathPart::Value { value, .. } => names.text(value),
            PathPart::Segment { value, .. } => format!("/{}", names.text(value)),
        })
        .collect();
    out.insert("operation".to_owned(), (&*request.name).into());
    out.insert("method".to_owned(), request.method.as_str().into());
    out.insert("url".to_owned(), format!("{}{path}", base.trim_end_matches('/')).into());
    let pairs = |all: Vec<(String, Value)>| Value::Object(all.into_iter().collect());
    let query: Vec<_> =
        request.query.iter().map(|part| (part.name.to_string(), names.value(&part.name, &part.value))).collect();
    let headers =
        request.headers.iter().map(|part| (part.name.to_string(), names.value(part.name.as_str(), &part.value)));
    let headers: Vec<_> = headers.collect();
    let cookies: Vec<_> =
        request.cookies.iter().map(|(name, value)| (name.to_string(), names.value(name, value))).collect();
    for (name, all) in [("query", query), ("headers", headers), ("cookies", cookies)] {
        if !all.is_empty() {
            out.insert(name.to_owned(), pairs(all));
        }
    }
    match &request.body {
        Body::None => {}
        Body::Json(value) => drop(out.insert("json".to_owned(), names.value("", value))),
        Body::Form(value) => drop(out.insert("form".to_owned(), names.value("", value))),
        Body::Multipart(parts) => {
            let part = |part: &Part| json!({"name": names.text(&part.name), "value": names.text(&part.value)});
            out.insert("multipart".to_owned(), parts.iter().map(part).collect());
        }
        Body::MultipartObject(value) => drop(out.insert("multipart".to_owned(), names.value("", value))),
        Body::Text { media_type, content } => {
            out.insert("body".to_owned(), names.text(content).into());
            out.insert("contentType".to_owned(), (&**media_type).into());
        }
        Body::Encoded(body) => {
            out.insert("body".to_owned(), names.value("", &body.content));
            out.insert("contentType".to_owned(), (&*body.media_type).into());
        }
        Body::Inbound(value) => drop(out.insert("body".to_owned(), names.text(value).into())),
    }
    out.insert("line".to_owned(), request.origin.line.into());
    out.into()
}

fn answers(names: &Names<'_>, flow: &Flow) -> Value {
    match &flow.outcome {
        Outcome::Response { outputs, .. } | Outcome::Output { outputs, .. } => names.outputs(outputs),
        Outcome::Mapped { mappings, fallback } => {
            let mut all = Map::new();
            for mapping in mappings {
                all.insert(mapping.target.join("."), names.value("", &mapping.value));
            }
            all.extend(fallback.as_ref().map(|(_, outputs)| ("...".to_owned(), names.outputs(outputs))));
            all.into()
        }
        Outcome::Mock(mock) => format!("a constant answer, one of {} cases", mock.cases.len()).into(),
    }
}
