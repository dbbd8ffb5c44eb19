//! What callers of a capability can rely on: its operations and tools with what they take and give, where it listens, whom it
//! calls. Made from a plan whenever two are compared; nothing keeps it.

use std::collections::{BTreeMap, BTreeSet};

use capstan_plan::{
    Annotations, ApiKeyPlace, Authenticator, BindingId, Control, Exposure, ExposureKind, Flow, Place, Plan, Route,
    Target, Template, Tool, Transport, Unit, UnitRef,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{
    answer::Answer,
    job::{self, LongPromise},
    types::{self, Member, Type},
};
use crate::bundle::fingerprint::short;

/// The contracts of a bundle, by capability.
pub type Surfaces = BTreeMap<String, Surface>;

/// What callers of one capability can rely on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surface {
    /// Operations (`GET /path`), tools, prompts and resources.
    pub units: BTreeMap<String, Promise>,
    /// The hosts it calls.
    pub hosts: BTreeSet<String>,
    /// Where it asks to be reached.
    pub listeners: BTreeSet<String>,
    /// Names without a value, with the units that cannot be called without one. Known of what runs alone.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lacking: BTreeMap<String, BTreeSet<String>>,
}

/// What callers of one operation or tool can rely on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Promise {
    /// A title for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Prose for people and models.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What it takes.
    pub inputs: BTreeMap<String, Input>,
    /// What it gives, when it is something that is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// What takes long behind it, by the operation or the step.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub jobs: BTreeMap<String, LongPromise>,
    /// What it calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upstream: Option<String>,
    /// How callers prove themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authentication: Option<String>,
    /// What clients are told of how it behaves.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, bool>,
    /// Whether it can be called at all.
    pub available: bool,
}

/// One parameter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Input {
    /// Where it may stand in a request.
    #[serde(rename = "in", skip_serializing_if = "BTreeSet::is_empty")]
    pub places: BTreeSet<String>,
    /// What it is.
    #[serde(flatten)]
    pub member: Member,
}

impl Surface {
    /// The surface of a plan.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let mut surface = Self::default();
        for exposure in &plan.exposures {
            surface.exposure(plan, exposure);
        }
        surface.hosts = plan.clients.iter().filter_map(|client| host(&client.base_text)).collect();
        surface
    }

    /// The surface of a plan some of whose names have no value.
    #[must_use]
    pub fn lacking<'n>(plan: &Plan, names: impl Iterator<Item = &'n str>) -> Self {
        let mut surface = Self::of(plan);
        for name in names {
            let units = units(plan).filter(|(_, needs)| needs.contains(name)).map(|(unit, _)| unit).collect();
            surface.lacking.insert(name.to_owned(), units);
        }
        surface
    }

    /// What tells one contract from another: the same text for the same promises. Of names without a value those count that
    /// `before` does not lack too.
    #[must_use]
    pub fn hash(of: Option<&Self>, before: &Self) -> String {
        let mut hasher = Sha256::new();
        match of {
            None => hasher.update("removed"),
            Some(surface) => {
                let known = |name: &String| before.lacking.contains_key(name);
                let new = surface.lacking.iter().filter(|(name, _)| !known(name));
                let lacking = new.map(|(name, units)| (name.clone(), units.clone())).collect();
                let surface = Self { lacking, ..surface.clone() };
                hasher.update(serde_json::to_vec(&surface).unwrap_or_default());
            }
        }
        short(hasher)
    }

    fn exposure(&mut self, plan: &Plan, exposure: &Exposure) {
        let within = within(plan, exposure);
        let authentication = exposure.authenticator.as_ref().map(authentication);
        for unit in exposure.kind.units() {
            let mut promise = promise(plan, unit);
            promise.authentication.clone_from(&authentication);
            // Of duplicates the first is the one that is reached at the path.
            self.units.entry(name(&within, unit)).or_insert(promise);
        }
        if let ExposureKind::Control(control) = &exposure.kind {
            for endpoint in endpoints(control) {
                let promise = Promise { available: true, authentication: authentication.clone(), ..Promise::default() };
                self.units.entry(format!("control {within}{endpoint}")).or_insert(promise);
            }
        }
        let kind = exposure.kind.name();
        let address = exposure.listen.address.as_deref().unwrap_or("localhost");
        let place = match (&exposure.kind, exposure.listen.port) {
            (ExposureKind::Mcp(mcp), _) if mcp.transport == Transport::Stdio => format!("{kind} {within}on stdio"),
            (_, Some(port)) => format!("{kind} {address}:{port}"),
            (_, None) => format!("{kind} {within}{address} at any port"),
        };
        self.listeners.insert(place);
    }
}

/// What names of units begin with: a sole adapter is reached without its name.
fn within(plan: &Plan, exposure: &Exposure) -> String {
    let kind = exposure.kind.name();
    let several = plan.exposures.iter().filter(|other| other.kind.name() == kind).count() > 1;
    if several { format!("{} ", exposure.namespace) } else { String::new() }
}

/// What a unit is called.
fn name(within: &str, unit: UnitRef<'_>) -> String {
    match unit {
        UnitRef::Operation(route) => {
            let method = route.method.as_ref().map_or("*", http::Method::as_str);
            let pairs: Vec<String> = route.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let mark = if pairs.is_empty() { "" } else { "?" };
            format!("operation {within}{method} {}{mark}{}", route.pattern, pairs.join("&"))
        }
        UnitRef::Tool(tool) => format!("tool {within}{}", tool.unit.name),
        UnitRef::Prompt(prompt) => format!("prompt {within}{}", prompt.name),
        UnitRef::Resource(resource) => format!("resource {within}{}", resource.uri),
        UnitRef::Skill(skill) => format!("skill {within}{}", skill.name),
    }
}

/// What callers of one unit can rely on.
fn promise(plan: &Plan, unit: UnitRef<'_>) -> Promise {
    let described = Promise { available: true, ..Promise::default() };
    match unit {
        UnitRef::Operation(route) => operation(plan, route),
        UnitRef::Tool(tool) => self::tool(plan, tool),
        UnitRef::Prompt(prompt) => {
            let argument = |a: &capstan_plan::PromptArgument| {
                let description = text(a.description.as_deref());
                let member = Member { required: a.required, description, kind: Type::named("text") };
                (a.name.to_string(), Input { member, ..Input::default() })
            };
            let inputs = prompt.arguments.iter().map(argument).collect();
            let description = text(prompt.description.as_deref());
            Promise { title: text(prompt.title.as_deref()), description, inputs, ..described }
        }
        UnitRef::Resource(resource) => Promise {
            title: text(resource.title.as_deref()),
            description: text(resource.description.as_deref()),
            ..described
        },
        UnitRef::Skill(skill) => Promise { description: text(Some(&skill.description)), ..described },
    }
}

fn operation(plan: &Plan, route: &Route) -> Promise {
    let flow = flow(plan, &route.unit);
    let input = |input: &capstan_plan::Input| {
        let found = route.inputs.iter().find(|known| known.slot == input.slot);
        let places = found.into_iter().flat_map(|known| known.places.iter().map(place)).collect();
        let description = input.schema.get("description").and_then(serde_json::Value::as_str);
        let member = Member { required: input.required, description: text(description), kind: Type::of(&input.schema) };
        (input.name.to_string(), Input { places, member })
    };
    let inputs = flow.into_iter().flat_map(|flow| flow.inputs.iter().map(input)).collect();
    let jobs = flow.map(|flow| job::of(plan, flow)).unwrap_or_default();
    Promise { inputs, answer: answer(flow, &route.unit, route.answer.as_ref()), jobs, ..called(&route.unit) }
}

fn tool(plan: &Plan, tool: &Tool) -> Promise {
    let members = types::members(&tool.input_schema.members()).into_iter();
    Promise {
        inputs: members.map(|(name, member)| (name, Input { member, ..Input::default() })).collect(),
        answer: answer(flow(plan, &tool.unit), &tool.unit, tool.output_schema.as_ref()),
        jobs: flow(plan, &tool.unit).map(|flow| job::of(plan, flow)).unwrap_or_default(),
        annotations: annotations(tool.annotations),
        ..called(&tool.unit)
    }
}

fn called(unit: &Unit) -> Promise {
    Promise {
        title: text(unit.title.as_deref()),
        description: text(unit.description.as_deref()),
        upstream: text(unit.upstream.as_deref()),
        available: !matches!(unit.target, Target::Unavailable(_)),
        ..Promise::default()
    }
}

fn answer(flow: Option<&Flow>, unit: &Unit, declared: Option<&capstan_plan::Schema>) -> Option<Answer> {
    match (flow, &unit.target) {
        (Some(flow), _) => Some(Answer::of(flow, declared)),
        (None, Target::Forward(_)) => Some(Answer::default()),
        (None, _) => None,
    }
}

fn flow<'p>(plan: &'p Plan, unit: &Unit) -> Option<&'p Flow> {
    match &unit.target {
        Target::Flow(id) => plan.flows.get(*id),
        Target::Forward(_) | Target::Unavailable(_) => None,
    }
}

fn text(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

/// A place in a request, in words.
fn place(place: &Place) -> String {
    match place {
        Place::Path(name) => format!("path `{name}`"),
        Place::Query(name) => format!("query `{name}`"),
        Place::DeepQuery(name) => format!("query `{name}[]`"),
        Place::QueryMembers(names) => format!("query `{}`", names.join("`, `")),
        Place::Field(name) => format!("body field `{name}`"),
        Place::Header(name) => format!("header `{name}`"),
        Place::Cookie(name) => format!("cookie `{name}`"),
        Place::Body { .. } => "body".to_owned(),
        Place::BodyPath(selector) => format!("body at `{}`", selector.text()),
        Place::Environment(_) => "environment".to_owned(),
        Place::Request => "request".to_owned(),
    }
}

fn annotations(of: Annotations) -> BTreeMap<String, bool> {
    let Annotations { read_only, destructive, idempotent, open_world } = of;
    let all = [
        ("readOnlyHint", read_only),
        ("destructiveHint", destructive),
        ("idempotentHint", idempotent),
        ("openWorldHint", open_world),
    ];
    all.into_iter().filter_map(|(name, hint)| Some((name.to_owned(), hint?))).collect()
}

fn endpoints(control: &Control) -> impl Iterator<Item = &'static str> {
    let Control { health, info, reload, validate, metrics } = control;
    let all = [
        ("/health", *health),
        ("/status", *info),
        ("/config/reload", *reload),
        ("/config/validate", *validate),
        ("/metrics", *metrics),
    ];
    all.into_iter().filter_map(|(path, on)| on.then_some(path))
}

/// What callers must show, without what nobody may read.
fn authentication(authenticator: &Authenticator) -> String {
    match authenticator {
        Authenticator::Bearer { .. } => "bearer".to_owned(),
        Authenticator::ApiKey { place, name, .. } => {
            let place = match place {
                ApiKeyPlace::Header => "header",
                ApiKeyPlace::Query => "query",
                ApiKeyPlace::Cookie => "cookie",
            };
            match name {
                Template::Literal(name) => format!("API key in {place} {}", name.as_str().unwrap_or_default()),
                _ => format!("API key in {place}"),
            }
        }
        Authenticator::Basic { .. } => "basic".to_owned(),
        Authenticator::Digest { .. } => "digest".to_owned(),
        Authenticator::OAuth2(resource) => {
            let scopes: Vec<&str> = resource.scopes.iter().map(|scope| &**scope).collect();
            if scopes.is_empty() { "OAuth 2".to_owned() } else { format!("OAuth 2 with {}", scopes.join(" ")) }
        }
        Authenticator::Unsupported { kind, .. } => kind.to_string(),
    }
}

/// Every unit that is called, with the names it needs values for.
fn units(plan: &Plan) -> impl Iterator<Item = (String, BTreeSet<&str>)> {
    plan.exposures.iter().flat_map(move |exposure| {
        let within = within(plan, exposure);
        exposure.kind.units().into_iter().filter_map(move |unit| {
            let needs = needs(plan, exposure, unit.unit()?);
            Some((name(&within, unit), needs))
        })
    })
}

/// The names a unit needs values for: its own, and those of the check in front of it.
fn needs<'p>(plan: &'p Plan, exposure: &Exposure, unit: &Unit) -> BTreeSet<&'p str> {
    let mut all: Vec<BindingId> = match &unit.target {
        Target::Flow(id) => plan.flows.get(*id).map(|flow| flow.bindings.to_vec()).unwrap_or_default(),
        Target::Forward(forward) => forward.bindings.to_vec(),
        Target::Unavailable(_) => Vec::new(),
    };
    match &exposure.authenticator {
        Some(Authenticator::Bearer { token }) => token.bindings(&mut all),
        Some(Authenticator::ApiKey { name, value, .. }) => [name, value].iter().for_each(|of| of.bindings(&mut all)),
        Some(Authenticator::Basic { username, password } | Authenticator::Digest { username, password }) => {
            [username, password].iter().for_each(|of| of.bindings(&mut all));
        }
        Some(Authenticator::OAuth2(resource)) => {
            [&resource.authorization_server, &resource.resource].iter().for_each(|of| of.bindings(&mut all));
            resource.audience.iter().for_each(|of| of.bindings(&mut all));
        }
        Some(Authenticator::Unsupported { .. }) | None => {}
    }
    all.into_iter().filter_map(|id| Some(&*plan.bindings.get(id)?.name)).collect()
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
