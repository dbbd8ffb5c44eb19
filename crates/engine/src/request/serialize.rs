//! Values written as an API documents it (OpenAPI's `style`, `explode`, `allowReserved`). Values are encoded: what stands between
//! them is ours.

use capstan_plan::{ParameterStyle as Style, Serialization};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value as Json;

use crate::{base::encode, template::computed::write_text};

/// What may stand in a query as it is where reserved characters are allowed. What would end the value or the query may not.
const WITH_RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b':')
    .remove(b'/')
    .remove(b'?')
    .remove(b'@')
    .remove(b'!')
    .remove(b'$')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b',')
    .remove(b';');

/// How deep objects are written apart.
const DEPTH: usize = 32;

/// Appends `&name=value` for each pair a value is in a query or a form.
pub(super) fn pairs(out: &mut String, name: &str, value: &Json, how: Serialization) {
    let mut pair = Pairs { out, how };
    match (how.style, value) {
        (_, Json::Null) => {}
        (Style::Json, value) => pair.text(name, &value.to_string()),
        (Style::DeepObject, value) => pair.deep(name, value, 0),
        (_, Json::Array(items)) if how.explode => {
            items.iter().filter(|item| !item.is_null()).for_each(|item| pair.value(name, item));
        }
        (_, Json::Array(items)) => pair.joined(name, items.iter()),
        (_, Json::Object(members)) if how.explode => {
            members.iter().filter(|(_, member)| !member.is_null()).for_each(|(name, member)| pair.value(name, member));
        }
        (_, Json::Object(members)) => {
            let names: Vec<Json> = members.keys().map(|name| Json::from(name.as_str())).collect();
            let flat = names.iter().zip(members.values()).filter(|(_, member)| !member.is_null());
            pair.joined(name, flat.flat_map(|(name, member)| [name, member]));
        }
        (_, scalar) => pair.value(name, scalar),
    }
}

struct Pairs<'p> {
    out: &'p mut String,
    how: Serialization,
}

impl Pairs<'_> {
    fn begin(&mut self, name: &str) {
        self.out.push('&');
        self.out.push_str(&encode::path(name));
        self.out.push('=');
    }

    fn encoded(&mut self, text: &str) {
        match self.how.allow_reserved {
            true => self.out.extend(utf8_percent_encode(text, WITH_RESERVED)),
            // Not `+` for a space: whoever reads a style literally would take it for one.
            false => self.out.push_str(&encode::path(text)),
        }
    }

    fn text(&mut self, name: &str, text: &str) {
        self.begin(name);
        self.encoded(text);
    }

    fn value(&mut self, name: &str, value: &Json) {
        let mut text = String::new();
        write_text(value, &mut text);
        self.text(name, &text);
    }

    /// Elements in one text. None of them, no text.
    fn joined<'j>(&mut self, name: &str, items: impl Iterator<Item = &'j Json>) {
        let delimiter = match self.how.style {
            Style::SpaceDelimited => "%20",
            Style::PipeDelimited => "%7C",
            Style::TabDelimited => "%09",
            _ => ",",
        };
        let mut is_first = true;
        for item in items.filter(|item| !item.is_null()) {
            match std::mem::replace(&mut is_first, false) {
                true => self.begin(name),
                false => self.out.push_str(delimiter),
            }
            let mut text = String::new();
            write_text(item, &mut text);
            self.encoded(&text);
        }
    }

    /// Members in brackets behind the name, as deep as they go.
    fn deep(&mut self, name: &str, value: &Json, depth: usize) {
        match value {
            Json::Null => {}
            Json::Object(members) if depth < DEPTH => {
                members.iter().for_each(|(key, member)| self.deep(&format!("{name}[{key}]"), member, depth + 1));
            }
            Json::Array(items) if depth < DEPTH => {
                for (at, item) in items.iter().enumerate() {
                    self.deep(&format!("{name}[{at}]"), item, depth + 1);
                }
            }
            other => self.value(name, other),
        }
    }
}

/// A value in a path, percent-encoded; empty when there is nothing to write.
pub(super) fn segment(name: &str, value: &Json, how: Serialization) -> String {
    let text = |value: &Json| {
        let mut text = String::new();
        write_text(value, &mut text);
        encode::path(&text)
    };
    let name = encode::path(name);
    let parts: Vec<String> = match value {
        Json::Null => return String::new(),
        Json::Array(items) => items.iter().map(text).collect(),
        Json::Object(members) if how.explode => {
            members.iter().map(|(key, member)| format!("{}={}", encode::path(key), text(member))).collect()
        }
        Json::Object(members) => members.iter().flat_map(|(key, member)| [encode::path(key), text(member)]).collect(),
        scalar => vec![text(scalar)],
    };
    if parts.iter().all(String::is_empty) {
        return String::new();
    }
    match how.style {
        Style::Label => format!(".{}", parts.join(if how.explode { "." } else { "," })),
        Style::Matrix if how.explode && value.is_object() => parts.iter().map(|part| format!(";{part}")).collect(),
        Style::Matrix if how.explode => parts.iter().map(|part| format!(";{name}={part}")).collect(),
        Style::Matrix => format!(";{name}={}", parts.join(",")),
        Style::Json => encode::path(&value.to_string()),
        _ => parts.join(","),
    }
}

/// A value in a header.
pub(super) fn header(value: &Json, how: Serialization) -> String {
    let text = |value: &Json| {
        let mut text = String::new();
        write_text(value, &mut text);
        text
    };
    match value {
        value if how.style == Style::Json => value.to_string(),
        Json::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        Json::Object(members) => {
            let between = if how.explode { "=" } else { "," };
            let parts = members.iter().map(|(key, member)| format!("{key}{between}{}", text(member)));
            parts.collect::<Vec<_>>().join(",")
        }
        scalar => text(scalar),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_style_of_a_query() {
        let (list, object) = (json!(["a,b", "c d"]), json!({"R": 100, "G": "x y", "none": null}));
        let cases = [
            (&list, Style::Form, true, "&n=a%2Cb&n=c%20d"),
            (&list, Style::Form, false, "&n=a%2Cb,c%20d"),
            (&list, Style::SpaceDelimited, false, "&n=a%2Cb%20c%20d"),
            (&list, Style::PipeDelimited, false, "&n=a%2Cb%7Cc%20d"),
            (&list, Style::TabDelimited, false, "&n=a%2Cb%09c%20d"),
            (&list, Style::PipeDelimited, true, "&n=a%2Cb&n=c%20d"),
            (&list, Style::DeepObject, true, "&n%5B0%5D=a%2Cb&n%5B1%5D=c%20d"),
            (&object, Style::Form, true, "&R=100&G=x%20y"),
            (&object, Style::Form, false, "&n=R,100,G,x%20y"),
            (&object, Style::DeepObject, true, "&n%5BR%5D=100&n%5BG%5D=x%20y"),
            (&object, Style::Json, false, "&n=%7B%22R%22%3A100%2C%22G%22%3A%22x%20y%22%2C%22none%22%3Anull%7D"),
            (&json!(true), Style::Form, false, "&n=true"),
            (&json!([]), Style::Form, false, ""),
            (&json!(null), Style::Form, true, ""),
            (
                &json!({"a": {"b": [1]}, "c": [{"d": 2}]}),
                Style::DeepObject,
                true,
                "&n%5Ba%5D%5Bb%5D%5B0%5D=1&n%5Bc%5D%5B0%5D%5Bd%5D=2",
            ),
        ];
        for (value, style, explode, expected) in cases {
            let mut out = String::new();
            pairs(&mut out, "n", value, Serialization::new(style, explode));
            assert_eq!(out, expected, "{style:?} {explode}");
        }
        let mut out = String::new();
        let how = Serialization { allow_reserved: true, ..Serialization::new(Style::Form, true) };
        pairs(&mut out, "n", &json!("a/b?c=d&e#f+g h%41"), how);
        assert_eq!(out, "&n=a/b?c%3Dd%26e%23f%2Bg%20h%2541");
    }

    #[test]
    fn every_style_of_a_path() {
        let (list, object) = (json!(["a/b", "c"]), json!({"R": 100, "G": "x"}));
        let cases = [
            (&list, Style::Simple, false, "a%2Fb,c"),
            (&list, Style::Label, false, ".a%2Fb,c"),
            (&list, Style::Label, true, ".a%2Fb.c"),
            (&list, Style::Matrix, false, ";n=a%2Fb,c"),
            (&list, Style::Matrix, true, ";n=a%2Fb;n=c"),
            (&object, Style::Simple, false, "R,100,G,x"),
            (&object, Style::Simple, true, "R=100,G=x"),
            (&object, Style::Label, true, ".R=100.G=x"),
            (&object, Style::Matrix, true, ";R=100;G=x"),
            (&json!(5), Style::Matrix, false, ";n=5"),
            (&json!(5), Style::Label, false, ".5"),
            (&json!(""), Style::Label, false, ""),
        ];
        for (value, style, explode, expected) in cases {
            assert_eq!(segment("n", value, Serialization::new(style, explode)), expected, "{style:?} {explode}");
        }
    }

    #[test]
    fn headers_have_lists_and_objects() {
        let simple = |explode| Serialization::new(Style::Simple, explode);
        assert_eq!(header(&json!(["a", 1]), simple(false)), "a,1");
        assert_eq!(header(&json!({"R": 1, "G": 2}), simple(false)), "R,1,G,2");
        assert_eq!(header(&json!({"R": 1, "G": 2}), simple(true)), "R=1,G=2");
        assert_eq!(header(&json!("x"), Serialization::new(Style::Json, false)), "\"x\"");
    }
}
