//! Runs all tests of all files, on all cores.

use capstan_engine::workers;

use super::{
    case,
    live::Live,
    outcome::{Outcome, Verdict},
    suite::Suite,
};

/// The outcomes of every test, by suite.
pub(super) fn every(suites: &[Suite], filter: Option<&str>, live: Option<&Live>) -> Vec<Vec<Outcome>> {
    let wanted = |name: &str| filter.is_none_or(|text| name.contains(text));
    let cases = |(at, suite): (usize, &Suite)| {
        let cases = suite.cases().iter().enumerate().filter(|(_, case)| wanted(&case.name));
        cases.map(move |(nth, _)| (at, nth)).collect::<Vec<_>>()
    };
    let items: Vec<(usize, usize)> = suites.iter().enumerate().flat_map(cases).collect();
    let run = |(at, nth): &(usize, usize)| suites.get(*at).and_then(|suite| case::run(suite, *nth, live));
    // A real API is asked one thing after the other.
    let outcomes = match live {
        Some(_) => items.iter().map(run).collect(),
        None => workers::map(&items, usize::MAX, run),
    };
    let mut by_suite: Vec<Vec<Outcome>> = suites.iter().map(|_| Vec::new()).collect();
    for ((at, _), outcome) in items.iter().zip(outcomes) {
        if let (Some(list), Some(outcome)) = (by_suite.get_mut(*at), outcome) {
            list.push(outcome);
        }
    }
    by_suite
}

/// Whether a list has a test that failed.
pub(super) fn any_failed(outcomes: &[Vec<Outcome>]) -> bool {
    outcomes.iter().flatten().any(|outcome| outcome.verdict == Verdict::Failed)
}
