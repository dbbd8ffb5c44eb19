//! Owns the way from a schema of the document to a self-contained JSON Schema 2020-12 of bounded size.
//! What keywords become is in `converter`; how the root of a body is simplified is in `flatten`.

use super::converter::Converter;
use super::dialect::Dialect;
use super::refs::Refs;
use super::{flatten, read_only};
use crate::document::{Entry, Node};
use serde_json::{Value, json};

/// Bounds to try in order until the schema fits: how often one reference may stand inside itself, and how many
/// references may stand inside each other.
const BOUNDS: &[(usize, usize)] = &[(3, 24), (2, 24), (1, 24), (1, 8), (1, 4), (1, 2), (1, 1)];

/// The same for answers, which are not explained as deeply.
const ANSWER_BOUNDS: &[(usize, usize)] = &[(1, 6), (1, 3), (1, 2), (1, 1)];

/// A schema at a named place: a parameter.
pub(super) fn schema(refs: Refs<'_>, dialect: Dialect, node: &Node, name: Option<&str>) -> Value {
    fitting(refs, dialect, |converter| converter.schema(node, name))
}

/// The schema whose keywords stand in a Swagger 2.0 parameter.
pub(super) fn parameter(refs: Refs<'_>, dialect: Dialect, node: &Node, name: &str) -> Value {
    let apart = ["name", "in", "required", "description"];
    let entries: Vec<&Entry> =
        node.as_map().unwrap_or_default().iter().filter(|entry| !apart.contains(&&*entry.key.value)).collect();
    fitting(refs, dialect, |converter| Value::Object(converter.keywords(&entries, Some(name))))
}

/// The schema of a body: an object schema comes without composition at its root.
pub(super) fn root(refs: Refs<'_>, dialect: Dialect, node: &Node) -> Value {
    flatten::root(schema(refs, dialect, node, None))
}

/// The schema of an answer, with the members only requests have.
pub(super) fn answer(refs: Refs<'_>, dialect: Dialect, node: &Node) -> Value {
    attempted(refs, dialect, ANSWER_BOUNDS, |converter| converter.schema(node, None))
}

fn fitting(refs: Refs<'_>, dialect: Dialect, convert: impl Fn(&mut Converter<'_>) -> Value) -> Value {
    let mut result = attempted(refs, dialect, BOUNDS, convert);
    read_only::drop_members(&mut result);
    result
}

fn attempted(
    refs: Refs<'_>,
    dialect: Dialect,
    bounds: &[(usize, usize)],
    convert: impl Fn(&mut Converter<'_>) -> Value,
) -> Value {
    let mut result = json!({});
    for bounds in bounds {
        let mut converter = Converter::new(refs, dialect, *bounds);
        result = convert(&mut converter);
        if converter.fits() {
            break;
        }
    }
    result
}
