//! The inputs of a route as parameters and a request body. An input that may stand in several places is documented at one of them: in
//! the body where the method has one, else in the query.

use std::collections::HashSet;

use capstan_plan::{Flow, Input, PathStep, Place, Route, Selector};
use serde_json::{Map, Value, json};

use super::{
    components::Components,
    media,
    schemas::{described, placed},
};

/// Headers whose descriptions as parameters are to be ignored (OpenAPI 3.1, 4.8.12).
const RESERVED: &[&str] = &["accept", "content-type", "authorization"];

/// Parameters and body of one operation.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) parameters: Vec<Value>,
    pub(super) body: Option<Value>,
}

/// The inputs of a route that runs a flow. `names` are its placeholders as the document has them.
pub(super) fn taken(route: &Route, flow: &Flow, names: &[String], components: &mut Components) -> Taken {
    let mut parameters = Parameters::new(route, names);
    let mut body = BodyParts::default();
    let has_body = route.method.as_ref().is_some_and(|method| matches!(method.as_str(), "POST" | "PUT" | "PATCH"));
    for input in &flow.inputs {
        let Some(found) = route.inputs.iter().find(|known| known.slot == input.slot) else { continue };
        let Some(place) = documented(&found.places, has_body) else { continue };
        let schema = || defaulted(input);
        let name = format!("{}-{}", route.unit.name, input.name);
        match place {
            Place::Path(at) => parameters.path(at, placed(&schema(), &name, components)),
            Place::Query(at) => parameters.add("query", at, input.required, placed(&schema(), &name, components)),
            Place::Header(at) if RESERVED.contains(&at.as_str()) => {}
            Place::Header(_) => {
                parameters.add("header", &input.name, input.required, placed(&schema(), &name, components));
            }
            Place::Cookie(at) => parameters.add("cookie", at, input.required, placed(&schema(), &name, components)),
            Place::Field(at) => body.field(&[at], input.required, placed(&schema(), &name, components)),
            Place::BodyPath(selector) => {
                if let Some(path) = fields(selector) {
                    body.field(&path, input.required, placed(&schema(), &name, components));
                }
            }
            Place::Body { .. } => body.whole = Some(input),
            // They follow the place under the input's own name, which is documented.
            Place::Environment(_) | Place::Request | Place::DeepQuery(_) | Place::QueryMembers(_) => {}
        }
    }
    let body = body.value(&route.unit.name, flow, components);
    Taken { parameters: parameters.done(), body }
}

/// The parameters of a route that takes what its path names, and nothing else that is known.
pub(super) fn of_path(route: &Route, names: &[String]) -> Vec<Value> {
    Parameters::new(route, names).done()
}

/// The place at which an input is documented.
fn documented(places: &[Place], has_body: bool) -> Option<&Place> {
    let field = || places.iter().find(|place| matches!(place, Place::Field(_) | Place::BodyPath(_)));
    match places.first()? {
        first @ Place::Query(_) if has_body => Some(field().unwrap_or(first)),
        first => Some(first),
    }
}

/// The schema of an input, with its default.
fn defaulted(input: &Input) -> Value {
    let mut schema = (*input.schema).clone();
    if schema.is_null() {
        schema = json!({});
    }
    if let (Some(members), Some(default)) = (schema.as_object_mut(), &input.default) {
        members.entry("default").or_insert_with(|| (**default).clone());
    }
    schema
}

/// The members a selector leads through, when it is a plain path of names.
fn fields(selector: &Selector) -> Option<Vec<&str>> {
    let names = selector.steps()?.iter().map(|step| match step {
        PathStep::Field(name) => Some(&**name),
        PathStep::Index(_) => None,
    });
    names.collect::<Option<Vec<_>>>().filter(|names| !names.is_empty())
}

/// Parameters in the order of the path, then of the inputs.
struct Parameters<'r> {
    route: &'r Route,
    /// The names of placeholders in the document, with what is known of them.
    path: Vec<(String, Value)>,
    others: Vec<Value>,
    seen: HashSet<(&'static str, String)>,
}

impl<'r> Parameters<'r> {
    fn new(route: &'r Route, names: &[String]) -> Self {
        let path = names.iter().map(|name| (name.clone(), json!({ "type": "string" }))).collect();
        let mut parameters = Self { route, path, others: Vec::new(), seen: HashSet::new() };
        // Pairs the request must carry.
        for (name, value) in &route.query {
            parameters.add("query", name, true, json!({ "type": "string", "const": value }));
        }
        parameters
    }

    fn path(&mut self, name: &str, schema: Value) {
        let at = self.route.pattern.params().position(|param| param == name);
        if let Some((_, known)) = at.and_then(|at| self.path.get_mut(at)) {
            *known = schema;
        }
    }

    fn add(&mut self, place: &'static str, name: &str, required: bool, schema: Value) {
        let key = if place == "header" { name.to_ascii_lowercase() } else { name.to_owned() };
        if self.seen.insert((place, key)) {
            self.others.push(parameter(place, name, required, schema));
        }
    }

    fn done(self) -> Vec<Value> {
        let path = self.path.into_iter().map(|(name, schema)| parameter("path", &name, true, schema));
        path.chain(self.others).collect()
    }
}

/// A parameter. An object in a query is JSON.
pub(super) fn parameter(place: &str, name: &str, required: bool, schema: Value) -> Value {
    let (schema, description) = described(schema);
    let mut out = Map::from_iter([("name".to_owned(), json!(name)), ("in".to_owned(), json!(place))]);
    out.extend(description.map(|text| ("description".to_owned(), text)));
    if required {
        out.insert("required".to_owned(), json!(true));
    }
    if schema.get("deprecated") == Some(&json!(true)) {
        out.insert("deprecated".to_owned(), json!(true));
    }
    if schema.get("type") == Some(&json!("object")) {
        out.insert("content".to_owned(), json!({ "application/json": { "schema": schema } }));
    } else {
        out.insert("schema".to_owned(), schema);
    }
    out.into()
}

/// The parts of a request body.
#[derive(Default)]
struct BodyParts<'p> {
    whole: Option<&'p Input>,
    properties: Map<String, Value>,
    required: Vec<Value>,
}

impl BodyParts<'_> {
    /// A field, which may lie inside objects.
    fn field(&mut self, path: &[impl AsRef<str>], required: bool, schema: Value) {
        let Some((first, rest)) = path.split_first() else { return };
        let first = first.as_ref();
        if required && !self.required.contains(&json!(first)) {
            self.required.push(json!(first));
        }
        let mut at = self.properties.entry(first).or_insert_with(|| json!({}));
        for name in rest {
            let Value::Object(members) = at else { return };
            members.entry("type").or_insert_with(|| json!("object"));
            let properties = members.entry("properties").or_insert_with(|| json!({}));
            let Value::Object(properties) = properties else { return };
            at = properties.entry(name.as_ref()).or_insert_with(|| json!({}));
        }
        *at = schema;
    }

    fn value(self, unit: &str, flow: &Flow, components: &mut Components) -> Option<Value> {
        let Some(whole) = self.whole else {
            if self.properties.is_empty() {
                return None;
            }
            let is_required = !self.required.is_empty();
            let mut schema = json!({ "type": "object", "properties": self.properties });
            if let (Value::Object(members), true) = (&mut schema, is_required) {
                members.insert("required".to_owned(), self.required.into());
            }
            return Some(body(None, is_required, &media::of_fields(flow), schema));
        };
        let schema = defaulted(whole);
        let is_described = schema.as_object().is_some_and(|members| members.keys().any(|key| key != "description"));
        let media = media::of_whole(flow, is_described);
        let (schema, description) = described(placed(&schema, &format!("{unit}-body"), components));
        let (mut schema, mut required) = (schema, whole.required);
        if !self.properties.is_empty() {
            required |= !self.required.is_empty();
            let mut fields = json!({ "type": "object", "properties": self.properties });
            if let (Value::Object(members), false) = (&mut fields, self.required.is_empty()) {
                members.insert("required".to_owned(), self.required.into());
            }
            schema = if is_described { json!({ "allOf": [fields, schema] }) } else { fields };
        }
        Some(body(description, required, &media, schema))
    }
}

/// A request body that may come as each of these media types.
pub(super) fn body(description: Option<Value>, required: bool, media: &[String], schema: Value) -> Value {
    let mut out = Map::new();
    out.extend(description.map(|text| ("description".to_owned(), text)));
    if required {
        out.insert("required".to_owned(), json!(true));
    }
    let of = |name: &String| match media::has_members(name) {
        true => (name.clone(), json!({ "schema": schema })),
        false if name.starts_with("text/") => (name.clone(), json!({ "schema": { "type": "string" } })),
        false => (name.clone(), json!({})),
    };
    out.insert("content".to_owned(), Value::Object(media.iter().map(of).collect()));
    out.into()
}
