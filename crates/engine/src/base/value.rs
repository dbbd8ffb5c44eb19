//! Values in a frame: JSON, or bytes with a media type. Owns their conversions; printing rules are `print`'s.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use capstan_plan::{Flow, SlotId};

use super::{fault::Violation, form, media_type::is_form, workers::IN_PLACE};

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

    /// About how many bytes it has; once there are more than is done in place, they are not counted on.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Json(json) => size(json),
            Self::Bytes { data, .. } => data.len(),
        }
    }

    /// About how many bytes of memory it takes that are not counted elsewhere; none when it is small.
    pub(crate) fn memory(&self) -> usize {
        match self {
            Self::Json(json) if size(json) > IN_PLACE => memory(json),
            Self::Json(_) | Self::Bytes { .. } => 0,
        }
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

/// About how many bytes JSON has as text; once there are more than is done in place, they are not counted on.
#[must_use]
pub fn size(json: &serde_json::Value) -> usize {
    fn add(json: &serde_json::Value, sum: usize) -> usize {
        if sum > IN_PLACE {
            return sum;
        }
        match json {
            serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => sum + 4,
            serde_json::Value::String(text) => sum + text.len(),
            serde_json::Value::Array(items) => items.iter().fold(sum + 2, |sum, item| add(item, sum)),
            serde_json::Value::Object(members) => {
                members.iter().fold(sum + 2, |sum, (name, member)| add(member, sum + name.len()))
            }
        }
    }
    add(json, 0)
}

/// About how many bytes of memory JSON takes.
pub(crate) fn memory(json: &serde_json::Value) -> usize {
    /// What a member of an object takes besides name and value.
    const MEMBER: usize = 48;
    let own = size_of::<serde_json::Value>();
    match json {
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => own,
        serde_json::Value::String(text) => own + text.len(),
        serde_json::Value::Array(items) => items.iter().fold(own, |sum, item| sum + memory(item)),
        serde_json::Value::Object(members) => {
            members.iter().fold(own, |sum, (name, member)| sum + MEMBER + name.len() + memory(member))
        }
    }
}

impl From<serde_json::Value> for Value {
    fn from(value: serde_json::Value) -> Self {
        Self::Json(value)
    }
}

/// The most refusals that are kept.
const REFUSED: usize = 50;

/// A value in its slot; bytes that are JSON are parsed at most once.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) value: Value,
    parsed: OnceLock<Option<serde_json::Value>>,
    /// Whether an upstream had a part in it.
    of_step: bool,
}

impl Cell {
    fn new(value: Value, of_step: bool) -> Self {
        Self { value, parsed: OnceLock::new(), of_step }
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
    refused: Vec<Violation>,
    /// The values around, for what runs several times in one invocation.
    outer: Option<Arc<Inputs>>,
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
        Self { cells: vec![OnceLock::new(); slots as usize], refused: Vec::new(), outer: None }
    }

    /// Empty slots in front of those of `outer`: what is not filled here is read there.
    pub(crate) fn within(outer: &Arc<Self>) -> Self {
        let cells = vec![OnceLock::new(); outer.cells.len()];
        Self { cells, refused: Vec::new(), outer: Some(Arc::clone(outer)) }
    }

    /// Notes something that was given but that no slot takes: the invocation is refused, with everything else that is wrong.
    pub fn refuse(&mut self, violation: Violation) {
        if self.refused.len() < REFUSED {
            self.refused.push(violation);
        }
    }

    /// Everything that was refused.
    pub(crate) fn take_refused(&mut self) -> Vec<Violation> {
        std::mem::take(&mut self.refused)
    }

    /// Fills a slot. A slot the flow does not have is ignored.
    pub fn set(&mut self, slot: SlotId, value: Value) {
        if let Some(place) = self.cells.get_mut(usize::from(slot)) {
            *place = OnceLock::from(Cell::new(value, false));
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
        let own = self.cells.get(usize::from(slot)).and_then(OnceLock::get);
        own.or_else(|| self.outer.as_ref().and_then(|outer| outer.cell(slot)))
    }

    /// Fills an empty slot with what a step gave, while others read; a filled one keeps its value.
    pub(crate) fn fill(&self, slot: SlotId, value: Value) {
        self.put(slot, Cell::new(value, true));
    }

    /// Fills an empty slot with what was computed of others.
    pub(crate) fn bind(&self, slot: SlotId, value: Value) {
        self.put(slot, Cell::new(value, false));
    }

    fn put(&self, slot: SlotId, cell: Cell) {
        if let Some(place) = self.cells.get(usize::from(slot)) {
            let _ = place.set(cell);
        }
    }

    /// Whether a step filled that slot.
    pub(crate) fn is_of_step(&self, slot: SlotId) -> bool {
        self.cell(slot).is_some_and(|cell| cell.of_step)
    }

    /// About how many bytes of memory large values take, those included that were read of bytes.
    pub(crate) fn memory(&self) -> usize {
        let cells = self.cells.iter().filter_map(OnceLock::get);
        let read = |cell: &Cell| match cell.parsed.get() {
            Some(Some(json)) if size(json) > IN_PLACE => memory(json),
            _ => 0,
        };
        cells.map(|cell| cell.value.memory() + read(cell)).sum()
    }

    /// About how many bytes there are in all slots; once there are more than is done in place, they are not counted on.
    #[must_use]
    pub fn size(&self) -> usize {
        let mut sum = 0;
        for cell in self.cells.iter().filter_map(OnceLock::get) {
            sum += cell.value.size();
            if sum > IN_PLACE {
                break;
            }
        }
        sum
    }
}
