//! `application/x-www-form-urlencoded` bodies read as the objects they stand for.

use serde_json::{Map, Value as Json};

/// A form as an object; a name that repeats becomes a list.
pub(crate) fn decode(data: &[u8]) -> Map<String, Json> {
    let mut object = Map::new();
    for (name, value) in url::form_urlencoded::parse(data) {
        let value = Json::String(value.into_owned());
        match object.get_mut(&*name) {
            None => {
                object.insert(name.into_owned(), value);
            }
            Some(Json::Array(items)) => items.push(value),
            Some(first) => *first = Json::Array(vec![first.take(), value]),
        }
    }
    object
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_that_repeat_become_lists() {
        let object = decode(b"a=1&b=x+y&a=2&a=3&c");
        assert_eq!(Json::Object(object), json!({"a": ["1", "2", "3"], "b": "x y", "c": ""}));
    }
}
