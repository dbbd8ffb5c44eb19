//! An Avro body as JSON: a bare record described by an Avro schema, or (told by its magic) an object-container file.

use serde_json::Value;

mod container;
mod datum;
mod input;

use super::budget::Budget;
use super::error::FormatError;
use super::schema::Schema;
use datum::Decoder;
use input::Input;

/// Decodes a body.
pub(super) fn decode(body: &[u8], schema: Option<Schema<'_>>, budget: &mut Budget) -> Result<Value, FormatError> {
    if body.starts_with(container::MAGIC) {
        return container::decode(body, budget);
    }
    let Some(Schema::Avro(schema)) = schema else {
        return Err(budget.error("it needs `outputSchema`, the `.avsc` file"));
    };
    let mut input = Input::new(body);
    let value = Decoder::new(schema).datum(schema, &mut input, budget)?;
    if input.rest().is_empty() {
        Ok(value)
    } else {
        Err(input.error(format!("{} bytes are left over", input.rest().len())))
    }
}
