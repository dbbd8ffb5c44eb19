//! A call of each unit of a plan, with examples for what it needs.

use capstan_engine::example;
use capstan_plan::{Flow, Place, Plan, Route, Target, Tool, UnitRef};
use serde_json::{Map, Value, json};

/// A test for each route and tool: how it is called, and nothing of what comes of it.
pub(super) fn calls(plan: &Plan) -> Vec<Value> {
    let units = plan.exposures.iter().flat_map(|exposure| exposure.kind.units());
    let call = |unit: UnitRef<'_>| match unit {
        UnitRef::Operation(route) => Some(request(plan, route)),
        UnitRef::Tool(tool) => Some(arguments(tool)),
        UnitRef::Prompt(_) | UnitRef::Resource(_) | UnitRef::Skill(_) => None,
    };
    units.filter_map(call).collect()
}

fn arguments(tool: &Tool) -> Value {
    let mut test = json!({"name": format!("{} answers", tool.unit.name), "tool": &*tool.unit.name});
    let arguments = example(&tool.input_schema).filter(|value| value.as_object().is_some_and(|all| !all.is_empty()));
    if let (Some(arguments), Some(members)) = (arguments, test.as_object_mut()) {
        members.insert("with".to_owned(), arguments);
    }
    test
}

fn request(plan: &Plan, route: &Route) -> Value {
    let flow = match &route.unit.target {
        Target::Flow(id) => plan.flows.get(*id),
        Target::Forward(_) | Target::Unavailable(_) => None,
    };
    let mut target = route.pattern.to_string();
    let mut query: Vec<String> = route.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let (mut headers, mut fields, mut body) = (Map::new(), Map::new(), None);
    for (place, value) in flow.into_iter().flat_map(|flow| needed(flow, route)) {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let encoded = percent_encoding::utf8_percent_encode(&text, percent_encoding::NON_ALPHANUMERIC).to_string();
        match place {
            Place::Path(name) => target = target.replace(&format!("{{{name}}}"), &encoded),
            Place::Query(name) => query.push(format!("{name}={encoded}")),
            Place::Header(name) => drop(headers.insert(name.to_string(), text.into())),
            Place::Field(name) => drop(fields.insert(name.to_string(), value)),
            Place::Body { .. } => body = Some(value),
            Place::Cookie(_)
            | Place::BodyPath(_)
            | Place::Environment(_)
            | Place::Request
            | Place::DeepQuery(_)
            | Place::QueryMembers(_) => {}
        }
    }
    if !query.is_empty() {
        target.push_str(&format!("?{}", query.join("&")));
    }
    let method = route.method.as_ref().map_or("GET", http::Method::as_str);
    let mut test = json!({"name": format!("{} answers", route.unit.name), "call": format!("{method} {target}")});
    let body = if fields.is_empty() { body } else { Some(Value::Object(fields)) };
    if let Some(members) = test.as_object_mut() {
        if !headers.is_empty() {
            members.insert("headers".to_owned(), headers.into());
        }
        if let Some(body) = body {
            members.insert("body".to_owned(), body);
        }
    }
    test
}

/// What a route needs, with where it looks first and an example.
fn needed<'r>(flow: &'r Flow, route: &'r Route) -> impl Iterator<Item = (&'r Place, Value)> {
    flow.inputs.iter().filter_map(|input| {
        let known = route.inputs.iter().find(|known| known.slot == input.slot)?;
        let place = known.places.first()?;
        let path = matches!(place, Place::Path(_));
        let value = (input.required || path).then(|| example(&input.schema).unwrap_or_else(|| json!("example")))?;
        Some((place, value))
    })
}
