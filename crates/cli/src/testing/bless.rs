//! Writes into test files what was answered instead of what was expected.

use super::{
    edits::{Edits, save},
    outcome::{Outcome, Verdict},
    suite::Suite,
};
use crate::{
    exit::Exit,
    print::{complain, say},
};
use capstan_language::render::yaml_inline;

/// Changes the files of tests that failed, where what was answered can be written.
pub(super) fn write(suites: &[Suite], outcomes: &[Vec<Outcome>]) -> Exit {
    let mut exit = Exit::Ok;
    for (suite, outcomes) in suites.iter().zip(outcomes) {
        let mut edits = Edits::default();
        for outcome in outcomes.iter().filter(|outcome| outcome.verdict != Verdict::Skipped && !outcome.unlisted) {
            let Some(case) = suite.cases().get(outcome.nth) else { continue };
            if case.expect.is_none() && !outcome.answer.is_null() {
                edits.append(suite, case.span, "expect", &outcome.answer);
                continue;
            }
            for difference in &outcome.differences {
                if let Some(instead) = &difference.instead {
                    edits.replace(suite, difference.span, yaml_inline(instead));
                }
            }
        }
        if edits.is_empty() {
            continue;
        }
        let text = suite.sources.iter().next().map(|(_, file)| file.text.clone()).unwrap_or_default();
        match save(&suite.path, &edits.applied(&text)) {
            Ok(()) => say(format_args!("{}: written; read what changed, and run it again", suite.path.display())),
            Err(why) => {
                complain(why);
                exit = Exit::Output;
            }
        }
    }
    exit
}
