//! What differs between two contracts, and whether callers of the old one would notice.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    answer::Answer,
    change::{
        Change,
        Class::{self, Breaking, Compatible, Wording},
        What,
    },
    fields::{self, Step},
    job::{LongPromise, UNNAMED},
    promise::{Input, Promise, Surface, Surfaces},
};

/// This many units are named of those that cannot be called for the same reason.
const NAMED: usize = 3;

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
        (None, Some(_)) => changes.add(None, What::Added, None, Compatible),
        (Some(_), None) => changes.add(None, What::Removed, None, Breaking),
        _ => {}
    }
    let (before, after) = (before.unwrap_or(&empty), after.unwrap_or(&empty));
    for (name, promise) in &before.units {
        match after.units.get(name) {
            None => changes.add(Some(name), What::Removed, None, Breaking),
            Some(now) => changes.unit(name, promise, now),
        }
    }
    for name in after.units.keys().filter(|name| !before.units.contains_key(*name)) {
        changes.add(Some(name), What::Added, None, Compatible);
    }
    changes.lacking(before, after);
    let whole = [
        (before.listeners.difference(&after.listeners), "does not listen any more:", Breaking),
        (after.listeners.difference(&before.listeners), "listens:", Compatible),
        (before.hosts.difference(&after.hosts), "does not call any more:", Compatible),
        (after.hosts.difference(&before.hosts), "calls:", Compatible),
    ];
    for (names, words, class) in whole {
        names.for_each(|name| changes.add(None, What::Changed, Some(format!("{words} {name}")), class));
    }
    changes.list
}

struct Changes<'c> {
    capability: &'c str,
    list: Vec<Change>,
}

impl Changes<'_> {
    fn add(&mut self, unit: Option<&str>, what: What, detail: Option<String>, class: Class) {
        let capability = self.capability.to_owned();
        self.list.push(Change { capability, unit: unit.map(Into::into), what, detail, class });
    }

    fn changed(&mut self, unit: &str, detail: String, class: Class) {
        self.add(Some(unit), What::Changed, Some(detail), class);
    }

    /// Values that are missing now: once each, with the units that could be called before.
    fn lacking(&mut self, before: &Surface, after: &Surface) {
        let units = |of: &Surface, name: &String| of.lacking.get(name).cloned().unwrap_or_default();
        let names: BTreeSet<&String> = before.lacking.keys().chain(after.lacking.keys()).collect();
        for name in names {
            let (old, new) = (units(before, name), units(after, name));
            let worked: Vec<&String> = new.difference(&old).filter(|unit| before.units.contains_key(*unit)).collect();
            if !worked.is_empty() {
                let shown: Vec<&str> = worked.iter().take(NAMED).map(|unit| unit.as_str()).collect();
                let more = match worked.len().saturating_sub(NAMED) {
                    0 => String::new(),
                    n => format!(" and {n} more"),
                };
                let detail = format!("`{name}` has no value: {}{more} cannot be called", shown.join(", "));
                self.add(None, What::Changed, Some(detail), Breaking);
            } else if before.lacking.contains_key(name) && !after.lacking.contains_key(name) {
                self.add(
                    None,
                    What::Changed,
                    Some(format!("does not wait for a value of `{name}` any more")),
                    Compatible,
                );
            }
        }
    }

    fn unit(&mut self, name: &str, before: &Promise, after: &Promise) {
        match (before.available, after.available) {
            (true, false) => self.changed(name, "cannot be called any more".to_owned(), Breaking),
            (false, true) => self.changed(name, "can be called now".to_owned(), Compatible),
            _ => {}
        }
        self.inputs(name, &before.inputs, &after.inputs);
        if let (Some(before), Some(after)) = (&before.answer, &after.answer) {
            self.answer(name, before, after);
        }
        self.jobs(name, &before.jobs, &after.jobs);
        let text = |it: &Option<String>, none: &str| it.clone().unwrap_or_else(|| none.to_owned());
        if before.authentication != after.authentication {
            let (old, new) = (text(&before.authentication, "none"), text(&after.authentication, "none"));
            self.changed(name, format!("authentication: {new} instead of {old}"), Breaking);
        }
        if before.upstream != after.upstream {
            let (old, new) = (text(&before.upstream, "nothing"), text(&after.upstream, "nothing"));
            // Without a base URI nothing can be called at all.
            let class = if old.contains("://") && !new.contains("://") { Breaking } else { Compatible };
            self.add(Some(name), What::Rewired, Some(format!("calls {new} instead of {old}")), class);
        }
        self.annotations(name, &before.annotations, &after.annotations);
        for (what, old, new) in
            [("title", &before.title, &after.title), ("description", &before.description, &after.description)]
        {
            if old != new {
                self.changed(name, format!("its {what} reads differently"), Wording);
            }
        }
    }

    fn jobs(&mut self, unit: &str, before: &BTreeMap<String, LongPromise>, after: &BTreeMap<String, LongPromise>) {
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for name in names {
            match (before.get(name), after.get(name)) {
                (None, Some(_)) => self.changed(unit, format!("waits for the job of {name}"), Breaking),
                (Some(_), None) => {
                    self.changed(unit, format!("does not wait for the job of {name} any more"), Breaking)
                }
                (Some(old), Some(new)) => self.job(unit, name, old, new),
                (None, None) => {}
            }
        }
    }

    /// Two versions of one job: what it yields, what its failures are, and whether handles of the old one are taken up.
    fn job(&mut self, unit: &str, name: &str, before: &LongPromise, after: &LongPromise) {
        if before.result != after.result {
            let detail = format!("the job of {name} yields {} instead of {}", after.result, before.result);
            self.changed(unit, detail, Breaking);
        }
        let states: BTreeSet<&String> = before.failures.keys().chain(after.failures.keys()).collect();
        for state in states {
            let status = |of: &LongPromise| of.failures.get(state).copied().unwrap_or(UNNAMED);
            let (old, new) = (status(before), status(after));
            if old != new {
                self.changed(unit, format!("the state `{state}` of {name} is {new} instead of {old}"), Breaking);
            }
        }
        if before.block != after.block {
            let detail = format!("the job of {name} reads differently: handles from before a restart are not taken up");
            self.changed(unit, detail, Compatible);
        }
    }

    fn annotations(&mut self, unit: &str, before: &BTreeMap<String, bool>, after: &BTreeMap<String, bool>) {
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for name in names {
            let (old, new) = (before.get(name), after.get(name));
            if old != new {
                let word = |hint: Option<&bool>| hint.map_or_else(|| "not said".to_owned(), bool::to_string);
                self.changed(unit, format!("`{name}` is {} instead of {}", word(new), word(old)), Compatible);
            }
        }
    }

    fn inputs(&mut self, unit: &str, before: &BTreeMap<String, Input>, after: &BTreeMap<String, Input>) {
        let mut steps = Vec::new();
        for (name, input) in before {
            match after.get(name) {
                None => steps.push((name.clone(), Step::Gone)),
                Some(now) => {
                    fields::member(name, &input.member, &now.member, &mut steps);
                    self.places(unit, name, input, now);
                }
            }
        }
        for (name, input) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
            steps.push((name.clone(), Step::New(&input.member)));
        }
        for (at, step) in steps {
            let (detail, class) = taken(&at, &step);
            self.changed(unit, detail, class);
        }
    }

    /// Where an input stands: another place beside the old one changes nothing for old callers.
    fn places(&mut self, unit: &str, name: &str, before: &Input, after: &Input) {
        let words = |input: &Input| match input.places.len() {
            0 => "nowhere".to_owned(),
            _ => input.places.iter().cloned().collect::<Vec<_>>().join(" or "),
        };
        if before.places != after.places {
            let detail = format!("`{name}` is taken from {} instead of {}", words(after), words(before));
            let class = if before.places.is_subset(&after.places) { Compatible } else { Breaking };
            self.changed(unit, detail, class);
        }
    }

    fn answer(&mut self, unit: &str, before: &Answer, after: &Answer) {
        match (before.mapped, after.mapped) {
            (true, false) => {
                return self.changed(
                    unit,
                    "the result is the upstream's as it comes, it is not mapped any more".to_owned(),
                    Breaking,
                );
            }
            (false, true) => {
                return self.changed(
                    unit,
                    "the result is mapped, it is not the upstream's as it comes any more".to_owned(),
                    Breaking,
                );
            }
            _ => {}
        }
        let mut steps = Vec::new();
        fields::types("", &before.shape, &after.shape, &mut steps);
        for (at, step) in steps {
            let (mut detail, class) = given(&at, &step);
            if let (Step::Gone, Some(renamed)) = (&step, renamed(&at, before, after)) {
                detail = format!("{detail}; `{renamed}` is what it was");
            }
            self.changed(unit, detail, class);
        }
        for (at, read) in &before.reads {
            match after.reads.get(at) {
                Some(now) if now != read => {
                    let what = if at.is_empty() { "the result".to_owned() } else { format!("`{at}` of the result") };
                    self.changed(unit, format!("{what} is read at {now} instead of {read}"), Breaking);
                }
                _ => {}
            }
        }
    }
}

/// The new member that is read where one that is gone was.
fn renamed<'a>(gone: &str, before: &Answer, after: &'a Answer) -> Option<&'a str> {
    let read = before.reads.get(gone)?;
    let same = |(at, now): &(&String, &String)| *now == read && !before.reads.contains_key(*at);
    after.reads.iter().find(same).map(|(at, _)| at.as_str())
}

/// A difference of what callers send: it may get wider.
fn taken(at: &str, step: &Step<'_>) -> (String, Class) {
    match step {
        Step::Gone => (format!("`{at}` is not taken any more"), Breaking),
        Step::New(member) if member.required => (format!("takes `{at}`, which is required"), Breaking),
        Step::New(_) => (format!("takes `{at}`"), Compatible),
        Step::Required => (format!("`{at}` is required now"), Breaking),
        Step::Optional => (format!("`{at}` is optional now"), Compatible),
        Step::Type(old, new) => {
            let class = if old.is_within(new) { Compatible } else { Breaking };
            (format!("`{at}` is {} instead of {}", new.words(), old.words()), class)
        }
        Step::Closed => (format!("`{at}` takes declared members alone"), Breaking),
        Step::Opened => (format!("`{at}` takes any members"), Compatible),
        Step::Described => (format!("the description of `{at}` reads differently"), Wording),
    }
}

/// A difference of what callers get: it may get narrower.
fn given(at: &str, step: &Step<'_>) -> (String, Class) {
    let what = if at.is_empty() { "the result".to_owned() } else { format!("`{at}` of the result") };
    match step {
        Step::Gone => (format!("the result has no `{at}` any more"), Breaking),
        Step::New(_) => (format!("the result has `{at}`"), Compatible),
        Step::Required => (format!("{what} is always there now"), Compatible),
        Step::Optional => (format!("{what} may be left out now"), Breaking),
        Step::Type(old, new) => {
            let class = if new.is_within(old) { Compatible } else { Breaking };
            (format!("{what} is {} instead of {}", new.words(), old.words()), class)
        }
        Step::Closed => (format!("{what} has declared members alone"), Compatible),
        Step::Opened => (format!("{what} may have further members"), Compatible),
        Step::Described => (format!("the description of {what} reads differently"), Wording),
    }
}

#[cfg(test)]
mod tests;
