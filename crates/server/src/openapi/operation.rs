//! One route as operations of a document.

use capstan_plan::{Flow, Forward, Pattern, Rest, Route, Target};
use serde_json::{Map, Value, json};

use super::{
    answer,
    components::Components,
    inputs::{self, Taken},
    jobs,
    paths::Paths,
    problems::Facts,
    source::Source,
};

/// The methods of a route that answers all of them.
const ALL: &[&str] = &["get", "put", "post", "delete", "patch"];

/// Enters a route, unless another one answers the same requests: then it is reached at a path with its name.
pub(super) fn enter(source: &Source<'_>, route: &Route, paths: &mut Paths, components: &mut Components) {
    let facts = Facts { secured: source.requirement.is_some(), ..Facts::default() };
    match &route.unit.target {
        Target::Flow(id) => {
            if let Some(flow) = source.plan.flows.get(*id) {
                called(source, route, flow, facts, paths, components);
            }
        }
        Target::Forward(forward) => forwarded(source, route, forward, facts, paths, components),
        Target::Unavailable(_) => unavailable(source, route, facts, paths, components),
    }
}

fn called(
    source: &Source<'_>,
    route: &Route,
    flow: &Flow,
    facts: Facts,
    paths: &mut Paths,
    components: &mut Components,
) {
    let method = method(route);
    let Some(pattern) = reached(source.rest, route, &method, paths) else { return };
    let at = paths.at(&pattern);
    let Taken { mut parameters, body } = inputs::taken(route, flow, &at.names, components);
    let mut facts =
        Facts { body: body.is_some(), bindings: !flow.bindings.is_empty(), ..facts }.steps(source.plan, &flow.steps);
    let answers = answer::answers(route, flow, components);
    let mut responses = answers.clone();
    let jobs = jobs::routes(source, route, &pattern);
    if !jobs.is_empty() {
        facts.job = true;
        parameters.extend(jobs::parameters());
        responses.insert("202".to_owned(), jobs::accepted(components));
        streamed(&mut responses);
    }
    for (status, problem) in facts.responses(components) {
        responses.entry(status).or_insert(problem);
    }
    let id = paths.operation_id(&route.unit.name);
    paths.enter(&at, &method, operation(source, route, id, parameters, body, responses));
    jobs::enter(source, jobs, (route, &answers, facts), paths, components);
}

/// Who asks for events gets them instead of the answer.
fn streamed(responses: &mut Map<String, Value>) {
    for status in ["200", "2XX"] {
        if let Some(Value::Object(content)) = responses.get_mut(status).and_then(|answer| answer.get_mut("content")) {
            content.extend(jobs::stream());
            return;
        }
    }
    responses.entry("200").or_insert_with(jobs::events);
}

fn forwarded(
    source: &Source<'_>,
    route: &Route,
    forward: &Forward,
    facts: Facts,
    paths: &mut Paths,
    components: &mut Components,
) {
    let at = paths.at(&route.pattern);
    let facts = Facts { upstream: true, body: true, bindings: !forward.bindings.is_empty(), ..facts };
    let one = route.method.as_ref().map(|method| method.as_str().to_ascii_lowercase());
    let methods: Vec<&str> = one.as_deref().map_or_else(|| ALL.to_vec(), |method| vec![method]);
    for method in methods.iter().copied() {
        if paths.has(&at, method) {
            continue;
        }
        let mut parameters = inputs::of_path(route, &at.names);
        if let Some(rest) = &forward.rest {
            let text = "The rest of the path; it may have several segments.";
            for parameter in parameters.iter_mut().filter(|known| known.get("name") == Some(&json!(rest))) {
                parameter.as_object_mut().map(|members| members.insert("description".to_owned(), json!(text)));
            }
        }
        let body =
            (!matches!(method, "get" | "delete")).then(|| inputs::body(None, false, &["*/*".to_owned()], json!({})));
        let mut responses = facts.responses(components);
        responses.insert("2XX".to_owned(), answer::anything());
        responses.insert("3XX".to_owned(), answer::anything());
        let name =
            if methods.len() > 1 { format!("{}-{method}", route.unit.name) } else { route.unit.name.to_string() };
        let id = paths.operation_id(&name);
        paths.enter(&at, method, operation(source, route, id, parameters, body, responses));
    }
}

fn unavailable(source: &Source<'_>, route: &Route, facts: Facts, paths: &mut Paths, components: &mut Components) {
    let method = method(route);
    let Some(pattern) = reached(source.rest, route, &method, paths) else { return };
    let at = paths.at(&pattern);
    let responses = Facts { unavailable: true, ..facts }.responses(components);
    let id = paths.operation_id(&route.unit.name);
    let parameters = inputs::of_path(route, &at.names);
    paths.enter(&at, &method, operation(source, route, id, parameters, None, responses));
}

fn operation(
    source: &Source<'_>,
    route: &Route,
    id: String,
    parameters: Vec<Value>,
    body: Option<Value>,
    responses: Map<String, Value>,
) -> Value {
    let mut out = Map::from_iter([("operationId".to_owned(), json!(id))]);
    out.extend(route.unit.title.as_ref().map(|title| ("summary".to_owned(), json!(title))));
    out.extend(route.unit.description.as_ref().map(|text| ("description".to_owned(), json!(text))));
    if !parameters.is_empty() {
        out.insert("parameters".to_owned(), parameters.into());
    }
    out.extend(body.map(|body| ("requestBody".to_owned(), body)));
    out.insert("responses".to_owned(), responses.into());
    out.extend(source.requirement.clone().map(|security| ("security".to_owned(), security)));
    out.into()
}

fn method(route: &Route) -> String {
    route.method.as_ref().map_or("get", http::Method::as_str).to_ascii_lowercase()
}

/// The path a route is documented at: its own, or with its name where an earlier route has that (rule E1).
fn reached(rest: &Rest, route: &Route, method: &str, paths: &mut Paths) -> Option<Pattern> {
    let own = paths.at(&route.pattern);
    if !paths.has(&own, method) {
        return Some(route.pattern.clone());
    }
    let suffixed = crate::routing::routes::own_path(rest, route)?;
    let at = paths.at(&suffixed);
    (!paths.has(&at, method)).then_some(suffixed)
}
