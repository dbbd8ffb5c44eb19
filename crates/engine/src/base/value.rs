//! Values in a frame: JSON, or bytes with a media type. Owns their conversions; printing rules are `print`'s.

use std::sync::OnceLock;

use bytes::Bytes;
use capstan_plan::{Flow, SlotId};

use super::{form, media_type::is_form};

/// A value a caller supplies or a step produces.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A JSON value.
    Json(serde_json::Value),
    /// Bytes as they came, with the media type that was said of them.
    Bytes {
        /// The media type, when one was said.
        media_type: Option<Box<str>>,
        /// The content.
        data: Bytes,
    },
}

impl Value {
    /// A text value.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Json(serde_json::Value::String(text.into()))
    }

    /// Bytes with a media type.
    #[must_use]
    pub fn bytes(media_type: Option<&str>, data: impl Into<Bytes>) -> Self {
        Self::Bytes { media_type: media_type.map(Into::into), data: data.into() }
    }

    /// The value as JSON: bytes that are JSON parsed, other bytes as text.
    #[must_use]
    pub fn into_json(self) -> serde_json::Value {
        match self {
            Self::Json(value) => value,
            Self::Bytes { data, .. } => serde_json::from_slice(&data)
                .unwrap_or_else(|_| serde_json::Value::String(String::from_utf8_lossy(&data).into_owned())),
        }
    }
}

impl From<serde_json::Value> for Value {
    fn from(value: serde_json::Value) -> Self {
        Self::Json(value)
    }
}

/// A value in its slot; bytes that are JSON are parsed at most once.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) value: Value,
    parsed: OnceLock<Option<serde_json::Value>>,
}

impl Cell {
    pub(crate) fn new(value: Value) -> Self {
        Self { value, parsed: OnceLock::new() }
    }

    /// The value as JSON: a form as the object it means, nothing for bytes that are neither.
    pub(crate) fn json(&self) -> Option<&serde_json::Value> {
        match &self.value {
            Value::Json(value) => Some(value),
            Value::Bytes { media_type, data } => self.parsed.get_or_init(|| read(media_type.as_deref(), data)).as_ref(),
        }
    }
}

fn read(media_type: Option<&str>, data: &Bytes) -> Option<serde_json::Value> {
    serde_json::from_slice(data).ok().or_else(|| is_form(media_type).then(|| form::decode(data).into()))
}

/// The values of one invocation, one optional value a slot: what the caller gave, then what steps produce.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    cells: Vec<OnceLock<Cell>>,
}

impl Inputs {
    /// Empty slots for `flow`.
    #[must_use]
    pub fn for_flow(flow: &Flow) -> Self {
        Self::with_slots(flow.slots)
    }

    /// That many empty slots.
    #[must_use]
    pub fn with_slots(slots: u32) -> Self {
        Self { cells: vec![OnceLock::new(); slots as usize] }
    }

    /// Fills a slot. A slot the flow does not have is ignored.
    pub fn set(&mut self, slot: SlotId, value: Value) {
        if let Some(place) = self.cells.get_mut(usize::from(slot)) {
            *place = OnceLock::from(Cell::new(value));
        }
    }

    /// Empties a slot and hands out what was there.
    pub fn take(&mut self, slot: SlotId) -> Option<Value> {
        self.cells.get_mut(usize::from(slot)).and_then(OnceLock::take).map(|cell| cell.value)
    }

    /// The value of a slot.
    #[must_use]
    pub fn get(&self, slot: SlotId) -> Option<&Value> {
        self.cell(slot).map(|cell| &cell.value)
    }

    /// The value of a slot as JSON; nothing for bytes that are not JSON.
    #[must_use]
    pub fn json(&self, slot: SlotId) -> Option<&serde_json::Value> {
        self.cell(slot).and_then(Cell::json)
    }

    pub(crate) fn cell(&self, slot: SlotId) -> Option<&Cell> {
        self.cells.get(usize::from(slot)).and_then(OnceLock::get)
    }

    /// Fills an empty slot while others read; a filled one keeps its value.
    pub(crate) fn fill(&self, slot: SlotId, value: Value) {
        if let Some(place) = self.cells.get(usize::from(slot)) {
            let _ = place.set(Cell::new(value));
        }
    }
}
