//! What callers give. The standard has types, prose and whether something is required at what is exposed, published files have them at
//! what is consumed: the linker knows which of those belong to which unit, and they are declared there.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use capstan_plan::{Flow, Input, Place, Plan, Route, StepKind, Target, Tool, UnitRef};
use serde_json::Value;

use super::{
    calls::{self, named},
    draft::Draft,
    story,
    tree::{Entry, Kind, Piece},
};
use crate::keys;

/// How often units that cannot be declared are left out.
const TRIES: usize = 6;

/// The types of the standard.
const TYPES: [&str; 6] = ["string", "number", "integer", "boolean", "array", "object"];

/// The keys of a consumed parameter that the standard has at what is exposed.
pub(super) const MOVED: [&str; 3] = ["type", "description", "required"];

/// Under which the reason is noted why something did not move.
const WHY: &str = "(consumed parameters)";

/// One input to declare.
struct Declared {
    name: String,
    place: Option<&'static str>,
    ty: String,
    description: String,
    required: Option<bool>,
}

/// Declares the inputs of units, then takes what they say from what is consumed.
pub(super) fn change(draft: &mut Draft<'_>) {
    let mut left_out: BTreeSet<String> = BTreeSet::new();
    for _ in 0..TRIES {
        let declared = declared(draft, &left_out);
        match draft.attempt(|tree| {
            each_unit(&mut tree.root, &mut |at, unit, around| {
                if let Some(inputs) = at.and_then(|at| declared.get(&at)) {
                    declare(unit, inputs, around);
                }
            })
        }) {
            Ok(()) => break,
            Err(why) => left_out.extend(why.into_iter().filter_map(|one| one.unit)),
        }
    }
    strip(draft);
}

/// What is shown of a unit: where it is named, itself, and the names of inputs that are declared around it.
type Visit<'v> = &'v mut dyn FnMut(Option<u32>, &mut Piece, &BTreeSet<String>);

/// Shows every exposed operation and tool, with where it is named and the names of inputs that are declared around it.
fn each_unit(root: &mut Piece, visit: Visit<'_>) {
    root.each(&mut |piece| {
        if piece.is(&keys::REST) {
            let around = names(piece);
            for (_, resource) in piece.get_mut("resources").map(named).unwrap_or_default() {
                let around: BTreeSet<String> = around.iter().cloned().chain(names(resource)).collect();
                for (at, unit) in resource.get_mut("operations").map(named).unwrap_or_default() {
                    visit(at, unit, &around);
                }
            }
        } else if piece.is(&keys::MCP) {
            for (at, tool) in piece.get_mut("tools").map(named).unwrap_or_default() {
                visit(at, tool, &BTreeSet::new());
            }
        }
    });
}

/// The names of the inputs something declares.
fn names(piece: &Piece) -> BTreeSet<String> {
    let Some(inputs) = piece.get("inputParameters") else { return BTreeSet::new() };
    let listed = inputs.items().iter().filter_map(|input| input.get("name")?.scalar());
    listed.map(str::to_owned).chain(inputs.entries().iter().map(|entry| entry.key.clone())).collect()
}

/// What to declare for each unit, by where it is named.
fn declared(draft: &Draft<'_>, left_out: &BTreeSet<String>) -> HashMap<u32, Vec<Declared>> {
    let plan = draft.plan();
    let mut all = HashMap::new();
    for (name, unit) in story::units(plan) {
        let Some(at) = unit.unit().filter(|_| !left_out.contains(&name)).and_then(|unit| draft.place(&unit.origin))
        else {
            continue;
        };
        let inputs = match unit {
            UnitRef::Operation(route) => of_route(plan, route),
            UnitRef::Tool(tool) => of_tool(tool),
            UnitRef::Prompt(_) | UnitRef::Resource(_) | UnitRef::Skill(_) => continue,
        };
        all.insert(at, inputs);
    }
    all
}

fn type_of(schema: &Value) -> Option<String> {
    let word = schema.get("type")?.as_str()?;
    TYPES.contains(&word).then(|| word.to_owned())
}

fn described(name: &str, schema: &Value) -> String {
    let said = schema.get("description").and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    said.map_or_else(|| words(name), str::to_owned)
}

/// Whether the standard allows an input of this name.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '*'))
}

/// A name in words.
pub(super) fn words(name: &str) -> String {
    let mut out = String::new();
    let mut lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
            lower = false;
        } else {
            if lower && c.is_uppercase() && !out.ends_with(' ') {
                out.push(' ');
            }
            let first = out.is_empty();
            lower = c.is_lowercase() || c.is_ascii_digit();
            out.extend(if first { c.to_uppercase().collect::<Vec<_>>() } else { c.to_lowercase().collect() });
        }
    }
    format!("{}.", out.trim_end())
}

/// The inputs of a tool, as clients see them.
fn of_tool(tool: &Tool) -> Vec<Declared> {
    let schema = &*tool.input_schema;
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let declared = |(name, property): (&String, &Value)| {
        let argument = tool.arguments.iter().any(|(argument, _)| **argument == **name);
        let whole = tool.body.as_ref().is_some_and(|body| *body.argument == **name);
        if !argument && !whole {
            return None;
        }
        Some(Declared {
            name: name.clone(),
            place: None,
            ty: type_of(property)?,
            description: described(name, property),
            required: Some(required.contains(&Value::from(name.as_str()))),
        })
    };
    properties.filter(|(name, _)| is_name(name)).filter_map(declared).collect()
}

/// The inputs of a route that have one natural place.
fn of_route(plan: &Plan, route: &Route) -> Vec<Declared> {
    let Target::Flow(id) = &route.unit.target else { return Vec::new() };
    let Some(flow) = plan.flows.get(*id) else { return Vec::new() };
    let inputs = flow.inputs.iter().filter(|input| !input.whole_body && is_name(&input.name));
    inputs.filter_map(|input| of_input(flow, route, input)).collect()
}

fn of_input(flow: &Flow, route: &Route, input: &Input) -> Option<Declared> {
    let places = &route.inputs.iter().find(|known| known.slot == input.slot)?.places;
    let place = match places.as_ref() {
        [Place::Path(_), ..] => "path",
        [Place::Query(_)] => "query",
        [Place::Field(_)] => "body",
        [Place::Header(_)] => "header",
        [Place::Cookie(_)] => "cookie",
        // A caller may use either: the one that requests of this method have.
        [Place::Query(_), Place::Field(_)] => {
            let writes =
                route.method.as_ref().is_some_and(|method| matches!(method.as_str(), "POST" | "PUT" | "PATCH"));
            match (writes, is_in_body(flow, input)) {
                (false, _) => "query",
                (true, true) => "body",
                (true, false) => return None,
            }
        }
        _ => return None,
    };
    Some(Declared {
        name: input.name.to_string(),
        place: Some(place),
        ty: type_of(&input.schema).or_else(|| (place != "body").then(|| "string".to_owned()))?,
        description: described(&input.name, &input.schema),
        required: None,
    })
}

/// Whether an input is sent in the body of a call.
fn is_in_body(flow: &Flow, input: &Input) -> bool {
    let slot = format!("{:?}", input.slot);
    flow.steps.iter().any(|step| match &step.kind {
        StepKind::Call(call) => format!("{:?}", call.request.body).contains(&slot),
        _ => false,
    })
}

/// Declares inputs, and completes those that are.
fn declare(unit: &mut Piece, inputs: &[Declared], around: &BTreeSet<String>) {
    let known = names(unit);
    for (_, piece) in unit.get_mut("inputParameters").map(named).unwrap_or_default() {
        let name = piece.get("name").and_then(Piece::scalar).unwrap_or_default().to_owned();
        if let Some(input) = inputs.iter().find(|input| input.name == name) {
            complete(piece, input);
        }
    }
    for entry in unit.get_mut("inputParameters").and_then(Piece::entries_mut).into_iter().flatten() {
        if let Some(input) = inputs.iter().find(|input| input.name == entry.key) {
            complete(&mut entry.piece, input);
        }
    }
    let new: Vec<&Declared> =
        inputs.iter().filter(|input| !known.contains(&input.name) && !around.contains(&input.name)).collect();
    if new.is_empty() {
        return;
    }
    if unit.get("inputParameters").is_none() {
        let runs = |entry: &Entry| ["call", "ref", "steps", "with", "outputParameters"].contains(&&*entry.key);
        let at = unit.entries().iter().position(runs);
        unit.set("inputParameters", Piece::new(Kind::List { items: Vec::new(), flow: false }), at);
        let entry = unit.entries_mut().into_iter().flatten().find(|entry| entry.key == "inputParameters");
        entry.into_iter().for_each(|entry| entry.named = true);
    }
    match unit.get_mut("inputParameters").map(|piece| &mut piece.kind) {
        Some(Kind::List { items, flow }) => {
            *flow = false;
            items.extend(new.into_iter().map(|input| written(input, true)));
        }
        Some(Kind::Map { entries, flow, .. }) => {
            *flow = false;
            entries.extend(new.into_iter().map(|input| Entry::new(&input.name, written(input, false))));
        }
        _ => {}
    }
}

fn written(input: &Declared, listed: bool) -> Piece {
    let mut piece = Piece::map(Vec::new());
    if listed {
        piece.set("name", Piece::text(&input.name), None);
    }
    complete(&mut piece, input);
    piece
}

/// Adds what an input does not say.
fn complete(piece: &mut Piece, input: &Declared) {
    let texts =
        [("in", input.place), ("type", Some(input.ty.as_str())), ("description", Some(input.description.as_str()))];
    for (key, text) in texts {
        if let Some(text) = text.filter(|_| piece.get(key).is_none()) {
            piece.set(key, Piece::text(text), None);
        }
    }
    if let Some(required) = input.required.filter(|_| piece.get("required").is_none()) {
        piece.set("required", Piece::word(if required { "true" } else { "false" }), None);
    }
}

/// Takes types, prose and `required` from what is consumed, but for operations where that would change something.
fn strip(draft: &mut Draft<'_>) {
    let called = calls::called(draft);
    let units: BTreeMap<String, u32> = story::units(draft.plan())
        .into_iter()
        .filter_map(|(name, unit)| Some((name, draft.place(&unit.unit()?.origin)?)))
        .collect();
    let uses: BTreeSet<u32> = called.values().copied().collect();
    let mut kept: BTreeSet<u32> = BTreeSet::new();
    for _ in 0..TRIES {
        let stripped = draft.attempt(|tree| {
            tree.root.each(&mut |piece| {
                if piece.is(&keys::CONSUMES) {
                    bare(piece, &uses, &kept);
                }
            })
        });
        let Err(why) = stripped else { break };
        let before = kept.len();
        for one in why {
            let operation = one.unit.as_ref().and_then(|unit| called.get(units.get(unit)?));
            kept.extend(operation.copied());
            draft.refused(WHY, one.to_string());
        }
        if kept.len() == before {
            break;
        }
    }
}

/// Notes that something of a consumed parameter stays where it is.
pub(super) fn stays(draft: &mut Draft<'_>, path: &str) {
    let why = draft.refusals().iter().find(|refusal| refusal.path == WHY).map(|refusal| refusal.what.clone());
    if let Some(why) = why {
        draft.refused(path, why);
    }
}

fn bare(api: &mut Piece, uses: &BTreeSet<u32>, kept: &BTreeSet<u32>) {
    parameters(api, true);
    for (at, operation) in api.get_mut("operations").map(named).unwrap_or_default() {
        operation_parameters(at, operation, uses, kept);
    }
    for (_, resource) in api.get_mut("resources").map(named).unwrap_or_default() {
        parameters(resource, true);
        for (at, operation) in resource.get_mut("operations").map(named).unwrap_or_default() {
            operation_parameters(at, operation, uses, kept);
        }
    }
}

fn operation_parameters(at: Option<u32>, operation: &mut Piece, uses: &BTreeSet<u32>, kept: &BTreeSet<u32>) {
    if !at.is_some_and(|at| kept.contains(&at)) {
        parameters(operation, at.is_some_and(|at| uses.contains(&at)));
    }
}

/// Takes them from the parameters of something; what no unit has taken over is kept as a comment.
fn parameters(of: &mut Piece, taken: bool) {
    for (_, parameter) in of.get_mut("inputParameters").map(named).unwrap_or_default() {
        let moved: Vec<Entry> = MOVED.iter().filter_map(|key| parameter.take(key)).collect();
        if taken || moved.is_empty() {
            continue;
        }
        let said = |entry: &Entry| match (entry.key.as_str(), entry.piece.scalar()) {
            ("required", Some("true")) => Some("required".to_owned()),
            ("required", _) => None,
            (_, text) => text.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")),
        };
        let said: Vec<String> = moved.iter().filter_map(said).filter(|text| !text.is_empty()).collect();
        if !said.is_empty() {
            parameter.above.push(format!("# {}", said.join("; ")));
        }
    }
}
