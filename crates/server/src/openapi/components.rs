//! What operations of a document share: schemas, answers and security schemes, each written once under a name of its own.

use serde_json::{Map, Value, json};

/// The shared parts of a document.
#[derive(Debug, Default)]
pub(super) struct Components {
    schemas: Map<String, Value>,
    responses: Map<String, Value>,
    security: Map<String, Value>,
}

impl Components {
    /// A name no schema has, like `wanted`; it is taken from now on.
    pub(super) fn name(&mut self, wanted: &str) -> String {
        let base: String =
            wanted.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
        let name = free(&self.schemas, &base);
        self.schemas.insert(name.clone(), Value::Null);
        name
    }

    /// The schema of a name that was given out.
    pub(super) fn define(&mut self, name: String, schema: Value) {
        self.schemas.insert(name, schema);
    }

    /// A reference to a schema that is made once.
    pub(super) fn schema(&mut self, name: &str, make: impl FnOnce() -> Value) -> Value {
        if !self.schemas.contains_key(name) {
            self.schemas.insert(name.to_owned(), make());
        }
        json!({ "$ref": format!("#/components/schemas/{name}") })
    }

    /// A reference to an answer that is made once.
    pub(super) fn response(&mut self, name: &str, make: impl FnOnce(&mut Self) -> Value) -> Value {
        if !self.responses.contains_key(name) {
            let response = make(self);
            self.responses.insert(name.to_owned(), response);
        }
        json!({ "$ref": format!("#/components/responses/{name}") })
    }

    /// The name of a security scheme; another one of that name gets a number.
    pub(super) fn security(&mut self, wanted: &str, scheme: Value) -> String {
        if let Some((known, _)) = self.security.iter().find(|(_, known)| **known == scheme) {
            return known.clone();
        }
        let name = free(&self.security, wanted);
        self.security.insert(name.clone(), scheme);
        name
    }

    /// All of them, without the kinds there is nothing of.
    pub(super) fn value(self) -> Value {
        let kinds = [("schemas", self.schemas), ("responses", self.responses), ("securitySchemes", self.security)];
        let filled = kinds.into_iter().filter(|(_, of)| !of.is_empty());
        Value::Object(filled.map(|(kind, of)| (kind.to_owned(), of.into())).collect())
    }
}

/// `wanted`, or with the first number that makes it new.
fn free(taken: &Map<String, Value>, wanted: &str) -> String {
    if !taken.contains_key(wanted) {
        return wanted.to_owned();
    }
    let mut nth = 2u32;
    loop {
        let name = format!("{wanted}-{nth}");
        if !taken.contains_key(&name) {
            return name;
        }
        nth += 1;
    }
}
