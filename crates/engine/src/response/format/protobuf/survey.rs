//! Counts what a message will be before it is decoded: packed numbers take a byte each on the wire and dozens in memory, and an empty
//! message shows all its fields. Follows the wire format as far as that takes; what is malformed is the decoder's to say.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use crate::response::format::{budget::Budget, error::FormatError};

/// Charges everything a message of this type will hold.
pub(super) fn charge(descriptor: &MessageDescriptor, body: &[u8], budget: &Budget) -> Result<(), FormatError> {
    message(descriptor, &mut Wire(body), budget, 0)
}

/// Bytes still to be looked at.
struct Wire<'b>(&'b [u8]);

impl<'b> Wire<'b> {
    fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..70).step_by(7) {
            let [byte] = *self.take(1)? else { return None };
            value |= u64::from(byte & 0x7F).checked_shl(shift).unwrap_or(0);
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn bytes(&mut self) -> Option<&'b [u8]> {
        let count = usize::try_from(self.varint()?).ok()?;
        self.take(count)
    }
}

fn message(
    descriptor: &MessageDescriptor,
    wire: &mut Wire<'_>,
    budget: &Budget,
    depth: usize,
) -> Result<(), FormatError> {
    budget.depth(depth)?;
    // Fields that hold their default are shown.
    budget.charge_values(descriptor.fields().len() + 1)?;
    while let Some(key) = wire.varint() {
        let field = u32::try_from(key >> 3).ok().and_then(|number| descriptor.get_field(number));
        budget.charge_values(1)?;
        let whole = match key & 7 {
            0 => wire.varint().map(drop),
            1 => wire.take(8).map(drop),
            2 => match wire.bytes() {
                Some(bytes) => {
                    delimited(field.as_ref(), bytes, budget, depth)?;
                    Some(())
                }
                None => None,
            },
            3 => {
                match field.map(|field| field.kind()) {
                    Some(Kind::Message(inner)) => message(&inner, wire, budget, depth + 1)?,
                    _ => message(descriptor, wire, budget, depth + 1)?,
                }
                Some(())
            }
            // The end of a group.
            4 => return Ok(()),
            5 => wire.take(4).map(drop),
            _ => None,
        };
        if whole.is_none() {
            return Ok(());
        }
    }
    Ok(())
}

/// A field that says its length: a text, a message, or numbers side by side.
fn delimited(field: Option<&FieldDescriptor>, bytes: &[u8], budget: &Budget, depth: usize) -> Result<(), FormatError> {
    let Some(field) = field else { return budget.charge_bytes(bytes.len()) };
    match field.kind() {
        Kind::Message(inner) => message(&inner, &mut Wire(bytes), budget, depth + 1),
        // Bytes are shown as text that is a third longer.
        Kind::String | Kind::Bytes => budget.charge_bytes(bytes.len().saturating_add(bytes.len() / 2)),
        Kind::Double | Kind::Fixed64 | Kind::Sfixed64 => budget.charge_values(bytes.len() / 8),
        Kind::Float | Kind::Fixed32 | Kind::Sfixed32 => budget.charge_values(bytes.len() / 4),
        _ => budget.charge_values(bytes.iter().filter(|byte| **byte < 0x80).count()),
    }
}
