//! What differs between two contracts, and whether callers of the old one would notice.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::promise::{Input, Promise, Surface, Surfaces};

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The capability.
    pub capability: String,
    /// The operation or tool; the capability as a whole without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// What happened to it.
    pub what: What,
    /// What exactly differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Whether callers of the old version may fail.
    pub breaking: bool,
}

/// What happened to something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It differs.
    Changed,
}

/// Everything that differs between two bundles.
#[must_use]
pub fn diff(before: &Surfaces, after: &Surfaces) -> Vec<Change> {
    let ids: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    ids.into_iter().flat_map(|id| of_one(id, before.get(id), after.get(id))).collect()
}

/// What differs between two versions of one capability.
#[must_use]
pub fn of_one(id: &str, before: Option<&Surface>, after: Option<&Surface>) -> Vec<Change> {
    let empty = Surface::default();
    let mut changes = Changes { capability: id, list: Vec::new() };
    match (before, after) {
        (None, Some(_)) => changes.add(None, What::Added, None, false),
        (Some(_), None) => changes.add(None, What::Removed, None, true),
        _ => {}
    }
    let (before, after) = (before.unwrap_or(&empty), after.unwrap_or(&empty));
    for (name, promise) in &before.units {
        match after.units.get(name) {
            None => changes.add(Some(name), What::Removed, None, true),
            Some(now) => changes.unit(name, promise, now),
        }
    }
    for name in after.units.keys().filter(|name| !before.units.contains_key(*name)) {
        changes.add(Some(name), What::Added, None, false);
    }
    for gone in before.listeners.difference(&after.listeners) {
        changes.add(None, What::Changed, Some(format!("does not listen on {gone} any more")), true);
    }
    for new in after.listeners.difference(&before.listeners) {
        changes.add(None, What::Changed, Some(format!("listens on {new}")), false);
    }
    for gone in before.hosts.difference(&after.hosts) {
        changes.add(None, What::Changed, Some(format!("does not call {gone} any more")), false);
    }
    for new in after.hosts.difference(&before.hosts) {
        changes.add(None, What::Changed, Some(format!("calls {new}")), false);
    }
    changes.list
}

struct Changes<'c> {
    capability: &'c str,
    list: Vec<Change>,
}

impl Changes<'_> {
    fn add(&mut self, unit: Option<&str>, what: What, detail: Option<String>, breaking: bool) {
        let capability = self.capability.to_owned();
        self.list.push(Change { capability, unit: unit.map(Into::into), what, detail, breaking });
    }

    fn changed(&mut self, unit: &str, detail: String, breaking: bool) {
        self.add(Some(unit), What::Changed, Some(detail), breaking);
    }

    fn unit(&mut self, name: &str, before: &Promise, after: &Promise) {
        if before.available && !after.available {
            self.changed(name, "cannot be called any more".to_owned(), true);
        } else if !before.available && after.available {
            self.changed(name, "can be called now".to_owned(), false);
        }
        self.inputs(name, &before.inputs, &after.inputs);
        for (field, kind) in &before.outputs {
            match after.outputs.get(field) {
                // Without declared outputs nothing is said about them.
                None if after.outputs.is_empty() => {}
                None => self.changed(name, format!("the result has no `{field}` any more"), true),
                Some(now) if now != kind => {
                    self.changed(name, format!("`{field}` of the result is {now}, not {kind}"), !widens(now, kind));
                }
                Some(_) => {}
            }
        }
        if before.authentication != after.authentication {
            let text = |it: &Option<String>| it.clone().unwrap_or_else(|| "none".to_owned());
            let detail =
                format!("authentication: {} instead of {}", text(&after.authentication), text(&before.authentication));
            self.changed(name, detail, after.authentication.is_some());
        }
        if before.upstream != after.upstream {
            let text = |it: &Option<String>| it.clone().unwrap_or_else(|| "nothing".to_owned());
            self.changed(name, format!("calls {} instead of {}", text(&after.upstream), text(&before.upstream)), false);
        }
    }

    fn inputs(&mut self, unit: &str, before: &BTreeMap<String, Input>, after: &BTreeMap<String, Input>) {
        for (name, input) in before {
            let Some(now) = after.get(name) else {
                self.changed(unit, format!("`{name}` is not taken any more"), true);
                continue;
            };
            match (input.required, now.required) {
                (false, true) => self.changed(unit, format!("`{name}` is required now"), true),
                (true, false) => self.changed(unit, format!("`{name}` is optional now"), false),
                _ => {}
            }
            if input.kind != now.kind {
                let detail = format!("`{name}` is {} instead of {}", now.kind, input.kind);
                self.changed(unit, detail, !widens(&input.kind, &now.kind));
            }
        }
        for (name, input) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
            let detail = format!("takes `{name}`{}", if input.required { ", which is required" } else { "" });
            self.changed(unit, detail, input.required);
        }
    }
}

/// Whether everything of type `from` is also of type `to`.
fn widens(from: &str, to: &str) -> bool {
    to == "any" || (from == "integer" && to == "number") || to.split(" or ").any(|one| one == from)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Unit<'u> = (&'u str, &'u [(&'u str, bool, &'u str)]);

    fn surface(units: &[Unit<'_>]) -> Surface {
        let unit = |(name, inputs): &Unit<'_>| {
            let input = |(name, required, kind): &(&str, bool, &str)| {
                ((*name).to_owned(), Input { required: *required, kind: (*kind).to_owned() })
            };
            let inputs = inputs.iter().map(input).collect();
            ((*name).to_owned(), Promise { inputs, available: true, ..Promise::default() })
        };
        Surface { units: units.iter().map(unit).collect(), ..Surface::default() }
    }

    #[test]
    fn callers_notice_what_breaks_them() {
        let before = surface(&[
            ("tool a", &[("x", false, "string"), ("y", true, "integer"), ("z", false, "any")]),
            ("tool b", &[]),
        ]);
        let after = surface(&[
            ("tool a", &[("x", true, "string"), ("y", false, "number"), ("w", false, "string")]),
            ("tool c", &[]),
        ]);
        let changes = of_one("demo", Some(&before), Some(&after));
        let told: Vec<_> = changes
            .iter()
            .map(|c| (c.unit.as_deref().unwrap_or(""), c.detail.as_deref().unwrap_or(""), c.breaking))
            .collect();
        assert_eq!(
            told,
            [
                ("tool a", "`x` is required now", true),
                ("tool a", "`y` is optional now", false),
                ("tool a", "`y` is number instead of integer", false),
                ("tool a", "`z` is not taken any more", true),
                ("tool a", "takes `w`", false),
                ("tool b", "", true),
                ("tool c", "", false),
            ]
        );
        assert!(of_one("demo", Some(&before), Some(&before)).is_empty());
        assert!(of_one("demo", Some(&before), None).iter().all(|change| change.breaking));
        assert!(of_one("demo", None, Some(&before)).iter().all(|change| !change.breaking));
    }
}
