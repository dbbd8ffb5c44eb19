//! The JSON Schema clients see for an input (rule I13).

use serde_json::{Map, Value};

use super::draft::Draft;

impl Draft<'_> {
    /// The JSON Schema shown to clients, and whether it is enforced: only what the author of the exposure (or an OpenAPI
    /// document) declared is.
    pub(in crate::link) fn schema(&self) -> (Value, bool) {
        if self.discarded {
            return (Value::Object(Map::new()), false);
        }
        if let Some(schema) = &self.schema {
            return (schema.clone(), true);
        }
        let mut schema = Map::new();
        let mut enforced = false;
        if let Some(param) = &self.declared {
            schema.extend(param.schema.keywords.clone());
            enforced = param.schema.constrains;
        }
        if let Some(param) = &self.feeds {
            for (key, value) in &param.schema.keywords {
                schema.entry(key.as_str()).or_insert_with(|| value.clone());
            }
        }
        (Value::Object(schema), enforced)
    }
}
