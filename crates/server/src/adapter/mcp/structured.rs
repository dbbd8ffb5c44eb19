//! `structuredContent`: an answer in the form its tool's output schema promises. A value of another type is converted where that
//! loses nothing; where it would, the place is null and said so, because clients refuse what does not satisfy the schema. The text
//! of the result always holds the answer as it came.

use capstan_engine::Promise;
use capstan_plan::{Structured, Tool};
use serde_json::{Map, Value, json};

/// How much of a value that does not fit is repeated.
const SHOWN: usize = 60;

/// How many values that do not fit are told of.
const TOLD: usize = 10;

/// An answer in structured form.
#[derive(Default)]
pub(super) struct Content {
    /// It, where there is one.
    pub(super) value: Option<Value>,
    /// What a reader of it must know.
    pub(super) remark: Option<String>,
    /// Why it breaks what the author promised.
    pub(super) broken: Option<String>,
}

/// The structured form of an answer. Without an output schema, that of objects.
pub(super) fn content(tool: &Tool, promise: Option<&Promise>, value: Value) -> Content {
    let Some(schema) = &tool.output_schema else {
        return Content { value: Some(value).filter(Value::is_object), ..Content::default() };
    };
    // Clients hold a tool to its output schema, whose root is an object.
    let value = match value {
        object @ Value::Object(_) if tool.structured != Structured::Result => object,
        value => json!({ "result": value }),
    };
    let mut fitting = Fitting { path: String::new(), misfits: Vec::new(), more: 0 };
    let value = fitting.fit(schema, value);
    let broken =
        promise.filter(|_| tool.structured == Structured::Promised).and_then(|promise| promise.broken_by(&value));
    match broken {
        Some(broken) => Content { broken: Some(broken), ..Content::default() },
        None => Content { value: Some(value), remark: fitting.remark(), broken: None },
    }
}

struct Fitting {
    path: String,
    misfits: Vec<String>,
    more: usize,
}

impl Fitting {
    fn fit(&mut self, schema: &Value, value: Value) -> Value {
        let types = types(schema);
        if types.is_empty() || types.iter().any(|ty| is_a(&value, ty)) {
            return self.inside(schema, value);
        }
        match converted(&types, &value) {
            Some(converted) => converted,
            None if types.contains(&"null") => {
                self.misfit(&types, &value);
                Value::Null
            }
            None => value,
        }
    }

    fn inside(&mut self, schema: &Value, value: Value) -> Value {
        match value {
            Value::Object(members) => {
                let named = schema.get("properties").and_then(Value::as_object);
                let others = schema.get("additionalProperties").filter(|schema| schema.is_object());
                if named.is_none() && others.is_none() {
                    return Value::Object(members);
                }
                let fitted = members.into_iter().map(|(name, member)| {
                    let value = match named.and_then(|named| named.get(&name)).or(others) {
                        Some(schema) => self.at(&name, schema, member),
                        None => member,
                    };
                    (name, value)
                });
                Value::Object(fitted.collect::<Map<_, _>>())
            }
            Value::Array(items) => match schema.get("items").filter(|schema| schema.is_object()) {
                Some(schema) => {
                    items.into_iter().enumerate().map(|(at, item)| self.at(&at.to_string(), schema, item)).collect()
                }
                None => Value::Array(items),
            },
            scalar => scalar,
        }
    }

    fn at(&mut self, name: &str, schema: &Value, value: Value) -> Value {
        let before = self.path.len();
        if before > 0 {
            self.path.push('.');
        }
        self.path.push_str(name);
        let value = self.fit(schema, value);
        self.path.truncate(before);
        value
    }

    fn misfit(&mut self, types: &[&str], value: &Value) {
        if self.misfits.len() == TOLD {
            self.more += 1;
            return;
        }
        let text = value.to_string();
        let shown = match text.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
            None => text,
        };
        let wanted = types.iter().find(|ty| **ty != "null").copied().unwrap_or("null");
        self.misfits.push(format!("`{}` is {shown} instead of {wanted}", self.path));
    }

    fn remark(self) -> Option<String> {
        if self.misfits.is_empty() {
            return None;
        }
        let more = if self.more > 0 { format!("; and {} more", self.more) } else { String::new() };
        Some(format!(
            "structuredContent has null where the answer is not what the tool promises: {}{more}. The text has the answer as it came.",
            self.misfits.join("; ")
        ))
    }
}

fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(word)) => vec![word],
        Some(Value::Array(words)) => words.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Whether a value is of a type of JSON Schema.
fn is_a(value: &Value, ty: &str) -> bool {
    match (value, ty) {
        (Value::Null, "null")
        | (Value::Bool(_), "boolean")
        | (Value::String(_), "string")
        | (Value::Array(_), "array")
        | (Value::Object(_), "object")
        | (Value::Number(_), "number") => true,
        (Value::Number(number), "integer") => number.as_f64().is_some_and(|number| number.fract() == 0.0),
        _ => false,
    }
}

/// The value as one of these types, where nothing is lost.
fn converted(types: &[&str], value: &Value) -> Option<Value> {
    if let Value::String(text) = value {
        let read: Value =
            serde_json::from_str(text).ok().filter(|read: &Value| read.is_number() || read.is_boolean())?;
        // `007` and `1e3` are more than the number they denote.
        let printed = read.to_string();
        return (printed == *text && types.iter().any(|ty| is_a(&read, ty))).then_some(read);
    }
    (types.contains(&"string") && !value.is_null()).then(|| Value::String(value.to_string()))
}

#[cfg(test)]
mod tests;
