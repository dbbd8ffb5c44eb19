//! The text of the capability: what is consumed with what the document does not say, what is exposed as REST and as tools.

use std::collections::HashSet;

use capstan_plan::Pattern;
use serde_json::{Map, Value, json};

use super::{
    groups::{Group, Operation},
    names::slug,
};
use crate::openapi::{OpenApi, TypedOperation};

/// Where REST is served until somebody says otherwise.
const REST_PORT: u16 = 8080;

/// The same for tools.
const MCP_PORT: u16 = 9090;

/// The capability as a value.
pub(super) fn capability(name: &str, document: &str, api: &OpenApi, groups: &[Group<'_>]) -> Value {
    let info = api.info();
    let mut about = Map::from_iter([("label".to_owned(), json!(info.title.as_deref().unwrap_or(name)))]);
    let description = info.description.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let description = description.map_or_else(|| format!("Made from the OpenAPI document {document}."), str::to_owned);
    about.insert("description".to_owned(), json!(description));
    let tags = tags(api, groups);
    if !tags.is_empty() {
        about.insert("tags".to_owned(), json!(tags));
    }
    let mut out = Map::from_iter([("naftiko".to_owned(), json!("1.0.0-alpha2")), ("info".to_owned(), about.into())]);
    let variables = variables(groups);
    if !variables.is_empty() {
        let keys: Map<String, Value> = variables.iter().map(|name| (name.clone(), json!(name))).collect();
        let about = "What the API wants to know, from the environment or a .env file beside this one.";
        out.insert("binds".to_owned(), json!([{ "namespace": "env", "description": about, "keys": keys }]));
    }
    let consumes: Vec<Value> = groups.iter().map(|group| consumed(group, document)).collect();
    let title = info.title.as_deref().unwrap_or(name);
    out.insert("capability".to_owned(), json!({ "consumes": consumes, "exposes": exposed(name, title, groups) }));
    out.into()
}

/// What the operations are filed under, in the order of the document.
fn tags<'g>(api: &'g OpenApi, groups: &'g [Group<'_>]) -> Vec<&'g str> {
    let used = || groups.iter().flat_map(|group| &group.operations).flat_map(|operation| &operation.typed.tags);
    let declared = api.tags().iter().map(|(name, _)| name).filter(|name| used().any(|tag| tag == *name));
    let mut all: Vec<&str> = Vec::new();
    for tag in declared.chain(used()) {
        if !all.contains(&tag.as_str()) {
            all.push(tag);
        }
    }
    all
}

/// The variables of these APIs.
pub(super) fn variables(groups: &[Group<'_>]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for group in groups {
        let named = group.base.variables.iter().map(|(name, _)| name).chain(&group.proof.variables);
        for name in named {
            if !all.contains(name) {
                all.push(name.clone());
            }
        }
    }
    all
}

fn consumed(group: &Group<'_>, document: &str) -> Value {
    let mut out = Map::from_iter([
        ("type".to_owned(), json!("http")),
        ("namespace".to_owned(), json!(group.namespace)),
        ("baseUri".to_owned(), json!(group.base.text)),
        ("openapi".to_owned(), json!(format!("./{document}"))),
    ]);
    out.extend(group.proof.authentication.clone().map(|authentication| ("authentication".to_owned(), authentication)));
    if !group.proof.parameters.is_empty() {
        out.insert("inputParameters".to_owned(), group.proof.parameters.clone().into());
    }
    let resources = by_path(&group.operations).into_iter().map(|(path, name, operations)| {
        let operations: Vec<Value> = operations.into_iter().map(called).collect();
        json!({ "name": name, "path": path, "operations": operations })
    });
    out.insert("resources".to_owned(), resources.collect());
    out.into()
}

/// A consumed operation: what the document says of it is not said again.
fn called(operation: &Operation<'_>) -> Value {
    json!({ "name": operation.name, "method": operation.method })
}

fn exposed(name: &str, title: &str, groups: &[Group<'_>]) -> Value {
    let all = || groups.iter().flat_map(|group| group.operations.iter().map(move |one| (group, one)));
    let mut taken: HashSet<String> = HashSet::new();
    let mut resources: Vec<(String, Vec<Value>)> = Vec::new();
    for (group, operation) in all() {
        let path = served(operation, &mut taken);
        let mut unit = Map::from_iter([
            ("method".to_owned(), json!(operation.method)),
            ("name".to_owned(), json!(operation.name)),
        ]);
        unit.extend(words(operation).map(|text| ("description".to_owned(), json!(text))));
        unit.insert("call".to_owned(), json!(format!("{}.{}", group.namespace, operation.name)));
        let unit = Value::Object(unit);
        match resources.iter_mut().find(|(known, _)| *known == path) {
            Some((_, operations)) => operations.push(unit),
            None => resources.push((path, vec![unit])),
        }
    }
    let mut names = HashSet::new();
    let resources: Vec<Value> = resources
        .into_iter()
        .map(
            |(path, operations)| json!({ "path": path, "name": resource(&path, &mut names), "operations": operations }),
        )
        .collect();
    let tools = all().map(|(group, operation)| {
        json!({
            "name": operation.name,
            "description": words(operation).unwrap_or_else(|| format!("{} {}", operation.method, operation.path)),
            "call": format!("{}.{}", group.namespace, operation.name),
        })
    });
    let tools: Vec<Value> = tools.collect();
    json!([
        {
            "type": "rest",
            "namespace": format!("{name}-rest"),
            "address": "localhost",
            "port": REST_PORT,
            "resources": resources,
        },
        {
            "type": "mcp",
            "namespace": format!("{name}-mcp"),
            "address": "localhost",
            "port": MCP_PORT,
            "transport": "http",
            "description": title,
            "tools": tools,
        },
    ])
}

/// The path an operation is served at: its own, or with its name where a query or a fragment told it apart.
fn served(operation: &Operation<'_>, taken: &mut HashSet<String>) -> String {
    let path = operation.path.split(['?', '#']).next().unwrap_or_default().to_owned();
    let key = |path: &str| {
        let pattern = Pattern::parse(path, None).map(|pattern| pattern.key()).unwrap_or_default();
        format!("{} {pattern}", operation.method)
    };
    if taken.insert(key(&path)) {
        return path;
    }
    let path = format!("{}/{}", path.trim_end_matches('/'), operation.name);
    taken.insert(key(&path));
    path
}

/// Operations by path, with a name for each path.
fn by_path<'o, 'a>(operations: &'o [Operation<'a>]) -> Vec<(&'a str, String, Vec<&'o Operation<'a>>)> {
    let mut names = HashSet::new();
    let mut all: Vec<(&str, String, Vec<&Operation<'_>>)> = Vec::new();
    for operation in operations {
        match all.iter_mut().find(|(path, ..)| *path == operation.path) {
            Some((.., operations)) => operations.push(operation),
            None => all.push((operation.path, resource(operation.path, &mut names), vec![operation])),
        }
    }
    all
}

/// The name of a path.
fn resource(path: &str, taken: &mut HashSet<String>) -> String {
    let slug = slug(path);
    let base = if slug.is_empty() { "root".to_owned() } else { slug };
    let mut name = base.clone();
    let mut nth = 2u32;
    while !taken.insert(name.clone()) {
        name = format!("{base}-{nth}");
        nth += 1;
    }
    name
}

/// What an operation does, in the words of the document.
fn words(operation: &Operation<'_>) -> Option<String> {
    let TypedOperation { summary, description, .. } = operation.typed;
    let text =
        |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    match (text(summary), text(description)) {
        (Some(summary), Some(description)) if !description.starts_with(&summary) => {
            Some(format!("{summary}\n\n{description}"))
        }
        (summary, description) => description.or(summary),
    }
}
