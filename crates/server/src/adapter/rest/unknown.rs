//! What a request carries and no input of its route takes. A field of the body that would be dropped is refused. A query parameter is
//! refused when it is surely a slip of one that the route takes; any other passes, because links are decorated on their way
//! (`utm_source`, cache busters). Headers always pass: browsers, proxies and gateways add their own.

use capstan_engine::{Inputs, Violation};
use capstan_plan::{
    Place, Route,
    suggest::{Names, nearest, slip},
};
use serde_json::Value;

use super::{input::Reader, members::is_inside};

/// How many unknown names of one request are looked at.
const UNKNOWN: usize = 64;

/// Notes everything that nothing takes.
pub(super) fn refuse(reader: &Reader<'_>, route: &Route, inputs: &mut Inputs) {
    let places = || route.inputs.iter().flat_map(|input| &input.places);
    // A mock sees the whole request.
    if places().any(|place| matches!(place, Place::Request)) {
        return;
    }
    query(reader, route, inputs);
    let rest = places().find_map(|place| match place {
        Place::Body { minus } => Some(minus.len()),
        // Any part of the body may be what it selects.
        Place::BodyPath(_) => Some(0),
        _ => None,
    });
    match rest {
        // What takes the whole body checks it.
        Some(0) => {}
        Some(_) => body(reader, route, inputs, true),
        None => body(reader, route, inputs, false),
    }
}

fn query(reader: &Reader<'_>, route: &Route, inputs: &mut Inputs) {
    let given = reader.query();
    let taken = || {
        let places = route.inputs.iter().flat_map(|input| &input.places).filter_map(|place| match place {
            Place::Query(name) => Some(&**name),
            _ => None,
        });
        let members = route.inputs.iter().flat_map(|input| &input.places).filter_map(|place| match place {
            Place::QueryMembers(names) => Some(names.iter().map(|name| &**name)),
            _ => None,
        });
        let places = places.chain(members.flatten());
        places.chain(route.query.iter().map(|(name, _)| &**name))
    };
    let mut unknown =
        given.iter().filter(|(name, _)| taken().all(|taken| taken != name && !is_inside(name, taken))).peekable();
    if unknown.peek().is_none() {
        return;
    }
    let missing: Vec<&str> = taken().filter(|name| given.iter().all(|(given, _)| given != name)).collect();
    for (name, _) in unknown.take(UNKNOWN) {
        if let Some(near) = slip(name, missing.iter().copied(), Names::Given) {
            inputs.refuse(Violation { place: Some("query"), ..Violation::unknown(name, Some(near)) });
        }
    }
}

/// Refuses fields no input takes; with `open`, where the others are sent on, only those that are surely slips.
fn body(reader: &Reader<'_>, route: &Route, inputs: &mut Inputs, open: bool) {
    let Some(Value::Object(fields)) = reader.fields() else { return };
    let taken = route.inputs.iter().flat_map(|input| &input.places).filter_map(|place| match place {
        Place::Field(name) => Some(&**name),
        _ => None,
    });
    let taken: Vec<&str> = taken.collect();
    // A body means nothing to some methods.
    if taken.is_empty() && !matches!(reader.method().as_str(), "POST" | "PUT" | "PATCH") {
        return;
    }
    let is_known = |name: &&str| taken.contains(name) || route.fixed.iter().any(|fixed| **fixed == **name);
    let unknown = fields.keys().map(String::as_str).filter(|name| !is_known(name)).take(UNKNOWN);
    let missing: Vec<&str> = taken.iter().copied().filter(|name| !fields.contains_key(*name)).collect();
    for name in unknown {
        let near = match open {
            true => slip(name, missing.iter().copied(), Names::Given),
            false => nearest(name, missing.iter().copied()),
        };
        if near.is_some() || !open {
            let expected = if near.is_some() {
                None
            } else {
                Violation::one_of(&taken).or_else(|| Some("no request body".to_owned()))
            };
            inputs.refuse(Violation { place: Some("body"), expected, ..Violation::unknown(name, near) });
        }
    }
}
