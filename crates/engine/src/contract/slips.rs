//! Members that no schema names but that are surely a slip of one it does. A schema that closes an object refuses them itself and
//! one that opens it lets them pass; most schemas say neither, and a caller who wrote `promt` must not pay for an empty prompt.

use capstan_plan::{
    Input,
    suggest::{Names, slip},
};
use serde_json::Value as Json;

use super::{
    explain::{self, Place},
    schema::{is_silent, items, known, property},
};
use crate::base::fault::Violation;

/// How deep bodies are looked at.
const DEPTH: usize = 32;

/// How many unknown members of one value are compared with the known ones.
const UNKNOWN: usize = 64;

/// Appends every slip in `value`.
pub(super) fn all(input: &Input, value: &Json, found: &mut Vec<Violation>) {
    let mut pointer = String::new();
    let mut walk = Walk { input, root: &input.schema, found, left: UNKNOWN };
    walk.value(value, &input.schema, &mut pointer, 0);
}

struct Walk<'w> {
    input: &'w Input,
    root: &'w Json,
    found: &'w mut Vec<Violation>,
    left: usize,
}

impl Walk<'_> {
    fn value(&mut self, value: &Json, schema: &Json, pointer: &mut String, depth: usize) {
        if depth > DEPTH {
            return;
        }
        match value {
            Json::Object(members) => {
                for (name, member) in members {
                    match property(schema, self.root, name) {
                        Some(inner) => self.inside(name, member, inner, pointer, depth),
                        None => self.unknown(name, members, schema, pointer),
                    }
                }
            }
            Json::Array(list) => {
                let Some(item) = items(schema, self.root) else { return };
                for (at, element) in list.iter().enumerate() {
                    self.inside(&at.to_string(), element, item, pointer, depth);
                }
            }
            _ => {}
        }
    }

    fn inside(&mut self, name: &str, value: &Json, schema: &Json, pointer: &mut String, depth: usize) {
        if !(value.is_object() || value.is_array()) {
            return;
        }
        let before = pointer.len();
        pointer.push('/');
        pointer.push_str(&explain::escaped(name));
        self.value(value, schema, pointer, depth + 1);
        pointer.truncate(before);
    }

    fn unknown(&mut self, name: &str, given: &serde_json::Map<String, Json>, schema: &Json, pointer: &str) {
        if self.left == 0 || !is_silent(schema, self.root) {
            return;
        }
        self.left -= 1;
        let missing = known(schema, self.root).into_iter().filter(|known| !given.contains_key(*known));
        if let Some(near) = slip(name, missing, Names::Given) {
            let place = Place { input: self.input, pointer };
            self.found.push(place.unknown(name, Some(near), None));
        }
    }
}
