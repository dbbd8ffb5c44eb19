//! Addresses of requests: where they begin, their path with its placeholders, their query.

use serde_json::{Map, Value, json};

use super::written::parameter;

/// The address of a request.
pub(super) struct Address {
    base: String,
    segments: Vec<String>,
    /// Placeholders and pairs of the query, as they are written.
    placeholders: Vec<Value>,
    query: Vec<Value>,
}

impl Address {
    /// Reads an address: text, or its parts. Variables with a value are replaced by it.
    pub(super) fn of(url: &Value, variables: &[(String, String)]) -> Option<Self> {
        let raw = url.as_str().or_else(|| url.get("raw")?.as_str()).map(str::to_owned).or_else(|| assembled(url))?;
        let raw = valued(raw.trim(), variables);
        let (head, query) = raw.split_once('?').unwrap_or((&raw, ""));
        let head = head.split('#').next().unwrap_or_default();
        let (base, path) = split(head);
        let segments = path.split('/').filter(|part| !part.is_empty()).map(segment).collect();
        let listed = |key: &str| url.get(key).and_then(Value::as_array).cloned();
        let query = listed("query").unwrap_or_else(|| {
            let pairs = query.split('&').filter(|pair| !pair.is_empty());
            let one = |pair: &str| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                json!({ "key": name, "value": value })
            };
            pairs.map(one).collect()
        });
        Some(Self { base, segments, placeholders: listed("variable").unwrap_or_default(), query })
    }

    /// Where it begins, as a server.
    pub(super) fn server(&self) -> Value {
        let mut url = String::new();
        let mut names = Map::new();
        let mut rest = self.base.as_str();
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((name, tail)) = after.split_once("}}") else { break };
            url.push_str(before);
            url.push_str(&format!("{{{}}}", name.trim()));
            // A variable of a server must have a default; the environment decides.
            names.insert(name.trim().to_owned(), json!({ "default": "" }));
            rest = tail;
        }
        url.push_str(rest);
        match names.is_empty() {
            true => json!({ "url": url }),
            false => json!({ "url": url, "variables": names }),
        }
    }

    /// Its path.
    pub(super) fn path(&self) -> String {
        format!("/{}", self.segments.join("/"))
    }

    /// The parameters in path and query.
    pub(super) fn parameters(&self) -> Vec<Value> {
        let named = |name: &str| self.placeholders.iter().find(|known| key(known) == Some(name)).cloned();
        let mut all: Vec<Value> = Vec::new();
        for name in self.segments.iter().flat_map(|segment| placeholders(segment)) {
            all.push(parameter("path", name, &named(name).unwrap_or_default(), true));
        }
        let mut seen: Vec<&str> = Vec::new();
        for pair in &self.query {
            let Some(name) = key(pair).filter(|name| !name.is_empty() && !seen.contains(name)) else { continue };
            seen.push(name);
            all.push(parameter("query", name, pair, false));
        }
        all
    }
}

fn key(value: &Value) -> Option<&str> {
    value.get("key")?.as_str()
}

/// An address from its parts.
fn assembled(url: &Value) -> Option<String> {
    let joined = |key: &str, by: &str| match url.get(key)? {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => Some(parts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(by)),
        _ => None,
    };
    let protocol = joined("protocol", "").map(|protocol| format!("{protocol}://")).unwrap_or_default();
    Some(format!("{protocol}{}/{}", joined("host", ".")?, joined("path", "/").unwrap_or_default()))
}

/// Text with the variables in it replaced that have a value; those in values too, once.
pub(super) fn valued(text: &str, variables: &[(String, String)]) -> String {
    let mut out = text.to_owned();
    for _ in 0..2 {
        for (name, value) in variables {
            out = out.replace(&format!("{{{{{name}}}}}"), value);
        }
    }
    out
}

/// What an address begins with, and its path.
fn split(head: &str) -> (String, &str) {
    if let Some((scheme, rest)) = head.split_once("://") {
        let end = rest.find('/').unwrap_or(rest.len());
        let (host, path) = rest.split_at(end);
        return (format!("{scheme}://{host}"), path);
    }
    let end = head.find('/').unwrap_or(head.len());
    let (first, path) = head.split_at(end);
    match first {
        "" => (String::new(), head),
        // A variable alone may be a whole base URI.
        variable if variable.starts_with("{{") => (variable.to_owned(), path),
        host => (format!("https://{host}"), path),
    }
}

/// A segment with its placeholders in braces.
fn segment(text: &str) -> String {
    match text.strip_prefix(':') {
        Some(name) if !name.is_empty() => format!("{{{name}}}"),
        _ => text.replace("{{", "{").replace("}}", "}"),
    }
}

fn placeholders(segment: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = segment;
    while let Some((_, after)) = rest.split_once('{') {
        let Some((name, tail)) = after.split_once('}') else { break };
        names.push(name);
        rest = tail;
    }
    names
}
