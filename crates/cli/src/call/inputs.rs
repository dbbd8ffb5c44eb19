//! What is asked of a unit: inputs by name become the request or the arguments that carry them.

use bytes::Bytes;
use capstan_plan::{Flow, Place, Plan, Route, SlotId, Target, Tool, suggest::nearest};
use capstan_server::inprocess::ToolCall;
use http::{Method, Request, header};
use serde_json::{Map, Value};

use super::unit::{Found, line};
use crate::{args::call::Call, read_file};

/// What an exposure is asked.
pub(super) enum Asked {
    /// A request.
    Http {
        /// The namespace of the exposure.
        namespace: String,
        /// The request.
        request: Request<Bytes>,
    },
    /// A tool.
    Tool {
        /// The namespace of the exposure.
        namespace: String,
        /// The call.
        call: ToolCall,
    },
}

/// Puts inputs where a unit looks for them.
pub(super) fn asked(plan: &Plan, unit: &Found<'_>, args: &Call) -> Result<Asked, String> {
    let inputs: Vec<(String, String)> = args
        .inputs
        .iter()
        .map(|(name, value)| Ok((name.clone(), read_file::value(value)?)))
        .collect::<Result<_, String>>()?;
    let body = args.json.as_deref().map(read_file::body).transpose()?;
    let namespace = unit.namespace().to_owned();
    match unit {
        Found::Tool(_, tool) => Ok(Asked::Tool { namespace, call: arguments(tool, &inputs, body.as_deref())? }),
        Found::Route(_, route, concrete) => {
            Ok(Asked::Http { namespace, request: request(plan, route, concrete.as_deref(), &inputs, body)? })
        }
    }
}

/// The arguments of a tool.
fn arguments(tool: &Tool, inputs: &[(String, String)], body: Option<&str>) -> Result<ToolCall, String> {
    let mut arguments = match body.map(serde_json::from_str::<Value>) {
        None => Map::new(),
        Some(Ok(Value::Object(members))) => members,
        Some(Ok(_)) => return Err("--json must be an object of arguments for a tool".to_owned()),
        Some(Err(error)) => return Err(format!("--json is no JSON: {error}")),
    };
    let schema: &Value = &tool.input_schema;
    let properties = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    for (name, value) in inputs {
        if !properties.contains_key(name) && tool.body.is_none() {
            return Err(unknown(
                name,
                &format!("the tool `{}`", tool.unit.name),
                properties.keys().map(String::as_str),
            ));
        }
        arguments.insert(name.clone(), typed(value, properties.get(name)));
    }
    Ok(ToolCall { name: tool.unit.name.to_string(), arguments, ..ToolCall::default() })
}

/// A request to a route.
fn request(
    plan: &Plan,
    route: &Route,
    concrete: Option<&str>,
    inputs: &[(String, String)],
    body: Option<String>,
) -> Result<Request<Bytes>, String> {
    let flow = match &route.unit.target {
        Target::Flow(id) => plan.flows.get(*id),
        Target::Forward(_) | Target::Unavailable(_) => None,
    };
    let mut draft = Draft {
        path: concrete.map_or_else(|| route.pattern.to_string(), str::to_owned),
        query: route.query.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
        ..Draft::default()
    };
    for (name, value) in inputs {
        let place = flow.and_then(|flow| place(flow, route, name));
        match place {
            Some((slot, place)) => draft.put(name, value, place, flow.and_then(|flow| schema(flow, slot))),
            None if flow.is_none() => draft.query.push((name.clone(), value.clone())),
            None => {
                let names = flow.map(|flow| flow.inputs.iter().map(|input| &*input.name).collect::<Vec<_>>());
                return Err(unknown(name, &format!("`{}`", line(route)), names.unwrap_or_default().into_iter()));
            }
        }
    }
    if let Some(open) = draft.path.find('{') {
        let name = draft.path.get(open + 1..).and_then(|rest| rest.split('}').next()).unwrap_or_default();
        return Err(format!("`{}` needs `{name}`: add {name}=VALUE", line(route)));
    }
    draft.request(route.method.clone().unwrap_or(Method::GET), body)
}

/// Where a route looks for an input first.
fn place<'r>(flow: &Flow, route: &'r Route, name: &str) -> Option<(SlotId, &'r Place)> {
    let input = flow.inputs.iter().find(|input| *input.name == *name)?;
    let known = route.inputs.iter().find(|known| known.slot == input.slot)?;
    let reachable = |place: &&Place| !matches!(place, Place::Environment(_) | Place::Request);
    Some((input.slot, known.places.iter().find(reachable)?))
}

fn schema(flow: &Flow, slot: SlotId) -> Option<&Value> {
    flow.inputs.iter().find(|input| input.slot == slot).map(|input| &*input.schema)
}

/// A request being put together.
#[derive(Default)]
struct Draft {
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    cookies: Vec<String>,
    fields: Map<String, Value>,
    body: Option<String>,
}

impl Draft {
    fn put(&mut self, name: &str, value: &str, place: &Place, schema: Option<&Value>) {
        match place {
            Place::Path(at) => self.path = self.path.replace(&format!("{{{at}}}"), &encoded(value)),
            Place::Query(at) => self.query.push((at.to_string(), value.to_owned())),
            Place::Header(at) => self.headers.push((at.to_string(), value.to_owned())),
            Place::Cookie(at) => self.cookies.push(format!("{at}={value}")),
            Place::Field(at) => drop(self.fields.insert(at.to_string(), typed(value, schema))),
            Place::Body { .. } => self.body = Some(value.to_owned()),
            Place::BodyPath(_)
            | Place::Environment(_)
            | Place::Request
            | Place::DeepQuery(_)
            | Place::QueryMembers(_) => {
                self.fields.insert(name.to_owned(), typed(value, schema));
            }
        }
    }

    fn request(mut self, method: Method, body: Option<String>) -> Result<Request<Bytes>, String> {
        let mut body = body.or(self.body.take());
        if !self.fields.is_empty() {
            let mut members = match body.as_deref().map(serde_json::from_str::<Value>) {
                None => Map::new(),
                Some(Ok(Value::Object(members))) => members,
                Some(_) => return Err("inputs of the body can only join a --json that is an object".to_owned()),
            };
            members.append(&mut self.fields);
            body = Some(Value::Object(members).to_string());
        }
        let mut target = self.path;
        for (nth, (name, value)) in self.query.iter().enumerate() {
            let sign = if nth == 0 && !target.contains('?') { '?' } else { '&' };
            target.push_str(&format!("{sign}{}={}", encoded(name), encoded(value)));
        }
        let mut request = Request::builder().method(method).uri(target.as_str());
        if let Some(body) = &body {
            let json = serde_json::from_str::<serde::de::IgnoredAny>(body).is_ok();
            request = request.header(header::CONTENT_TYPE, if json { "application/json" } else { "text/plain" });
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if !self.cookies.is_empty() {
            request = request.header(header::COOKIE, self.cookies.join("; "));
        }
        let request = request.body(Bytes::from(body.unwrap_or_default()));
        request.map_err(|error| format!("`{target}` makes no request: {error}"))
    }
}

/// A value as the type a schema asks for; text where that is allowed or nothing is said.
fn typed(value: &str, schema: Option<&Value>) -> Value {
    let types = match schema.and_then(|schema| schema.get("type")) {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    match types.contains(&"string") || schema.is_none() {
        true => Value::from(value),
        false => serde_json::from_str(value).unwrap_or_else(|_| Value::from(value)),
    }
}

fn unknown<'n>(name: &str, of: &str, names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.collect();
    match nearest(name, names.iter().copied()) {
        Some(near) => format!("{of} has no input `{name}`, did you mean `{near}`?"),
        None if names.is_empty() => format!("{of} has no input `{name}`: it takes none"),
        None => format!("{of} has no input `{name}`: it takes {}", names.join(", ")),
    }
}

/// Percent-encoded, so that a value stays one piece.
fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
