//! Compares what was expected with what there is, value by value, and says where they differ. Objects are compared by the keys that
//! are listed, lists element by element; a mapping whose only key begins with `$` is a matcher.

use capstan_language::{
    document::{Entry, Node, NodeKind},
    render::yaml_inline,
    source::Span,
    test_file::Header,
};
use capstan_plan::suggest::nearest;
use regex::Regex;
use serde_json::Value;

use super::outcome::Difference;

/// What matchers there are.
const MATCHERS: [&str; 8] = ["$any", "$absent", "$matches", "$contains", "$type", "$length", "$equals", "$one-of"];

/// A comparison under way.
#[derive(Debug, Default)]
pub(super) struct Compare {
    /// Whether nothing may be there that is not listed.
    pub(super) exact: bool,
    /// What differs so far.
    pub(super) differences: Vec<Difference>,
}

impl Compare {
    /// A comparison in which other keys do not matter, or do.
    pub(super) fn new(exact: bool) -> Self {
        Self { exact, differences: Vec::new() }
    }

    /// A JSON value.
    pub(super) fn json(&mut self, path: &str, expected: &Node, actual: Option<&Value>) {
        if let Some(matcher) = matcher(expected) {
            return self.matched(path, expected, matcher, actual);
        }
        let Some(value) = actual else { return self.differs(expected.span, path, shown(expected), None) };
        match (expected.as_map(), expected.as_seq(), value) {
            (Some(entries), _, Value::Object(members)) => self.object(path, entries, members, expected.span),
            (_, Some(items), Value::Array(values)) if items.len() == values.len() => {
                for (at, (item, value)) in items.iter().zip(values).enumerate() {
                    self.json(&format!("{path}[{at}]"), item, Some(value));
                }
            }
            _ if same(&expected.to_json(), value) => {}
            _ => self.differs(expected.span, path, shown(expected), Some(value)),
        }
    }

    fn object(&mut self, path: &str, entries: &[Entry], members: &serde_json::Map<String, Value>, span: Span) {
        for entry in entries {
            self.json(&format!("{path}.{}", entry.key.value), &entry.value, members.get(&*entry.key.value));
        }
        let unlisted = members.iter().filter(|(key, _)| !entries.iter().any(|entry| *entry.key.value == ***key));
        for (key, value) in unlisted.filter(|_| self.exact).collect::<Vec<_>>() {
            let (path, actual) = (format!("{path}.{key}"), yaml_inline(value));
            self.differences.push(Difference { span, path, expected: "nothing".to_owned(), actual, instead: None });
        }
    }

    /// A text: numbers and truth values are compared as written.
    pub(super) fn text(&mut self, path: &str, expected: &Node, actual: Option<&str>) {
        let value = actual.map(Value::from);
        if let Some(matcher) = matcher(expected) {
            return self.matched(path, expected, matcher, value.as_ref());
        }
        if expected.scalar_text().is_none() || expected.scalar_text() != actual {
            self.differs(expected.span, path, shown(expected), value.as_ref());
        }
    }

    /// Headers: several of one name are one, joined with commas.
    pub(super) fn headers(&mut self, path: &str, expected: &[Header], actual: &http::HeaderMap) {
        for header in expected {
            let values: Vec<_> = actual
                .get_all(&*header.name.value)
                .iter()
                .map(|value| String::from_utf8_lossy(value.as_bytes()))
                .collect();
            let joined = (!values.is_empty()).then(|| values.join(", "));
            self.text(&format!("{path}.{}", header.name.value), &header.value, joined.as_deref());
        }
    }

    fn matched(&mut self, path: &str, expected: &Node, (name, argument): (&str, &Node), actual: Option<&Value>) {
        let text = actual.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        let holds = match name {
            "$any" => actual.is_some(),
            "$absent" => actual.is_none(),
            "$matches" => match Regex::new(argument.scalar_text().unwrap_or_default()) {
                Ok(pattern) => text.is_some_and(|text| pattern.is_match(&text)),
                Err(error) => return self.broken(argument, path, &format!("is no regular expression: {error}")),
            },
            "$contains" => match actual {
                Some(Value::Array(items)) => items.iter().any(|item| holds(argument, item)),
                _ => text.is_some_and(|text| argument.scalar_text().is_some_and(|part| text.contains(part))),
            },
            "$type" => actual.is_some_and(|value| argument.scalar_text().is_some_and(|kind| is_kind(kind, value))),
            "$length" => actual.and_then(length).is_some_and(|length| argument.as_i64() == Some(length)),
            "$equals" => actual.is_some_and(|value| same(&argument.to_json(), value)),
            "$one-of" => {
                actual.is_some_and(|value| argument.as_seq().unwrap_or_default().iter().any(|one| holds(one, value)))
            }
            other => {
                let near = nearest(other, MATCHERS).map(|near| format!(", did you mean `{near}`?"));
                let why = format!("there is no matcher `{other}`{}", near.unwrap_or_default());
                return self.broken(expected, path, &why);
            }
        };
        if !holds {
            self.differs(expected.span, path, shown(expected), actual);
        }
    }

    /// An expectation that cannot be compared with.
    fn broken(&mut self, node: &Node, path: &str, why: &str) {
        let (expected, actual) = (shown(node), why.to_owned());
        self.differences.push(Difference { span: node.span, path: path.to_owned(), expected, actual, instead: None });
    }

    /// Notes a difference.
    pub(super) fn differs(&mut self, span: Span, path: &str, expected: String, actual: Option<&Value>) {
        let instead = actual.cloned().or_else(|| Some(serde_json::json!({"$absent": true})));
        let actual = actual.map_or_else(|| "nothing".to_owned(), yaml_inline);
        self.differences.push(Difference { span, path: path.to_owned(), expected, actual, instead });
    }
}

/// The matcher a node is, with its argument.
fn matcher(node: &Node) -> Option<(&str, &Node)> {
    match node.as_map()? {
        [only] if only.key.value.starts_with('$') => Some((&only.key.value, &only.value)),
        _ => None,
    }
}

/// The same expectation, where every scalar is a text as written: queries and forms have nothing else.
pub(super) fn texts(node: &Node) -> Node {
    let kind = match (&node.kind, matcher(node)) {
        (NodeKind::Map(entries), None) => {
            let entry = |entry: &Entry| Entry { key: entry.key.clone(), value: texts(&entry.value) };
            NodeKind::Map(entries.iter().map(entry).collect())
        }
        (NodeKind::Seq(items), _) => NodeKind::Seq(items.iter().map(texts).collect()),
        _ => match node.scalar_text() {
            Some(text) => NodeKind::String(text.into()),
            None => return node.clone(),
        },
    };
    Node::new(node.span, kind)
}

/// Whether a value is as expected.
fn holds(expected: &Node, actual: &Value) -> bool {
    let mut compare = Compare::default();
    compare.json("", expected, Some(actual));
    compare.differences.is_empty()
}

/// Whether two values are the same; numbers by their value.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| other.get(key).is_some_and(|other| same(value, other)))
        }
        _ => one == other,
    }
}

fn is_kind(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => false,
    }
}

fn length(value: &Value) -> Option<i64> {
    let length = match value {
        Value::String(text) => text.chars().count(),
        Value::Array(items) => items.len(),
        Value::Object(members) => members.len(),
        Value::Null | Value::Bool(_) | Value::Number(_) => return None,
    };
    i64::try_from(length).ok()
}

fn shown(node: &Node) -> String {
    yaml_inline(&node.to_json())
}
