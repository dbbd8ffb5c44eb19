//! How many units run as declared, by interpretation, or not at all.

use std::{collections::BTreeMap, fmt};

use capstan_plan::{ExposureKind, Plan, Reading, Target, Unit};

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
        for exposure in &plan.exposures {
            match &exposure.kind {
                ExposureKind::Rest(rest) => {
                    self.operations += rest.routes.len();
                    rest.routes.iter().for_each(|route| self.unit(&route.unit));
                }
                ExposureKind::Mcp(mcp) => {
                    self.tools += mcp.tools.len();
                    mcp.tools.iter().for_each(|tool| self.unit(&tool.unit));
                }
                ExposureKind::Skill(_) | ExposureKind::Control(_) => {}
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
