//! A plan as a value that can be read: what is consumed, and each unit with what it takes and what it does.

use capstan_plan::{
    Authenticator, Binding, BindingSource, Client, Credential, Exposure, Place, Plan, Reading, Route, Target, Tool,
    Unit, UnitRef,
};
use serde_json::{Map, Value, json};

use super::{flow, template::Names};

/// Everything but the values of bindings.
pub(super) fn shown(plan: &Plan) -> Value {
    let mut out = Map::new();
    let info = &plan.info;
    out.insert("label".to_owned(), (&*info.label).into());
    for (name, value) in
        [("dialect", &info.dialect), ("dialectVersion", &info.spec_version), ("version", &info.version)]
    {
        out.extend(value.as_ref().map(|value| (name.to_owned(), (&**value).into())));
    }
    if let Some(sandbox) = &plan.sandbox {
        let origins: Vec<&str> = sandbox.origins.iter().map(|origin| &**origin).collect();
        out.insert("standsInFor".to_owned(), origins.into());
    }
    let clients: Vec<Value> = plan.clients.iter().map(client).collect();
    let exposures: Vec<Value> = plan.exposures.iter().map(|exposed| exposure(plan, exposed)).collect();
    let files: Vec<String> = plan.files.iter().map(|file| file.path.to_string()).collect();
    out.insert("consumes".to_owned(), clients.into());
    out.insert("exposes".to_owned(), exposures.into());
    out.insert("files".to_owned(), files.into());
    out.into()
}

/// A binding, and whether it has a value.
pub(super) fn binding(binding: &Binding, set: bool) -> Value {
    let from = match &binding.source {
        BindingSource::Environment { key } => format!("variable {key}"),
        BindingSource::File { path, key } => format!("{key} in {path}"),
    };
    json!({"name": &*binding.name, "from": from, "value": if set { "***" } else { "(not set)" }, "line": binding.origin.line})
}

fn client(client: &Client) -> Value {
    let mut out = Map::new();
    out.insert("namespace".to_owned(), (&*client.namespace).into());
    out.insert("baseUri".to_owned(), (&*client.base_text).into());
    out.extend(client.credential.as_ref().map(|credential| ("authentication".to_owned(), kind(credential).into())));
    out.insert("line".to_owned(), client.origin.line.into());
    out.into()
}

fn kind(credential: &Credential) -> String {
    let name = match credential {
        Credential::Bearer { .. } => "bearer",
        Credential::Basic { .. } => "basic",
        Credential::Fields(_) => "apikey",
        Credential::Digest { .. } => "digest",
        Credential::OAuth2 { .. } => "oauth2",
        Credential::OAuth1 { .. } => "oauth1",
        Credential::Hmac { .. } => "hmac",
        Credential::AwsSigV4 { .. } => "aws-sig-v4",
        Credential::Certificate { .. } => "certificate",
        Credential::Unavailable { .. } => "unavailable",
    };
    let places: Vec<String> =
        credential.occupies().into_iter().map(|(place, name)| format!("{place:?} {name}").to_lowercase()).collect();
    if places.is_empty() { name.to_owned() } else { format!("{name} in {}", places.join(", ")) }
}

fn exposure(plan: &Plan, exposure: &Exposure) -> Value {
    let mut out = Map::new();
    out.insert("namespace".to_owned(), (&*exposure.namespace).into());
    out.insert("type".to_owned(), exposure.kind.name().into());
    out.extend(exposure.listen.port.map(|port| ("port".to_owned(), port.into())));
    out.extend(exposure.authenticator.as_ref().map(|check| ("authentication".to_owned(), check_name(check).into())));
    let units: Vec<Value> = exposure.kind.units().into_iter().map(|unit| self::unit(plan, unit)).collect();
    if !units.is_empty() {
        out.insert("units".to_owned(), units.into());
    }
    out.into()
}

fn check_name(check: &Authenticator) -> &'static str {
    match check {
        Authenticator::Bearer { .. } => "bearer",
        Authenticator::ApiKey { .. } => "apikey",
        Authenticator::Basic { .. } => "basic",
        Authenticator::Digest { .. } => "digest",
        Authenticator::OAuth2(_) => "oauth2",
        Authenticator::Unsupported { .. } => "unsupported",
    }
}

fn unit(plan: &Plan, unit: UnitRef<'_>) -> Value {
    match unit {
        UnitRef::Operation(route) => operation(plan, route),
        UnitRef::Tool(tool) => self::tool(plan, tool),
        UnitRef::Prompt(prompt) => {
            let arguments: Vec<&str> = prompt.arguments.iter().map(|argument| &*argument.name).collect();
            json!({"prompt": &*prompt.name, "arguments": arguments, "line": prompt.origin.line})
        }
        UnitRef::Resource(resource) => {
            json!({"resource": &*resource.name, "uri": &*resource.uri, "line": resource.origin.line})
        }
        UnitRef::Skill(skill) => json!({"skill": &*skill.name, "line": skill.origin.line}),
    }
}

fn operation(plan: &Plan, route: &Route) -> Value {
    let mut out = Map::new();
    let method = route.method.as_ref().map_or("ANY", http::Method::as_str);
    out.insert("route".to_owned(), format!("{method} {}", route.pattern).into());
    out.insert("name".to_owned(), (&*route.unit.name).into());
    common(&mut out, plan, &route.unit, |slot| {
        let found = route.inputs.iter().find(|input| input.slot == slot);
        found.map(|input| input.places.iter().map(place).collect()).unwrap_or_default()
    });
    out.into()
}

fn tool(plan: &Plan, tool: &Tool) -> Value {
    let mut out = Map::new();
    out.insert("tool".to_owned(), (&*tool.unit.name).into());
    common(&mut out, plan, &tool.unit, |slot| {
        let named = tool.arguments.iter().find(|(_, known)| *known == slot).map(|(name, _)| format!("argument {name}"));
        let rest = || tool.body.as_ref().filter(|body| body.slot == slot).map(|_| "all other arguments".to_owned());
        named.or_else(rest).into_iter().collect()
    });
    out.into()
}

/// What every kind of unit says: whether it runs as declared, its inputs, and what it does.
fn common(
    out: &mut Map<String, Value>,
    plan: &Plan,
    unit: &Unit,
    places: impl Fn(capstan_plan::SlotId) -> Vec<String>,
) {
    out.insert("line".to_owned(), unit.origin.line.into());
    if unit.reading == Reading::Interpreted {
        out.insert("reading".to_owned(), "by interpretation".into());
    }
    match &unit.target {
        Target::Flow(id) => {
            if let Some(flow) = plan.flows.get(*id) {
                flow::shown(out, plan, flow, places);
            }
        }
        Target::Forward(forward) => {
            let names = Names { plan, flow: None };
            out.insert("forwards".to_owned(), flow::request(&names, &forward.request));
        }
        Target::Unavailable(why) => {
            out.insert("unavailable".to_owned(), format!("{} [{}]", why.message, why.code).into());
        }
    }
}

/// Where an input is looked for.
fn place(place: &Place) -> String {
    match place {
        Place::Path(name) => format!("path {name}"),
        Place::Query(name) => format!("query {name}"),
        Place::DeepQuery(name) => format!("query {name}[]"),
        Place::QueryMembers(names) => format!("query {}", names.join(", ")),
        Place::Field(name) => format!("body field {name}"),
        Place::Header(name) => format!("header {name}"),
        Place::Cookie(name) => format!("cookie {name}"),
        Place::Body { .. } => "body".to_owned(),
        Place::BodyPath(selector) => format!("body {}", selector.text()),
        Place::Environment(_) => "environment".to_owned(),
        Place::Request => "the whole request".to_owned(),
    }
}
