//! Outputs in the forms of the standard. An answer that is passed on whole has no outputs at all; an object taken whole lists no
//! properties; named outputs are the properties of one object.

use super::{
    draft::Draft,
    tree::{Entry, Kind, Piece},
};
use crate::keys;

/// Writes outputs as the standard has them.
pub(super) fn change(draft: &mut Draft<'_>) {
    draft.everywhere(&whole);
    draft.everywhere(&named);
    draft.everywhere(&number);
    draft.everywhere(&properties);
    draft.everywhere(&kept);
}

fn is_unit(piece: &Piece) -> bool {
    let steps = piece.get("steps").is_some();
    let calls = piece.get("call").is_some() || piece.get("ref").is_some();
    (piece.is(&keys::UNIT) || piece.is(&keys::TOOL) || piece.is(&keys::MCP_RESOURCE) || piece.is(&keys::FLOW))
        && calls
        && !steps
}

/// Whether an output is all of the answer, as it came.
fn is_whole(output: &Piece) -> bool {
    let mapping = output.get("mapping").and_then(Piece::scalar).unwrap_or("$");
    let plain = ["name", "properties", "items", "value", "const", "values", "maxLength"];
    matches!(mapping.trim(), "$" | "$.") && plain.iter().all(|key| output.get(key).is_none())
}

/// An answer passed on as it came.
fn whole(piece: &mut Piece) -> bool {
    let passes = is_unit(piece)
        && piece.get("outputParameters").is_some_and(|outputs| {
            let structured =
                |output: &Piece| matches!(output.get("type").and_then(Piece::scalar), Some("object" | "array") | None);
            matches!(outputs.items(), [only] if is_whole(only) && structured(only))
        });
    passes && piece.take("outputParameters").is_some()
}

/// Several named outputs.
fn named(piece: &mut Piece) -> bool {
    if !is_unit(piece) {
        return false;
    }
    let Some(Kind::List { items, .. }) = piece.get_mut("outputParameters").map(|piece| &mut piece.kind) else {
        return false;
    };
    if items.is_empty() || !items.iter().all(|output| output.get("name").and_then(Piece::scalar).is_some()) {
        return false;
    }
    let members = items.drain(..).filter_map(|mut output| {
        let name = output.take("name")?;
        let mut entry = Entry::new(name.piece.scalar()?, output);
        entry.piece.above.extend(name.piece.above);
        entry.piece.beside = entry.piece.beside.take().or(name.piece.beside);
        Some(entry)
    });
    let members: Vec<Entry> = members.collect();
    let object =
        Piece::map(vec![Entry::new("type", Piece::text("object")), Entry::new("properties", Piece::map(members))]);
    items.push(object);
    true
}

/// Whole numbers are numbers.
fn number(piece: &mut Piece) -> bool {
    let integer = piece.is(&keys::OUTPUT) && piece.get("type").and_then(Piece::scalar) == Some("integer");
    if integer {
        piece.set("type", Piece::text("number"), None);
    }
    integer
}

/// An object that is taken whole.
fn properties(piece: &mut Piece) -> bool {
    let object = piece.is(&keys::OUTPUT)
        && piece.get("type").and_then(Piece::scalar) == Some("object")
        && ["properties", "value", "const", "values"].iter().all(|key| piece.get(key).is_none());
    if object {
        piece.set("properties", Piece::new(Kind::Map { entries: Vec::new(), flow: true, table: None }), None);
    }
    object
}

/// What a consumed operation keeps of its answer is a `value`.
fn kept(piece: &mut Piece) -> bool {
    if !piece.is(&keys::OPERATION) {
        return false;
    }
    let Some(outputs) = piece.get_mut("outputParameters") else { return false };
    let mut changed = false;
    for (_, output) in super::calls::named(outputs) {
        let lacks = output.get("value").is_none();
        let mapping = output.entries_mut().into_iter().flatten().find(|entry| entry.key == "mapping" && lacks);
        if let Some(entry) = mapping {
            entry.rename("value");
            changed = true;
        }
    }
    changed
}
