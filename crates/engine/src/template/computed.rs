//! Computed values and how they stand inside text: text as it is, numbers naturally, booleans `true` and `false`, null not at
//! all, lists and objects as compact JSON. Also what counts as true, and the scalars text can be read as.

use std::{borrow::Cow, fmt::Write as _};

use bytes::Bytes;
use capstan_plan::ScalarType;
use serde_json::{Map, Number, Value as Json};

use crate::base::{
    fault::{CallerFault, Fault},
    form,
    media_type::{is_form, is_json},
    value::Value,
};

/// A computed value, borrowed where it can be.
#[derive(Clone, Debug)]
pub(crate) enum Computed<'a> {
    Text(Cow<'a, str>),
    Json(Cow<'a, Json>),
    Bytes { media_type: Option<&'a str>, data: Bytes },
}

impl<'a> Computed<'a> {
    /// A value that is elsewhere.
    pub(crate) fn borrowed(value: &'a Value) -> Self {
        match value {
            Value::Json(Json::String(text)) => Self::Text(Cow::Borrowed(text)),
            Value::Json(json) => Self::Json(Cow::Borrowed(json)),
            Value::Bytes { media_type, data } => Self::Bytes { media_type: media_type.as_deref(), data: data.clone() },
        }
    }

    /// JSON that is elsewhere.
    pub(crate) fn json(json: &'a Json) -> Self {
        match json {
            Json::String(text) => Self::Text(Cow::Borrowed(text)),
            _ => Self::Json(Cow::Borrowed(json)),
        }
    }

    /// JSON of its own.
    pub(crate) fn owned(json: Json) -> Self {
        match json {
            Json::String(text) => Self::Text(Cow::Owned(text)),
            _ => Self::Json(Cow::Owned(json)),
        }
    }

    /// Appends its text.
    pub(crate) fn write_text(&self, out: &mut String) {
        match self {
            Self::Text(text) => out.push_str(text),
            Self::Json(json) => write_text(json, out),
            Self::Bytes { data, .. } => out.push_str(&String::from_utf8_lossy(data)),
        }
    }

    /// Its text.
    pub(crate) fn into_text(self) -> Cow<'a, str> {
        match self {
            Self::Text(text) => text,
            other => {
                let mut out = String::new();
                other.write_text(&mut out);
                Cow::Owned(out)
            }
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Json(json) if json.is_null())
    }

    /// As JSON: bytes that are JSON parsed, other bytes as text.
    pub(crate) fn into_json(self) -> Cow<'a, Json> {
        match self {
            Self::Json(json) => json,
            Self::Text(text) => Cow::Owned(Json::String(text.into_owned())),
            Self::Bytes { data, .. } => Cow::Owned(
                serde_json::from_slice(&data)
                    .unwrap_or_else(|_| Json::String(String::from_utf8_lossy(&data).into_owned())),
            ),
        }
    }

    /// As JSON that is put into other JSON: what claims to be JSON must be.
    pub(crate) fn readable_json(self) -> Result<Cow<'a, Json>, Fault> {
        if let Self::Bytes { media_type: Some(media_type), data } = &self
            && is_json(media_type)
        {
            return serde_json::from_slice(data).map(Cow::Owned).map_err(|error| unreadable(&error));
        }
        Ok(self.into_json())
    }

    /// The members other values join: an object, a form, or none when there is no value.
    pub(crate) fn into_members(self) -> Result<Map<String, Json>, Fault> {
        let value = match self {
            Self::Bytes { data, .. } if data.is_empty() => return Ok(Map::new()),
            Self::Bytes { media_type, data } => match serde_json::from_slice(&data) {
                Ok(value) => value,
                Err(_) if is_form(media_type) => return Ok(form::decode(&data)),
                Err(error) => return Err(unreadable(&error)),
            },
            other => other.into_json().into_owned(),
        };
        match value {
            Json::Object(members) => Ok(members),
            Json::Null => Ok(Map::new()),
            _ => {
                let why = "other values join the request body, so it must be an object";
                Err(Fault::caller(CallerFault::InvalidInput, why))
            }
        }
    }

    /// As bytes: its text, or the bytes it is.
    pub(crate) fn into_bytes(self) -> Bytes {
        match self {
            Self::Bytes { data, .. } => data,
            other => Bytes::from(other.into_text().into_owned()),
        }
    }

    /// As a value to keep.
    pub(crate) fn into_value(self) -> Value {
        match self {
            Self::Bytes { media_type, data } => Value::Bytes { media_type: media_type.map(Into::into), data },
            other => Value::Json(other.into_json().into_owned()),
        }
    }

    /// Whether it counts as true: not false, null, zero, nor an empty text, list or object.
    pub(crate) fn is_truthy(&self) -> bool {
        match self {
            Self::Text(text) => !text.is_empty(),
            Self::Bytes { data, .. } => !data.is_empty(),
            Self::Json(json) => is_truthy(json),
        }
    }
}

/// The caller's body is not the JSON it has to be.
pub(crate) fn unreadable(error: &serde_json::Error) -> Fault {
    Fault::caller(CallerFault::InvalidInput, format!("the request body is not JSON: {error}"))
}

/// Whether a JSON value counts as true.
pub(crate) fn is_truthy(json: &Json) -> bool {
    match json {
        Json::Null => false,
        Json::Bool(value) => *value,
        Json::Number(number) => number.as_f64() != Some(0.0),
        Json::String(text) => !text.is_empty(),
        Json::Array(items) => !items.is_empty(),
        Json::Object(members) => !members.is_empty(),
    }
}

/// Appends the text of a JSON value.
pub(crate) fn write_text(json: &Json, out: &mut String) {
    match json {
        Json::Null => {}
        Json::String(text) => out.push_str(text),
        Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_) => {
            // Writing to a string does not fail.
            let _ = write!(out, "{json}");
        }
    }
}

/// The JSON scalar a text reads as, when it reads as one of that type.
pub(crate) fn scalar(kind: ScalarType, text: &str) -> Option<Json> {
    match kind {
        ScalarType::Integer => number(text).filter(|n| !n.is_f64()).map(Json::Number),
        ScalarType::Number => number(text).map(Json::Number),
        ScalarType::Boolean => match text {
            "true" => Some(Json::Bool(true)),
            "false" => Some(Json::Bool(false)),
            _ => None,
        },
    }
}

fn number(text: &str) -> Option<Number> {
    serde_json::from_str::<Number>(text).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts() {
        for (value, text) in [
            (json!(null), ""),
            (json!(true), "true"),
            (json!(false), "false"),
            (json!(7), "7"),
            (json!(-1.5), "-1.5"),
            (json!(1.0), "1.0"),
            (json!(18_446_744_073_709_551_615_u64), "18446744073709551615"),
            (json!("a \"b\""), "a \"b\""),
            (json!([1, "x", null]), r#"[1,"x",null]"#),
            (json!({"b": 1, "a": {"c": true}}), r#"{"b":1,"a":{"c":true}}"#),
        ] {
            let mut out = String::new();
            write_text(&value, &mut out);
            assert_eq!(out, text, "{value}");
        }
    }

    #[test]
    fn scalars_read_strictly() {
        assert_eq!(scalar(ScalarType::Integer, "42"), Some(json!(42)));
        assert_eq!(scalar(ScalarType::Integer, "007"), None);
        assert_eq!(scalar(ScalarType::Integer, "1.5"), None);
        assert_eq!(scalar(ScalarType::Number, "1.5"), Some(json!(1.5)));
        assert_eq!(scalar(ScalarType::Number, "NaN"), None);
        assert_eq!(scalar(ScalarType::Boolean, "true"), Some(json!(true)));
        assert_eq!(scalar(ScalarType::Boolean, "True"), None);
    }
}
