//! How many units run as declared, by interpretation, or not at all.

use std::{collections::BTreeMap, fmt};

use capstan_plan::{Plan, Reading, Target, Unit, UnitRef};

/// Counts of units.
#[derive(Clone, Debug, Default)]
pub(crate) struct Totals {
    pub(crate) operations: usize,
    pub(crate) tools: usize,
    declared: usize,
    interpreted: usize,
    unavailable: BTreeMap<Box<str>, usize>,
}

impl Totals {
    /// Counts the units of a plan.
    pub(crate) fn add(&mut self, plan: &Plan) {
        for unit in plan.exposures.iter().flat_map(|exposure| exposure.kind.units()) {
            match unit {
                UnitRef::Operation(_) => self.operations += 1,
                UnitRef::Tool(_) => self.tools += 1,
                UnitRef::Prompt(_) | UnitRef::Resource(_) | UnitRef::Skill(_) => {}
            }
            if let Some(unit) = unit.unit() {
                self.unit(unit);
            }
        }
    }

    /// Adds other counts.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.operations += other.operations;
        self.tools += other.tools;
        self.declared += other.declared;
        self.interpreted += other.interpreted;
        for (code, n) in &other.unavailable {
            *self.unavailable.entry(code.clone()).or_default() += n;
        }
    }

    fn unit(&mut self, unit: &Unit) {
        match (&unit.target, &unit.reading) {
            (Target::Unavailable(why), _) => *self.unavailable.entry(why.code.clone()).or_default() += 1,
            (_, Reading::Declared) => self.declared += 1,
            (_, Reading::Interpreted) => self.interpreted += 1,
        }
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cannot: usize = self.unavailable.values().sum();
        write!(
            f,
            "{} and {}: {} as declared, {} by interpretation, {cannot} cannot run",
            count(self.operations, "operation"),
            count(self.tools, "tool"),
            self.declared,
            self.interpreted
        )?;
        if cannot > 0 {
            let why: Vec<_> = self.unavailable.iter().map(|(code, n)| format!("{code} {n}")).collect();
            write!(f, " ({})", why.join(", "))?;
        }
        Ok(())
    }
}

/// `1 tool`, `2 tools`, `2 capabilities`.
pub(crate) fn count(n: usize, noun: &str) -> String {
    match (n, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (n, Some(stem)) => format!("{n} {stem}ies"),
        (n, None) => format!("{n} {noun}s"),
    }
}
