//! What no test looks at: units that are never called, and units whose errors are not.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write as _},
    path::Path,
};

use capstan_plan::{Block, Flow, Input, Outcome as Answer, Place, Plan, Route, Step, StepKind, Target, UnitRef};

use super::{outcome::Outcome, suite::Suite};
use crate::totals::count;

/// What is known of one unit.
struct Looked {
    /// The namespace of its exposure, and its name.
    key: (String, String),
    /// What people call it.
    name: String,
    called: bool,
    failed: bool,
    /// The errors its own document says it answers with, and those that were seen.
    due: BTreeSet<u16>,
    seen: BTreeSet<u16>,
}

/// Prints what no test looks at, by capability.
pub(super) fn print(suites: &[Suite], outcomes: &[Vec<Outcome>]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let mut known: BTreeMap<&Path, Vec<Looked>> = BTreeMap::new();
    for (suite, outcomes) in suites.iter().zip(outcomes) {
        let Some(ready) = &suite.ready else { continue };
        let units = known.entry(&ready.document.path).or_insert_with(|| units(&ready.document.plan));
        for (key, outcome) in outcomes.iter().filter_map(|outcome| Some((outcome.unit.as_ref()?, outcome))) {
            for looked in units.iter_mut().filter(|looked| looked.key == *key) {
                looked.called = true;
                looked.failed |= outcome.is_error;
                let status = outcome.answer.get("status").and_then(serde_json::Value::as_u64);
                looked.seen.extend(status.and_then(|status| u16::try_from(status).ok()));
            }
        }
    }
    for (path, units) in &known {
        let called = units.iter().filter(|looked| looked.called).count();
        let failed = units.iter().filter(|looked| looked.failed).count();
        let all = count(units.len(), "unit");
        writeln!(out, "\n{}: {called} of {all} called, {failed} with an error answer", path.display())?;
        for looked in units {
            match looked {
                Looked { called: false, name, .. } => writeln!(out, "  no test calls      {name}")?,
                Looked { failed: false, name, due, .. } if due.is_empty() => {
                    writeln!(out, "  no error answer of {name}")?;
                }
                Looked { name, due, seen, .. } => {
                    for status in due.difference(seen) {
                        writeln!(out, "  no answer {status} of  {name}")?;
                    }
                }
            }
        }
    }
    out.flush()
}

/// Every route and tool of a plan.
fn units(plan: &Plan) -> Vec<Looked> {
    let named = |namespace: &str, unit: UnitRef<'_>| {
        let (name, shown, due) = match unit {
            UnitRef::Operation(route) => {
                let method = route.method.as_ref().map_or("ANY", http::Method::as_str);
                (route.unit.name.to_string(), format!("{method} {}", route.pattern), due(plan, route))
            }
            // A model sees no status.
            UnitRef::Tool(tool) => (tool.unit.name.to_string(), format!("tool {}", tool.unit.name), BTreeSet::new()),
            UnitRef::Prompt(_) | UnitRef::Resource(_) | UnitRef::Skill(_) => return None,
        };
        let key = (namespace.to_owned(), name);
        Some(Looked { key, name: shown, called: false, failed: false, due, seen: BTreeSet::new() })
    };
    let exposures = plan.exposures.iter();
    exposures.flat_map(|e| e.kind.units().into_iter().filter_map(|unit| named(&e.namespace, unit))).collect()
}

/// The errors a route answers with by its own document: 400 where a caller can leave out or give something wrong, and what its steps
/// and mocks refuse with.
fn due(plan: &Plan, route: &Route) -> BTreeSet<u16> {
    let Target::Flow(id) = &route.unit.target else { return BTreeSet::new() };
    let Some(Flow { inputs, steps, outcome, .. }) = plan.flows.get(*id) else { return BTreeSet::new() };
    let mut due = BTreeSet::new();
    // A value of the path is always there.
    let in_path = |input: &Input| {
        let known = route.inputs.iter().find(|known| known.slot == input.slot);
        known.is_some_and(|known| matches!(known.places.first(), Some(Place::Path(_))))
    };
    if inputs.iter().any(|input| input.enforced && input.required && !in_path(input)) {
        due.insert(400);
    }
    refusals(steps, &mut due);
    if let Answer::Mock(mock) = outcome {
        due.extend(mock.cases.iter().map(|case| case.status).filter(|status| *status >= 400));
    }
    due
}

fn refusals(steps: &[Step], due: &mut BTreeSet<u16>) {
    let inside = |block: &Block, due: &mut BTreeSet<u16>| refusals(&block.steps, due);
    for step in steps {
        match &step.kind {
            StepKind::Fail(refusal) => drop(due.insert(refusal.status)),
            StepKind::If(branch) => {
                inside(&branch.then, due);
                inside(&branch.otherwise, due);
            }
            StepKind::ForEach(each) => inside(&each.block, due),
            StepKind::Parallel(block) => inside(block, due),
            StepKind::Call(_) | StepKind::Lookup(_) | StepKind::Script(_) | StepKind::Poll(_) | StepKind::Set(_) => {}
        }
    }
}
