//! Results for people: failures with the line of the test and both sides.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
    time::Duration,
};

use super::{
    all::any_failed,
    outcome::{Difference, Outcome, Verdict},
    suite::Suite,
};
use crate::{
    exit::Exit,
    print::{say, written},
    totals::count,
};

/// Prints all results; says how the run ends.
pub(super) fn print(suites: &[Suite], outcomes: &[Vec<Outcome>], elapsed: Duration) -> Exit {
    let mut out = String::new();
    let mut exit = if any_failed(outcomes) { Exit::Findings } else { Exit::Ok };
    for (suite, outcomes) in suites.iter().zip(outcomes) {
        suite.complaints.iter().for_each(|complaint| say(format_args!("{complaint}\n")));
        if suite.ready.is_none() {
            exit = Exit::Configuration;
            continue;
        }
        let _ = writeln!(out, "{}: {}", suite.path.display(), counted(outcomes.iter()));
    }
    for (suite, outcomes) in suites.iter().zip(outcomes) {
        for outcome in outcomes {
            match outcome.verdict {
                Verdict::Passed => {}
                Verdict::Skipped => skipped(&mut out, suite, outcome),
                Verdict::Failed => failed(&mut out, suite, outcome),
            }
        }
    }
    let files = count(suites.len(), "file");
    let _ = writeln!(out, "\n{files} in {:.2} s", elapsed.as_secs_f64());
    let _ = writeln!(out, "{}", counted(outcomes.iter().flatten()));
    written(anstream::stdout().write_all(out.as_bytes()).and_then(|()| io::stdout().flush()), exit)
}

/// `4 passed, 1 failed`, and what was skipped.
fn counted<'o>(outcomes: impl Iterator<Item = &'o Outcome>) -> String {
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for outcome in outcomes {
        match outcome.verdict {
            Verdict::Passed => passed += 1,
            Verdict::Failed => failed += 1,
            Verdict::Skipped => skipped += 1,
        }
    }
    let more = if skipped == 0 { String::new() } else { format!(", {skipped} skipped") };
    format!("{passed} passed, {failed} failed{more}")
}

fn skipped(out: &mut String, suite: &Suite, outcome: &Outcome) {
    let Some(case) = suite.cases().get(outcome.nth) else { return };
    let why = case.skip.as_deref().unwrap_or_default();
    let _ = writeln!(out, "skipped {} {}: {why}", suite.place(case.span), case.name);
}

fn failed(out: &mut String, suite: &Suite, outcome: &Outcome) {
    let Some(case) = suite.cases().get(outcome.nth) else { return };
    let _ = writeln!(out, "\nFAILED {} {}", suite.place(case.span), case.name);
    for difference in &outcome.differences {
        let _ = writeln!(out, "  {} {}", suite.place(difference.span), difference.path);
        let _ = write!(out, "{}", sides(difference));
    }
    for note in &outcome.notes {
        let _ = writeln!(out, "  {}", note.replace('\n', "\n  "));
    }
}

/// Both sides of a difference; of long texts the lines that differ.
pub(super) fn sides(difference: &Difference) -> String {
    let lines = |text: &str| text.replace("\\n", "\n").lines().map(str::to_owned).collect::<Vec<_>>();
    let (expected, actual) = (lines(&difference.expected), lines(&difference.actual));
    let mut out = String::new();
    if expected.len() < 3 && actual.len() < 3 {
        let _ = writeln!(out, "    - expected {}\n    + got      {}", difference.expected, difference.actual);
        return out;
    }
    let same = expected.iter().zip(&actual).take_while(|(one, other)| one == other).count();
    let rest = expected.len().min(actual.len()) - same;
    let tail =
        expected.iter().rev().zip(actual.iter().rev()).take(rest).take_while(|(one, other)| one == other).count();
    for (sign, side) in [('-', &expected), ('+', &actual)] {
        for line in side.iter().take(side.len() - tail).skip(same) {
            let _ = writeln!(out, "    {sign} {line}");
        }
    }
    out
}
