//! Values that several query parameters make up: lists of one name, and objects, in brackets behind a name or in names of their own.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

/// How deep brackets go.
const DEPTH: usize = 16;

/// The value of a name: text, or a list of texts where it stands there more than once.
pub(super) fn pair(query: &[(String, String)], name: &str) -> Option<Json> {
    let mut values = query.iter().filter(|(key, _)| key == name).map(|(_, value)| Json::from(value.as_str()));
    let first = values.next()?;
    let rest: Vec<Json> = values.collect();
    Some(if rest.is_empty() { first } else { [first].into_iter().chain(rest).collect() })
}

/// The object whose members have these names.
pub(super) fn plain(query: &[(String, String)], names: &[Arc<str>]) -> Option<Json> {
    let members: Map<String, Json> =
        names.iter().filter_map(|name| Some((name.to_string(), pair(query, name)?))).collect();
    (!members.is_empty()).then_some(Json::Object(members))
}

/// Whether a key is a member of what is called `name`.
pub(super) fn is_inside(key: &str, name: &str) -> bool {
    key.strip_prefix(name).is_some_and(|rest| rest.starts_with('[') && rest.ends_with(']'))
}

/// The object written as `name[key]=value`, and `name[key][]=value` for lists.
pub(super) fn deep(query: &[(String, String)], name: &str) -> Option<Json> {
    let mut root = Json::Null;
    for (key, value) in query.iter().filter(|(key, _)| is_inside(key, name)) {
        let inner = key.get(name.len() + 1..key.len() - 1)?;
        let steps: Vec<&str> = inner.split("][").collect();
        if steps.len() <= DEPTH {
            put(&mut root, &steps, value);
        }
    }
    (!root.is_null()).then(|| numbered(root))
}

fn put(at: &mut Json, steps: &[&str], value: &str) {
    let Some((step, rest)) = steps.split_first() else {
        *at = match std::mem::take(at) {
            Json::Null => Json::from(value),
            Json::Array(mut items) => {
                items.push(Json::from(value));
                Json::Array(items)
            }
            first => Json::Array(vec![first, Json::from(value)]),
        };
        return;
    };
    if step.is_empty() {
        let mut items = match std::mem::take(at) {
            Json::Array(items) => items,
            _ => Vec::new(),
        };
        let mut item = Json::Null;
        put(&mut item, rest, value);
        items.push(item);
        *at = Json::Array(items);
        return;
    }
    if !at.is_object() {
        *at = Json::Object(Map::new());
    }
    if let Json::Object(members) = at {
        put(members.entry(*step).or_insert(Json::Null), rest, value);
    }
}

/// Objects whose keys count from zero are lists.
fn numbered(value: Json) -> Json {
    match value {
        Json::Object(members) => {
            let counts = !members.is_empty() && members.keys().enumerate().all(|(at, key)| *key == at.to_string());
            let members = members.into_iter().map(|(key, value)| (key, numbered(value)));
            if counts { members.map(|(_, value)| value).collect() } else { Json::Object(members.collect()) }
        }
        Json::Array(items) => items.into_iter().map(numbered).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn brackets_make_objects_and_lists() {
        let read = |text: &str| {
            let query: Vec<(String, String)> = url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
            deep(&query, "f")
        };
        assert_eq!(read("f[a]=1&f[b][c]=2&g[a]=3"), Some(json!({"a": "1", "b": {"c": "2"}})));
        assert_eq!(read("f[a][]=1&f[a][]=2"), Some(json!({"a": ["1", "2"]})));
        assert_eq!(read("f[a]=1&f[a]=2"), Some(json!({"a": ["1", "2"]})));
        assert_eq!(read("f[0][x]=1&f[1][x]=2"), Some(json!([{"x": "1"}, {"x": "2"}])));
        assert_eq!(read("f=1&fa[b]=2"), None);
        assert_eq!(read(&format!("f{}=1", "[a]".repeat(40))), None);
    }
}
