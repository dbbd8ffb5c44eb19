//! What a flow needs of its frame after a job, so that another process can go on from there.

use capstan_plan::{Resumption, SlotId};
use serde_json::Value as Json;

use crate::{
    base::value::{Inputs, Value},
    job::handle::VALUES,
};

/// The values the flow reads once the job is over, of its frame and of `also`, which is not in it yet; nothing when that is too much for
/// a handle.
pub(super) fn after(
    resumption: &Resumption,
    frame: &Inputs,
    also: Option<(SlotId, &Json)>,
) -> Option<Vec<(SlotId, Json)>> {
    let mut values = Vec::new();
    let mut size = 0;
    for slot in &resumption.slots {
        let value = match (frame.get(*slot), also) {
            (Some(Value::Json(json)), _) => json,
            (Some(Value::Bytes { .. }), _) => return None,
            (None, Some((also, json))) if also == *slot => json,
            (None, _) => continue,
        };
        size += json_size(value);
        if size > VALUES {
            return None;
        }
        values.push((*slot, value.clone()));
    }
    Some(values)
}

fn json_size(value: &Json) -> usize {
    value.to_string().len()
}
