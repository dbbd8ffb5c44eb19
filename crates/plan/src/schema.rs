//! JSON Schemas, kept as text until someone looks into one: most are shown or enforced rarely, and thousands of documents stay
//! small. Interpreting them is the engine's work.

mod validator;

use std::{fmt, ops::Deref, sync::OnceLock};

use serde_json::{Map, Value};

pub use self::validator::validator;

/// A JSON Schema. Looks like a [`Value`]; takes the room of its text until it is looked at.
#[derive(Clone, Default)]
pub struct Schema {
    text: Box<str>,
    value: OnceLock<Box<Value>>,
}

impl Schema {
    /// Whether its text has `word` anywhere: a look that does not take it apart.
    #[must_use]
    pub fn mentions(&self, word: &str) -> bool {
        self.text.contains(word)
    }

    /// The members of the schema, anew: for those who keep them.
    #[must_use]
    pub fn members(&self) -> Map<String, Value> {
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}

impl From<Value> for Schema {
    fn from(value: Value) -> Self {
        Self { text: value.to_string().into(), value: OnceLock::new() }
    }
}

impl From<Map<String, Value>> for Schema {
    fn from(members: Map<String, Value>) -> Self {
        Value::Object(members).into()
    }
}

impl Deref for Schema {
    type Target = Value;

    fn deref(&self) -> &Value {
        // What a value printed always parses; an empty schema accepts everything.
        self.value.get_or_init(|| Box::new(serde_json::from_str(&self.text).unwrap_or_default()))
    }
}

impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Schema;

    #[test]
    fn text_and_value_are_the_same() {
        let value = json!({ "type": "object", "properties": { "b": true, "a": { "maximum": 18_446_744_073_709_551_615_u64 } } });
        let schema = Schema::from(value.clone());
        assert_eq!(*schema, value);
        assert_eq!(serde_json::Value::Object(schema.members()), value);
        assert_eq!(*Schema::default(), serde_json::Value::Null);
    }
}
