//! What no test looks at: units that are never called, and units whose errors are not.

use std::{
    collections::BTreeMap,
    io::{self, Write as _},
    path::Path,
};

use capstan_plan::UnitRef;

use super::{outcome::Outcome, suite::Suite};
use crate::totals::count;

/// What is known of one unit.
#[derive(Default)]
struct Looked {
    called: bool,
    failed: bool,
}

/// Prints what no test looks at, by capability.
pub(super) fn print(suites: &[Suite], outcomes: &[Vec<Outcome>]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let mut known: BTreeMap<&Path, Vec<((String, String), String, Looked)>> = BTreeMap::new();
    for (suite, outcomes) in suites.iter().zip(outcomes) {
        let Some(ready) = &suite.ready else { continue };
        let units = known.entry(&ready.document.path).or_insert_with(|| units(&ready.document.plan));
        for (key, outcome) in outcomes.iter().filter_map(|outcome| Some((outcome.unit.as_ref()?, outcome))) {
            for (.., looked) in units.iter_mut().filter(|(known, ..)| known == key) {
                looked.called = true;
                looked.failed |= outcome.is_error;
            }
        }
    }
    for (path, units) in &known {
        let called = units.iter().filter(|(.., looked)| looked.called).count();
        let failed = units.iter().filter(|(.., looked)| looked.failed).count();
        let all = count(units.len(), "unit");
        writeln!(out, "\n{}: {called} of {all} called, {failed} with an error answer", path.display())?;
        for (_, name, looked) in units {
            match looked {
                Looked { called: false, .. } => writeln!(out, "  no test calls      {name}")?,
                Looked { failed: false, .. } => writeln!(out, "  no error answer of {name}")?,
                Looked { .. } => {}
            }
        }
    }
    out.flush()
}

/// Every route and tool of a plan.
fn units(plan: &capstan_plan::Plan) -> Vec<((String, String), String, Looked)> {
    let named = |namespace: &str, unit: UnitRef<'_>| {
        let (name, shown) = match unit {
            UnitRef::Operation(route) => {
                let method = route.method.as_ref().map_or("ANY", http::Method::as_str);
                (route.unit.name.to_string(), format!("{method} {}", route.pattern))
            }
            UnitRef::Tool(tool) => (tool.unit.name.to_string(), format!("tool {}", tool.unit.name)),
            UnitRef::Prompt(_) | UnitRef::Resource(_) | UnitRef::Skill(_) => return None,
        };
        Some(((namespace.to_owned(), name), shown, Looked::default()))
    };
    let exposures = plan.exposures.iter();
    exposures.flat_map(|e| e.kind.units().into_iter().filter_map(|unit| named(&e.namespace, unit))).collect()
}
