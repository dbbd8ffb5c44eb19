//! What an operation answers when all goes well.

use capstan_plan::{Flow, Mock, MockBody, Outcome, Outputs, Route, Schema, Template};
use serde_json::{Map, Value, json};

use super::{components::Components, schemas::placed};

const JSON: &str = "application/json";
const ANY: &str = "*/*";

/// The answers of success of a route that runs a flow, by status.
pub(super) fn answers(route: &Route, flow: &Flow, components: &mut Components) -> Map<String, Value> {
    let schema = route.answer.as_ref();
    match &flow.outcome {
        Outcome::Mock(mock) => mocked(mock, route, components),
        Outcome::Response { outputs, .. } => passed(content(outputs, schema, route, components)),
        Outcome::Mapped { fallback: Some((_, outputs)), .. } => {
            let mut answers = passed(content(outputs, None, route, components));
            answers.insert("200".to_owned(), answer(Some(of_json(schema, route, components))));
            answers
        }
        Outcome::Mapped { fallback: None, .. } => one("200", Some(of_json(schema, route, components))),
        Outcome::Output { outputs, .. } => {
            let mut answers = one("200", Some(content(outputs, schema, route, components)));
            answers.insert("204".to_owned(), answer(None));
            answers
        }
    }
}

/// The answer of a proxy: whatever the upstream answers.
pub(super) fn anything() -> Value {
    json!({ "description": "What the upstream answers, as it comes.", "content": { ANY: {} } })
}

/// The statuses of an upstream are passed on, and so is that there is no body.
fn passed(content: Value) -> Map<String, Value> {
    Map::from_iter([("2XX".to_owned(), answer(Some(content))), ("204".to_owned(), answer(None))])
}

fn one(status: &str, content: Option<Value>) -> Map<String, Value> {
    Map::from_iter([(status.to_owned(), answer(content))])
}

fn answer(content: Option<Value>) -> Value {
    match content {
        Some(content) => json!({ "description": "The answer.", "content": content }),
        None => json!({ "description": "Done; there is nothing to say." }),
    }
}

/// What is answered, mapped or as it comes.
fn content(outputs: &Outputs, schema: Option<&Schema>, route: &Route, components: &mut Components) -> Value {
    match (outputs, schema) {
        (Outputs::Identity, None) => json!({ ANY: {} }),
        (_, schema) => of_json(schema, route, components),
    }
}

fn of_json(schema: Option<&Schema>, route: &Route, components: &mut Components) -> Value {
    let name = format!("{}-answer", route.unit.name);
    let schema = schema.map_or_else(|| json!({}), |schema| placed(schema, &name, components));
    json!({ JSON: { "schema": schema } })
}

/// The answers a mock gives, one for each status.
fn mocked(mock: &Mock, route: &Route, components: &mut Components) -> Map<String, Value> {
    let mut answers = Map::new();
    for case in &mock.cases {
        let content = match &case.body {
            MockBody::None => None,
            MockBody::Text { media_type, .. } | MockBody::File { media_type, .. } => {
                Some(Map::from_iter([(media_type.to_string(), json!({}))]).into())
            }
            MockBody::Json(_) if case.status < 300 => Some(of_json(route.answer.as_ref(), route, components)),
            MockBody::Json(_) => Some(json!({ JSON: {} })),
        };
        if case.status == 200 && is_optional(&case.body) {
            answers.insert("204".to_owned(), answer(None));
        }
        add(&mut answers, &case.status.to_string(), content);
    }
    // No case may hold.
    if mock.cases.iter().all(|case| case.when.is_some()) {
        answers.entry("204").or_insert_with(|| answer(None));
    }
    answers
}

/// Whether a body may have no value, so that there is none.
fn is_optional(body: &MockBody) -> bool {
    matches!(body, MockBody::Json(template) if !matches!(template, Template::Literal(_) | Template::Object(_) | Template::List(_)))
}

/// Adds what is answered with a status to what else is.
fn add(answers: &mut Map<String, Value>, status: &str, content: Option<Value>) {
    let known = answers.entry(status).or_insert_with(|| answer(None));
    let (Value::Object(known), Some(Value::Object(content))) = (known, content) else { return };
    known.insert("description".to_owned(), json!("The answer."));
    if let Value::Object(all) = known.entry("content").or_insert_with(|| json!({})) {
        all.extend(content);
    }
}
