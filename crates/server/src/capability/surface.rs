//! What callers of a capability can rely on: its operations and tools with their parameters, where it listens, whom it calls.
//! Made from a plan whenever two are compared; nothing keeps it.

mod diff;

use std::collections::{BTreeMap, BTreeSet};

use capstan_plan::{Authenticator, ExposureKind, Flow, Mcp, Plan, Rest, Target, Unit};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::diff::{Change, What, diff, of_one};

/// The contracts of a bundle, by capability.
pub type Surfaces = BTreeMap<String, Surface>;

/// What callers of one capability can rely on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surface {
    /// Operations (`GET /path`), tools, prompts and resources.
    pub units: BTreeMap<String, Promise>,
    /// The hosts it calls.
    pub hosts: BTreeSet<String>,
    /// The ports it asks for.
    pub listeners: BTreeSet<String>,
}

/// What callers of one operation or tool can rely on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// What it takes.
    pub inputs: BTreeMap<String, Input>,
    /// What its result has, when that is declared.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outputs: BTreeMap<String, String>,
    /// What it calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<String>,
    /// How callers prove themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authentication: Option<String>,
    /// Whether it can be called at all.
    pub available: bool,
}

/// One parameter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Whether it must be given.
    pub required: bool,
    /// Its type, in words.
    #[serde(rename = "type")]
    pub kind: String,
}

impl Surface {
    /// The surface of a plan.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let mut surface = Self::default();
        let count = |wanted: fn(&ExposureKind) -> bool| plan.exposures.iter().filter(|e| wanted(&e.kind)).count();
        let rests = count(|kind| matches!(kind, ExposureKind::Rest(_)));
        let mcps = count(|kind| matches!(kind, ExposureKind::Mcp(_)));
        for exposure in &plan.exposures {
            let authentication = exposure.authenticator.as_ref().map(authentication);
            // A sole adapter is reached without its name.
            let within = |several: bool| if several { format!("{} ", exposure.namespace) } else { String::new() };
            let kind = match &exposure.kind {
                ExposureKind::Rest(rest) => {
                    surface.rest(plan, rest, &within(rests > 1), authentication.as_deref());
                    "rest"
                }
                ExposureKind::Mcp(mcp) => {
                    surface.mcp(mcp, &within(mcps > 1), authentication.as_deref());
                    "mcp"
                }
                ExposureKind::Skill(skill) => {
                    for one in &skill.skills {
                        let promise = Promise { available: true, ..Promise::default() };
                        surface.units.insert(format!("skill {}", one.name), promise);
                    }
                    "skill"
                }
                ExposureKind::Control(_) => "control",
            };
            let address = exposure.listen.address.as_deref().unwrap_or("localhost");
            if let Some(port) = exposure.listen.port {
                surface.listeners.insert(format!("{kind} {address}:{port}"));
            }
        }
        surface.hosts = plan.clients.iter().filter_map(|client| host(&client.base_text)).collect();
        surface
    }

    fn rest(&mut self, plan: &Plan, rest: &Rest, within: &str, authentication: Option<&str>) {
        for route in &rest.routes {
            let method = route.method.as_ref().map_or("*", http::Method::as_str);
            let name = format!("operation {within}{method} {}", route.pattern);
            let flow = match &route.unit.target {
                Target::Flow(id) => plan.flows.get(*id),
                Target::Forward(_) | Target::Unavailable(_) => None,
            };
            let promise =
                Promise { inputs: flow.map(inputs).unwrap_or_default(), ..promise(&route.unit, authentication) };
            // Of duplicates the first is the one that is reached at the path.
            self.units.entry(name).or_insert(promise);
        }
    }

    fn mcp(&mut self, mcp: &Mcp, within: &str, authentication: Option<&str>) {
        for tool in &mcp.tools {
            let promise = Promise {
                inputs: members(&tool.input_schema.members()),
                outputs: tool.output_schema.as_ref().map(|schema| kinds(&schema.members())).unwrap_or_default(),
                ..promise(&tool.unit, authentication)
            };
            self.units.insert(format!("tool {within}{}", tool.unit.name), promise);
        }
        for prompt in &mcp.prompts {
            let argument = |a: &capstan_plan::PromptArgument| {
                (a.name.to_string(), Input { required: a.required, kind: "text".to_owned() })
            };
            let inputs = prompt.arguments.iter().map(argument).collect();
            let promise = Promise { inputs, available: true, ..Promise::default() };
            self.units.insert(format!("prompt {within}{}", prompt.name), promise);
        }
        for resource in &mcp.resources {
            let promise = Promise { available: true, ..Promise::default() };
            self.units.insert(format!("resource {within}{}", resource.uri), promise);
        }
    }
}

fn promise(unit: &Unit, authentication: Option<&str>) -> Promise {
    Promise {
        upstream: unit.upstream.as_deref().map(Into::into),
        authentication: authentication.map(Into::into),
        available: !matches!(unit.target, Target::Unavailable(_)),
        ..Promise::default()
    }
}

fn authentication(authenticator: &Authenticator) -> String {
    match authenticator {
        Authenticator::Bearer { .. } => "bearer".to_owned(),
        Authenticator::ApiKey { .. } => "API key".to_owned(),
        Authenticator::Basic { .. } => "basic".to_owned(),
        Authenticator::Digest { .. } => "digest".to_owned(),
        Authenticator::OAuth2(_) => "OAuth 2".to_owned(),
        Authenticator::Unsupported { kind, .. } => kind.to_string(),
    }
}

fn inputs(flow: &Flow) -> BTreeMap<String, Input> {
    let one = |input: &capstan_plan::Input| Input { required: input.required, kind: kind(&input.schema) };
    flow.inputs.iter().map(|input| (input.name.to_string(), one(input))).collect()
}

fn members(schema: &Map<String, Value>) -> BTreeMap<String, Input> {
    let required = |name: &str| {
        let list = schema.get("required").and_then(Value::as_array);
        list.is_some_and(|list| list.iter().any(|item| item == name))
    };
    let kinds = kinds(schema).into_iter();
    kinds.map(|(name, kind)| (name.clone(), Input { required: required(&name), kind })).collect()
}

fn kinds(schema: &Map<String, Value>) -> BTreeMap<String, String> {
    let members = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    members.map(|(name, schema)| (name.clone(), kind(schema))).collect()
}

/// The type a schema asks for, in words.
fn kind(schema: &Value) -> String {
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let values: Vec<String> = values.iter().map(Value::to_string).collect();
        return format!("one of {}", values.join(" "));
    }
    match schema.get("type") {
        Some(Value::String(name)) if name == "array" => match schema.get("items") {
            Some(items) => format!("array of {}", kind(items)),
            None => name.clone(),
        },
        Some(Value::String(name)) => name.clone(),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => "any".to_owned(),
    }
}

fn host(base: &str) -> Option<String> {
    match url::Url::parse(base) {
        Ok(url) => url.host_str().map(|host| match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }),
        Err(_) => (!base.trim().is_empty()).then(|| base.to_owned()),
    }
}
