//! What a plan does, as text that two versions of a document can be compared by: what each unit sends and answers, from which inputs.
//! Everything of the plan is in it but what a version may change freely: places in the text, prose, names nobody outside sees.

mod plain;

use std::{collections::BTreeMap, fmt};

use capstan_plan::{
    Block, Client, Exposure, ExposureKind, Flow, FlowId, Input, Origin, Outcome, Outputs, Place, Plan, Route, Shape,
    SlotId, Step, StepKind, Target, Tool, Transport, UnitRef,
};
use serde_json::Value;

use self::plain::plain;

/// What a plan does.
#[derive(Debug, PartialEq)]
pub(super) struct Story {
    /// Each unit by what callers name.
    pub(super) units: BTreeMap<String, Told>,
    /// APIs, listeners and all else.
    rest: Vec<String>,
}

/// What a unit does.
#[derive(Debug, PartialEq)]
pub(super) struct Told {
    /// What runs.
    sent: String,
    /// What is promised beside.
    promised: String,
    /// What it takes from callers, by name.
    pub(super) inputs: BTreeMap<String, Taken>,
    is_tool: bool,
}

/// What an input is to callers.
#[derive(Debug, PartialEq)]
pub(super) struct Taken {
    /// Where a request has it.
    pub(super) places: Vec<String>,
    pub(super) required: bool,
    ty: Option<Value>,
    rest: String,
}

/// What differs between two versions, for a unit or for the document.
#[derive(Debug, PartialEq)]
pub(super) struct Difference {
    /// The unit, unless it is everything.
    pub(super) unit: Option<String>,
    /// What differs.
    pub(super) what: String,
}

/// Tells what a plan does.
pub(super) fn story(plan: &Plan) -> Story {
    let bound = |id: u32| plan.bindings.get((id as usize).into()).map_or("", |binding| &binding.name).to_owned();
    let teller = Teller { plan, bound: &bound };
    let told = |(name, unit): (String, UnitRef<'_>)| {
        let told = match unit {
            UnitRef::Operation(route) => teller.route(route),
            UnitRef::Tool(tool) => teller.tool(tool),
            UnitRef::Prompt(_) | UnitRef::Resource(_) | UnitRef::Skill(_) => return None,
        };
        Some((name, told))
    };
    let units = units(plan).into_iter().filter_map(told).collect();
    let unwritten = |client: &Client| Client { base_text: Box::default(), ..client.clone() };
    let mut rest: Vec<String> = plan.clients.iter().map(|client| plain(&unwritten(client), &[], &bound)).collect();
    rest.extend(plan.jobs.iter().map(|job| plain(job, &[], &bound)));
    rest.extend(plan.files.iter().map(|file| plain(file, &[], &bound)));
    let mut sources: Vec<String> =
        plan.bindings.iter().map(|one| plain(&(&one.name, &one.source, one.optional), &[], &bound)).collect();
    sources.sort();
    rest.extend(sources);
    rest.push(plain(&plan.hold_breaking, &[], &bound));
    for exposure in &plan.exposures {
        match &exposure.kind {
            ExposureKind::Rest(_) => {}
            ExposureKind::Mcp(mcp) => {
                for resource in &mcp.resources {
                    rest.push(plain(&(&resource.uri, &resource.mime_type, &resource.source), &[], &bound));
                }
                rest.push(plain(&(&mcp.prompts, mcp.transport, mcp.ttl_ms, mcp.cache_public), &[], &bound));
            }
            ExposureKind::Skill(adapter) => {
                let words = |skill: &capstan_plan::Skill| (skill.name.clone(), skill.location);
                rest.push(plain(&adapter.skills.iter().map(words).collect::<Vec<_>>(), &[], &bound));
            }
            ExposureKind::Control(control) => rest.push(plain(control, &[], &bound)),
        }
        rest.push(heard(exposure, &bound));
    }
    Story { units, rest }
}

/// Every operation and tool with what it is called here: the number of its exposure and what callers name. Those that callers cannot
/// tell apart are numbered.
pub(super) fn units(plan: &Plan) -> Vec<(String, UnitRef<'_>)> {
    let mut found: Vec<(String, UnitRef<'_>)> = Vec::new();
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for (nth, exposure) in plan.exposures.iter().enumerate() {
        for unit in exposure.kind.units() {
            let name = match unit {
                UnitRef::Operation(route) => {
                    let method = route.method.as_ref().map_or("*", |method| method.as_str());
                    format!("{nth}/{method} {}", route.pattern)
                }
                UnitRef::Tool(tool) => format!("{nth}/{}", tool.unit.name),
                UnitRef::Prompt(_) | UnitRef::Resource(_) | UnitRef::Skill(_) => continue,
            };
            let known = times.entry(name.clone()).or_default();
            *known += 1;
            found.push((if *known > 1 { format!("{name} ({known})") } else { name }, unit));
        }
    }
    found
}

/// Where an exposure listens, and whom it lets in.
fn heard(exposure: &Exposure, bound: &dyn Fn(u32) -> String) -> String {
    let stdio = matches!(&exposure.kind, ExposureKind::Mcp(mcp) if mcp.transport == Transport::Stdio);
    let port = exposure.listen.port.filter(|_| !stdio);
    plain(&(&exposure.namespace, &exposure.listen.address, port, &exposure.authenticator), &[], bound)
}

struct Teller<'p> {
    plan: &'p Plan,
    bound: &'p dyn Fn(u32) -> String,
}

/// Where what stands in a slot comes from.
type Places<'t> = &'t dyn Fn(SlotId, &[(u32, String)]) -> Vec<String>;

impl Teller<'_> {
    fn route(&self, route: &Route) -> Told {
        let places = |slot: SlotId, names: &[(u32, String)]| {
            let found = route.inputs.iter().find(|input| input.slot == slot);
            found.map(|input| input.places.iter().map(|place| self.place(place, names)).collect()).unwrap_or_default()
        };
        let mut told = self.target(&route.unit.target, &places);
        told.promised = plain(&(&route.query, &route.unit.policy), &[], self.bound);
        told
    }

    fn tool(&self, tool: &Tool) -> Told {
        let places = |slot: SlotId, _: &[(u32, String)]| {
            let named = tool.arguments.iter().filter(|(_, to)| *to == slot).map(|(name, _)| name.to_string());
            named.chain(tool.body.iter().filter(|body| body.slot == slot).map(|body| format!("{body:?}"))).collect()
        };
        let mut told = self.target(&tool.unit.target, &places);
        told.is_tool = true;
        let schema = tool.output_schema.as_ref().map(|schema| bare(schema));
        told.promised = plain(&(schema, tool.structured, tool.annotations, &tool.unit.policy), &[], self.bound);
        told
    }

    fn place(&self, place: &Place, names: &[(u32, String)]) -> String {
        match place {
            // Where a field is looked for before the body follows the places of its own input.
            Place::Body { minus } => {
                let mut names: Vec<&str> = minus.iter().map(|field| &*field.name).collect();
                names.sort_unstable();
                format!("Body without {names:?}")
            }
            place => plain(place, names, self.bound),
        }
    }

    fn target(&self, target: &Target, places: Places<'_>) -> Told {
        let (sent, inputs) = match target {
            Target::Flow(id) => self.flow(*id, places),
            Target::Forward(forward) => (plain(forward, &[], self.bound), BTreeMap::new()),
            Target::Unavailable(why) => (format!("unavailable: {}", why.code), BTreeMap::new()),
        };
        Told { sent, promised: String::new(), inputs, is_tool: false }
    }

    fn flow(&self, id: FlowId, places: Places<'_>) -> (String, BTreeMap<String, Taken>) {
        let Some(flow) = self.plan.flows.get(id) else { return (String::new(), BTreeMap::new()) };
        let names = named(&flow.inputs);
        let mut steps = flow.steps.to_vec();
        nameless(&mut steps);
        let bare = Flow {
            name: Box::default(),
            slots: 0,
            inputs: Box::default(),
            bound: flow.bound.clone(),
            steps: steps.into(),
            outcome: as_object(flow.outcome.clone()),
            bindings: Box::default(),
            origin: Origin::new("".into(), 0, 0),
        };
        let sent = plain(&bare, &names, self.bound);
        let used = |name: &str| sent.contains(&format!("<{name}>"));
        let inputs = flow.inputs.iter().zip(&names).filter(|(input, (_, name))| input.whole_body || used(name));
        let taken = |(input, (_, name)): (&Input, &(u32, String))| {
            let taken = Taken {
                places: places(input.slot, &names),
                required: input.required,
                ty: input.schema.get("type").cloned(),
                rest: format!("{:?} {}", input.default, input.whole_body),
            };
            (name.clone(), taken)
        };
        let inputs = inputs.map(taken).collect();
        (sent, inputs)
    }
}

/// The names of the slots of inputs; of several inputs of one name, numbered.
fn named(inputs: &[Input]) -> Vec<(u32, String)> {
    let mut names: Vec<(u32, String)> = Vec::new();
    for input in inputs {
        let same = |known: &&(u32, String)| known.1 == *input.name || known.1.starts_with(&format!("{} #", input.name));
        let name = match names.iter().filter(same).count() {
            0 => input.name.to_string(),
            more => format!("{} #{more}", input.name),
        };
        names.push((input.slot.0, name));
    }
    names
}

/// Takes the names of operations out of requests: they are for people and logs.
fn nameless(steps: &mut [Step]) {
    let inside = |block: &mut Block| nameless(&mut block.steps);
    for step in steps {
        match &mut step.kind {
            StepKind::Call(call) => call.request.name = Box::default(),
            StepKind::If(branch) => {
                inside(&mut branch.then);
                inside(&mut branch.otherwise);
            }
            StepKind::ForEach(each) => inside(&mut each.block),
            StepKind::Parallel(block) => inside(block),
            StepKind::Lookup(_) | StepKind::Script(_) | StepKind::Poll(_) | StepKind::Set(_) | StepKind::Fail(_) => {}
        }
    }
}

/// Named outputs are an object of them.
fn as_object(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Response { step, outputs: Outputs::Named(fields) } => {
            Outcome::Response { step, outputs: Outputs::First(Box::new([Shape::Object { root: None, fields }])) }
        }
        other => other,
    }
}

/// A schema without prose, and with the types the official dialects have for outputs.
fn bare(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => {
            let kept = members.iter().filter(|(key, _)| *key != "description");
            Value::Object(kept.map(|(key, value)| (key.clone(), bare(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(bare).collect()),
        Value::String(word) if word == "integer" => Value::from("number"),
        other => other.clone(),
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.unit {
            Some(unit) => write!(f, "{} of `{}`", self.what, shown(unit)),
            None => f.write_str(&self.what),
        }
    }
}

/// A unit as people name it.
fn shown(unit: &str) -> &str {
    unit.split_once('/').map_or(unit, |(_, name)| name)
}

impl Story {
    /// What callers of another version need not give any more, and where they can no longer give it: a line each.
    pub(super) fn loosened(&self, after: &Self) -> Vec<String> {
        let both = self.units.iter().filter_map(|(name, told)| Some((name, told, after.units.get(name)?)));
        let line = |(unit, told, after): (&String, &Told, &Told)| {
            let free = |(name, input): &(&String, &Taken)| {
                input.required && after.inputs.get(*name).is_some_and(|after| !after.required)
            };
            let names: Vec<String> = told.inputs.iter().filter(free).map(|(name, _)| format!("`{name}`")).collect();
            (!names.is_empty()).then(|| {
                format!("`{}` is sent without {} too: the dialect cannot require it", shown(unit), names.join(", "))
            })
        };
        both.filter_map(line).collect()
    }

    /// What of `self` would be otherwise in another version, but for what a REST caller may be asked for: less than before, at fewer
    /// of the places.
    pub(super) fn differences(&self, after: &Self) -> Vec<Difference> {
        let mut found = Vec::new();
        if self.rest != after.rest {
            found.push(Difference { unit: None, what: "an API, a listener or a value from outside".to_owned() });
        }
        if !self.units.keys().eq(after.units.keys()) {
            found.push(Difference { unit: None, what: "which routes and tools there are".to_owned() });
        }
        for (name, told) in &self.units {
            if let Some(what) = after.units.get(name).and_then(|after| told.difference(after)) {
                found.push(Difference { unit: Some(name.clone()), what });
            }
        }
        found
    }
}

impl Told {
    fn difference(&self, after: &Self) -> Option<String> {
        if self.sent != after.sent {
            return Some("what is sent or answered".to_owned());
        }
        if self.promised != after.promised {
            return Some("what its answers promise".to_owned());
        }
        if !self.inputs.keys().eq(after.inputs.keys()) {
            return Some("which inputs it takes".to_owned());
        }
        let mut both = self.inputs.iter().zip(after.inputs.values());
        both.find_map(|((name, input), after)| {
            let why = input.difference(after, self.is_tool)?;
            Some(format!("{why} `{name}`"))
        })
    }
}

impl Taken {
    fn difference(&self, after: &Self, is_tool: bool) -> Option<&'static str> {
        let mut before = self.places.iter();
        let narrowed = after.places.iter().all(|place| before.any(|known| known == place));
        let placed = if is_tool { self.places == after.places } else { narrowed && !after.places.is_empty() };
        if !placed && self.places != after.places {
            return Some("where a caller gives");
        }
        if self.required != after.required && (is_tool || after.required) {
            return Some("whether a caller must give");
        }
        if is_tool && self.ty != after.ty {
            return Some("the type of");
        }
        (self.rest != after.rest).then_some("the default of")
    }
}
