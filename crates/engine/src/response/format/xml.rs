//! XML to JSON: the root's name is dropped, attributes and children become sibling fields under their local names, repeated
//! names become arrays, text beside fields goes under the empty key, everything scalar is text. No DTD is read and no
//! entity is expanded beyond the five predefined ones and character references.

use std::collections::HashSet;

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use serde_json::{Map, Value};

use super::budget::Budget;
use super::error::FormatError;

/// An element whose end has not been seen.
struct Open {
    name: String,
    fields: Map<String, Value>,
    /// Text since the last tag.
    text: String,
}

/// Decodes a document into the value of its root element.
pub(super) fn decode(text: &str, budget: &mut Budget) -> Result<Value, FormatError> {
    let mut reader = Reader::from_str(text);
    let mut decoder = Decoder { open: Vec::new(), root: None, budget };
    loop {
        let at = offset(&reader);
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => {
                let at = usize::try_from(reader.error_position()).unwrap_or(usize::MAX);
                return Err(decoder.budget.error(error.to_string()).in_text(text, at));
            }
        };
        let done = matches!(event, Event::Eof);
        decoder.event(event).map_err(|error| error.in_text(text, at))?;
        if done {
            let missing = decoder.budget.error("there is no root element");
            return decoder.root.ok_or(missing);
        }
    }
}

fn offset(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

struct Decoder<'b> {
    open: Vec<Open>,
    root: Option<Value>,
    budget: &'b mut Budget,
}

impl Decoder<'_> {
    fn event(&mut self, event: Event<'_>) -> Result<(), FormatError> {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::Empty(tag) => {
                self.start(&tag)?;
                self.end()
            }
            Event::End(_) => self.end(),
            Event::Text(content) => self.text(&content.xml10_content()),
            Event::CData(content) => self.text(&content.xml10_content()),
            Event::GeneralRef(reference) => {
                let character = self.reference(&reference)?;
                self.text(character.encode_utf8(&mut [0; 4]))
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => Ok(()),
            Event::Eof => match self.open.last() {
                Some(element) => Err(self.budget.error(format!("element `{}` is not closed", element.name))),
                None => Ok(()),
            },
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>) -> Result<(), FormatError> {
        if self.open.is_empty() && self.root.is_some() {
            return Err(self.budget.error("there is more than one root element"));
        }
        self.budget.depth(self.open.len() + 1)?;
        self.flush();
        let mut fields = Map::new();
        let mut names = HashSet::new();
        // Not checked by the reader, which compares each name with all before it.
        for attribute in tag.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| self.budget.error(error.to_string()))?;
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|error| self.budget.error(error.to_string()))?;
            let key = attribute.key.local_name();
            self.budget.charge(key.as_ref().len() + value.len())?;
            let name = attribute.key.into_inner();
            if !names.insert(name) {
                return Err(self.budget.error(format!("attribute `{name}` is repeated")));
            }
            add(&mut fields, key.as_ref().to_owned(), Value::String(value.into_owned()));
        }
        let name = tag.local_name().as_ref().to_owned();
        self.budget.charge(name.len())?;
        self.open.push(Open { name, fields, text: String::new() });
        Ok(())
    }

    fn end(&mut self) -> Result<(), FormatError> {
        // The reader has matched the names already.
        let Some(Open { name, mut fields, text }) = self.open.pop() else {
            return Err(self.budget.error("an end tag without a start"));
        };
        let value = if fields.is_empty() {
            Value::String(text)
        } else {
            keep(&mut fields, text);
            Value::Object(fields)
        };
        match self.open.last_mut() {
            Some(parent) => add(&mut parent.fields, name, value),
            None => self.root = Some(value),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), FormatError> {
        match self.open.last_mut() {
            Some(element) => {
                self.budget.charge_bytes(text.len())?;
                element.text.push_str(text);
                Ok(())
            }
            None if text.trim_matches(['\u{FEFF}', ' ', '\t', '\r', '\n']).is_empty() => Ok(()),
            None => Err(self.budget.error("text outside the root element")),
        }
    }

    /// Text in front of a child becomes a field of its own.
    fn flush(&mut self) {
        if let Some(element) = self.open.last_mut() {
            let text = std::mem::take(&mut element.text);
            keep(&mut element.fields, text);
        }
    }

    fn reference(&self, reference: &BytesRef<'_>) -> Result<char, FormatError> {
        let resolved = reference.resolve_char_ref().map_err(|error| self.budget.error(error.to_string()))?;
        let name = reference.xml10_content();
        resolved
            .or(match &*name {
                "lt" => Some('<'),
                "gt" => Some('>'),
                "amp" => Some('&'),
                "apos" => Some('\''),
                "quot" => Some('"'),
                _ => None,
            })
            .ok_or_else(|| {
                self.budget.error(format!("unknown entity `&{};`", name.chars().take(64).collect::<String>()))
            })
    }
}

fn keep(fields: &mut Map<String, Value>, text: String) {
    if !text.trim().is_empty() {
        add(fields, String::new(), Value::String(text));
    }
}

/// Adds a field; the second of a name makes it an array.
fn add(fields: &mut Map<String, Value>, name: String, value: Value) {
    match fields.get_mut(&name) {
        // Only this function makes arrays, so an array is always a repetition.
        Some(Value::Array(list)) => list.push(value),
        Some(first) => {
            let single = first.take();
            *first = Value::Array(vec![single, value]);
        }
        None => {
            fields.insert(name, value);
        }
    }
}
