//! Postman collections as OpenAPI documents: requests become operations, saved examples say what bodies and answers look like, and
//! variables nobody gives a value become variables of the environment.

mod auth;
mod body;
mod url;
mod written;

use serde_json::{Map, Value, json};

use self::{
    auth::Auth,
    url::Address,
    written::{parameter, prose},
};
use super::names::slug;
use crate::document;

/// How deep folders may lie in each other.
const DEEPEST: usize = 32;

/// Headers a request gets in any case.
const OWN: &[&str] = &["accept", "authorization", "content-length", "content-type", "host", "user-agent"];

/// The document of a collection.
pub(super) fn document(text: &str) -> Result<Value, String> {
    if text.len() > document::MAX_BYTES {
        return Err(format!("a collection may have {} MiB", document::MAX_BYTES >> 20));
    }
    let value: Value = serde_json::from_str(text).map_err(|error| format!("the collection is not JSON: {error}"))?;
    // Exports of the API wrap it.
    let collection = value.get("collection").unwrap_or(&value);
    let schema = collection.pointer("/info/schema").and_then(Value::as_str).unwrap_or_default();
    let is_known = schema.contains("/v2.") || (schema.is_empty() && collection.get("item").is_some());
    if !is_known {
        let hint = if collection.get("requests").is_some() { "; export it as v2.1" } else { "" };
        return Err(format!("this is no Postman collection of v2.0 or v2.1{hint}"));
    }
    let mut made = Made { variables: variables(collection), ..Made::default() };
    let auth = Auth::of(collection.get("auth"));
    made.items(collection, &mut Vec::new(), &auth);
    let title = collection.pointer("/info/name").and_then(Value::as_str).unwrap_or("collection");
    let mut info = Map::from_iter([("title".to_owned(), json!(title)), ("version".to_owned(), json!("1"))]);
    info.extend(prose(collection.pointer("/info/description")).map(|text| ("description".to_owned(), json!(text))));
    Ok(json!({
        "openapi": "3.1.0",
        "info": info,
        "paths": made.paths,
        "components": { "securitySchemes": made.schemes },
    }))
}

/// The values of the variables of a collection.
fn variables(collection: &Value) -> Vec<(String, String)> {
    let list = collection.get("variable").and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|one| {
        let name = one.get("key").or_else(|| one.get("id"))?.as_str()?;
        let value = one.get("value")?.as_str()?;
        (!value.trim().is_empty()).then(|| (name.to_owned(), value.trim().to_owned()))
    })
    .collect()
}

/// The document so far.
#[derive(Default)]
struct Made {
    variables: Vec<(String, String)>,
    paths: Map<String, Value>,
    schemes: Map<String, Value>,
}

impl Made {
    /// Enters the requests of a folder, and those of the folders in it.
    fn items(&mut self, folder: &Value, names: &mut Vec<String>, auth: &Auth) {
        for item in folder.get("item").and_then(Value::as_array).into_iter().flatten() {
            let name = item.get("name").and_then(Value::as_str).unwrap_or_default();
            if item.get("item").is_some() && names.len() < DEEPEST {
                let inner = Auth::of(item.get("auth"));
                names.push(name.to_owned());
                self.items(item, names, inner.or(auth));
                names.pop();
            } else if let Some(request) = item.get("request") {
                self.request(item, request, (names, name), auth);
            }
        }
    }

    fn request(&mut self, item: &Value, request: &Value, (folders, name): (&[String], &str), auth: &Auth) {
        // A request may be its address alone.
        let method = request.get("method").and_then(Value::as_str).unwrap_or("GET").to_ascii_lowercase();
        let Some(address) = Address::of(request.get("url").unwrap_or(request), &self.variables) else { return };
        let own = Auth::of(request.get("auth"));
        let (scheme, own) = own.or(auth).scheme(&self.variables);
        let mut operation = Map::from_iter([("operationId".to_owned(), json!(slug(name)))]);
        if let Some(folder) = folders.first() {
            operation.insert("tags".to_owned(), json!([folder]));
        }
        operation.insert("summary".to_owned(), json!(name));
        let description = prose(request.get("description")).or_else(|| prose(item.get("description")));
        operation.extend(description.map(|text| ("description".to_owned(), json!(text))));
        operation.insert("servers".to_owned(), json!([address.server()]));
        let mut parameters = address.parameters();
        parameters.extend(headers(request, own.as_deref()));
        operation.insert("parameters".to_owned(), parameters.into());
        operation.extend(request.get("body").and_then(body::request).map(|body| ("requestBody".to_owned(), body)));
        operation.insert("responses".to_owned(), body::responses(item));
        if let Some((name, scheme)) = scheme {
            operation.insert("security".to_owned(), json!([{ (name.clone()): [] }]));
            self.schemes.insert(name, scheme);
        }
        let mut path = address.path();
        let has =
            |paths: &Map<String, Value>, path: &str| paths.get(path).is_some_and(|item| item.get(&method).is_some());
        if has(&self.paths, &path) {
            // The same request, saved under another name.
            path = format!("{path}#{}", slug(name));
        }
        let item = self.paths.entry(path).or_insert_with(|| json!({}));
        if let Value::Object(item) = item {
            item.entry(method).or_insert_with(|| operation.into());
        }
    }
}

/// Headers as parameters.
fn headers(request: &Value, key: Option<&str>) -> Vec<Value> {
    let list = request.get("header").and_then(Value::as_array).into_iter().flatten();
    let mut seen: Vec<String> = Vec::new();
    let one = |header: &Value| {
        let name = header.get("key")?.as_str()?.trim();
        let lower = name.to_ascii_lowercase();
        let is_own = OWN.contains(&lower.as_str()) || key.is_some_and(|key| key.eq_ignore_ascii_case(name));
        let is_off = header.get("disabled").and_then(Value::as_bool) == Some(true);
        if name.is_empty() || is_own || is_off || seen.contains(&lower) {
            return None;
        }
        seen.push(lower);
        Some(parameter("header", name, header, false))
    };
    list.filter_map(one).collect()
}
