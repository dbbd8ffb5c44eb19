//! What callers of a capability can rely on: its operations and tools with their parameters, where it listens, whom it calls.
//! Made from a plan whenever two are compared; nothing keeps it.

use std::collections::{BTreeMap, BTreeSet};

use capstan_plan::{Authenticator, Flow, Plan, Target, Unit, UnitRef};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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
        for exposure in &plan.exposures {
            let authentication = exposure.authenticator.as_ref().map(authentication);
            let name = exposure.kind.name();
            // A sole adapter is reached without its name.
            let several = plan.exposures.iter().filter(|other| other.kind.name() == name).count() > 1;
            let within = if several { format!("{} ", exposure.namespace) } else { String::new() };
            for unit in exposure.kind.units() {
                let (name, promise) = unit_promise(plan, unit, &within, authentication.as_deref());
                // Of duplicates the first is the one that is reached at the path.
                surface.units.entry(name).or_insert(promise);
            }
            let address = exposure.listen.address.as_deref().unwrap_or("localhost");
            if let Some(port) = exposure.listen.port {
                surface.listeners.insert(format!("{name} {address}:{port}"));
            }
        }
        surface.hosts = plan.clients.iter().filter_map(|client| host(&client.base_text)).collect();
        surface
    }
}

/// What one unit is called here, and what callers of it can rely on.
fn unit_promise(plan: &Plan, unit: UnitRef<'_>, within: &str, authentication: Option<&str>) -> (String, Promise) {
    let described = Promise { available: true, ..Promise::default() };
    match unit {
        UnitRef::Operation(route) => {
            let method = route.method.as_ref().map_or("*", http::Method::as_str);
            let flow = match &route.unit.target {
                Target::Flow(id) => plan.flows.get(*id),
                Target::Forward(_) | Target::Unavailable(_) => None,
            };
            let inputs = flow.map(inputs).unwrap_or_default();
            let promise = Promise { inputs, ..promise(&route.unit, authentication) };
            (format!("operation {within}{method} {}", route.pattern), promise)
        }
        UnitRef::Tool(tool) => {
            let promise = Promise {
                inputs: members(&tool.input_schema.members()),
                outputs: tool.output_schema.as_ref().map(|schema| kinds(&schema.members())).unwrap_or_default(),
                ..promise(&tool.unit, authentication)
            };
            (format!("tool {within}{}", tool.unit.name), promise)
        }
        UnitRef::Prompt(prompt) => {
            let argument = |a: &capstan_plan::PromptArgument| {
                (a.name.to_string(), Input { required: a.required, kind: "text".to_owned() })
            };
            let inputs = prompt.arguments.iter().map(argument).collect();
            (format!("prompt {within}{}", prompt.name), Promise { inputs, ..described })
        }
        UnitRef::Resource(resource) => (format!("resource {within}{}", resource.uri), described),
        UnitRef::Skill(skill) => (format!("skill {}", skill.name), described),
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
