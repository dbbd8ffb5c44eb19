//! What a flow needs of its frame after a job, so that another process can go on from there.

use capstan_plan::{Flow, Outcome, Outputs, Shape, SlotId};
use serde_json::Value as Json;

use crate::{
    base::value::{Inputs, Value},
    job::handle::VALUES,
};

/// The values the flow reads once the job of this step is over; nothing when it cannot be taken up again: it has other steps, which
/// may have done something already, or what it needs is too much for a handle.
pub(super) fn after(flow: &Flow, step: usize, frame: &Inputs) -> Option<Vec<(SlotId, Json)>> {
    let (Outcome::Response { step: answered, outputs }, [_]) = (&flow.outcome, &*flow.steps) else { return None };
    if *answered != step {
        return None;
    }
    let mut slots = Vec::new();
    match outputs {
        Outputs::Identity => {}
        Outputs::First(shapes) => shapes.iter().for_each(|shape| read(shape, &mut slots)),
        Outputs::Named(shapes) => shapes.iter().for_each(|(_, shape)| read(shape, &mut slots)),
    }
    let mut values = Vec::new();
    let mut size = 0;
    for slot in slots {
        match frame.get(slot) {
            None => {}
            Some(Value::Json(json)) => {
                size += json.to_string().len();
                values.push((slot, json.clone()));
            }
            Some(Value::Bytes { .. }) => return None,
        }
    }
    (size <= VALUES).then_some(values)
}

/// The slots a shape reads.
fn read(shape: &Shape, slots: &mut Vec<SlotId>) {
    match shape {
        Shape::Select(_) => {}
        Shape::Constant(template) => template.slots(slots),
        Shape::Object { fields, .. } => fields.iter().for_each(|(_, field)| read(field, slots)),
        Shape::Array { item, .. } => item.iter().for_each(|item| read(item, slots)),
        Shape::Map { value, .. } => read(value, slots),
        Shape::MaxLength(inner, _) => read(inner, slots),
    }
}
