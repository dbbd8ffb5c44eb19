//! The first document of a YAML stream as JSON. Keys become text, tags are dropped, merge keys are applied. Aliases are
//! charged for what they stand for.

use std::fmt;

use granit_parser::{Event, Parser};
use serde::de::{DeserializeSeed, EnumAccess, Error as _, MapAccess, SeqAccess, VariantAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::budget::Budget;
use super::error::FormatError;

/// Decodes the first document; an empty stream is null.
pub(super) fn decode(text: &str, budget: &mut Budget) -> Result<Value, FormatError> {
    shallow(text, budget)?;
    let Some(document) = serde_yaml::Deserializer::from_str(text).next() else { return Ok(Value::Null) };
    let mut refused = None;
    let parsed = Seed { budget, refused: &mut refused, depth: 0 }.deserialize(document);
    parsed.map_err(|error| {
        let place = error.location();
        let text = error.to_string();
        // The location is shown apart.
        let message = text.rfind(" at line ").and_then(|end| text.get(..end)).unwrap_or(&text).to_owned();
        let error = refused.unwrap_or_else(|| budget.error(message));
        match place {
            Some(place) => error.at_line(place.line(), place.column()),
            None => error,
        }
    })
}

/// Refuses nesting before it is parsed: the parser below looks through all that is open for each token, and reads the whole document
/// before anybody sees a part of it. Only flow collections can be deep and short.
fn shallow(text: &str, budget: &Budget) -> Result<(), FormatError> {
    let brackets = text.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count();
    if budget.depth(brackets).is_ok() {
        return Ok(());
    }
    let options = granit_parser::options! { emit_unresolved_aliases: true, emit_comments: false };
    let mut depth = 0_usize;
    for event in Parser::new_from_str_with_options(text, options) {
        match event.map_err(|error| budget.error(error.to_string()))?.0 {
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                depth += 1;
                budget.depth(depth)?;
            }
            Event::SequenceEnd | Event::MappingEnd => depth = depth.saturating_sub(1),
            Event::DocumentEnd => return Ok(()),
            _ => {}
        }
    }
    Ok(())
}

struct Seed<'b> {
    budget: &'b mut Budget,
    /// Our own reason, which the parser's error type would flatten.
    refused: &'b mut Option<FormatError>,
    depth: usize,
}

impl Seed<'_> {
    fn inner(&mut self) -> Seed<'_> {
        Seed { budget: self.budget, refused: self.refused, depth: self.depth + 1 }
    }

    fn charge<E: serde::de::Error>(&mut self, bytes: usize) -> Result<(), E> {
        let depth = self.budget.depth(self.depth);
        depth.and_then(|()| self.budget.charge(bytes)).map_err(|error| {
            let message = error.message.clone();
            *self.refused = Some(error);
            E::custom(message)
        })
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E: serde::de::Error>(mut self) -> Result<Value, E> {
        self.charge(0)?;
        Ok(Value::Null)
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<Value, E> {
        self.visit_unit()
    }

    fn visit_some<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_bool<E: serde::de::Error>(mut self, value: bool) -> Result<Value, E> {
        self.charge(0)?;
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: serde::de::Error>(mut self, value: i64) -> Result<Value, E> {
        self.charge(0)?;
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E: serde::de::Error>(mut self, value: u64) -> Result<Value, E> {
        self.charge(0)?;
        Ok(Value::Number(value.into()))
    }

    fn visit_i128<E: serde::de::Error>(self, value: i128) -> Result<Value, E> {
        self.visit_string(value.to_string())
    }

    fn visit_u128<E: serde::de::Error>(self, value: u128) -> Result<Value, E> {
        self.visit_string(value.to_string())
    }

    fn visit_f64<E: serde::de::Error>(mut self, value: f64) -> Result<Value, E> {
        self.charge(0)?;
        // JSON has no infinities: their text is the closest honest value.
        Ok(Number::from_f64(value).map_or_else(|| Value::String(value.to_string()), Value::Number))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        self.visit_string(value.to_owned())
    }

    fn visit_string<E: serde::de::Error>(mut self, value: String) -> Result<Value, E> {
        self.charge(value.len())?;
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Value, A::Error> {
        self.charge(0)?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.inner())? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Value, A::Error> {
        self.charge(0)?;
        let mut object = Map::new();
        let mut merged = Vec::new();
        while let Some(key) = entries.next_key_seed(self.inner())? {
            let key = key_text(key).ok_or_else(|| A::Error::custom("a key is a list or a mapping"))?;
            let value = entries.next_value_seed(self.inner())?;
            match (key.as_str(), value) {
                ("<<", Value::Object(other)) => merged.push(other),
                ("<<", Value::Array(others)) if others.iter().all(Value::is_object) => {
                    merged.extend(others.into_iter().filter_map(|other| match other {
                        Value::Object(other) => Some(other),
                        _ => None,
                    }));
                }
                (_, value) => {
                    object.insert(key, value);
                }
            }
        }
        for (key, value) in merged.into_iter().flatten() {
            object.entry(key).or_insert(value);
        }
        Ok(Value::Object(object))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Value, A::Error> {
        let (_tag, content) = data.variant::<String>()?;
        content.newtype_variant_seed(self)
    }
}

fn key_text(key: Value) -> Option<String> {
    match key {
        Value::String(text) => Some(text),
        Value::Null => Some("null".to_owned()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(_) | Value::Object(_) => None,
    }
}
