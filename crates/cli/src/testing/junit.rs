//! Results as JUnit XML, which every build server reads.

use std::{fmt::Write as _, path::Path};

use super::{
    outcome::{Outcome, Verdict},
    report::sides,
    suite::Suite,
};
use crate::{exit::Exit, print::complain};

/// Writes the results of a run to a file.
#[allow(clippy::disallowed_methods, reason = "the operator names the file")]
pub(super) fn write(path: &Path, suites: &[Suite], outcomes: &[Vec<Outcome>]) -> Exit {
    match std::fs::write(path, document(suites, outcomes)) {
        Ok(()) => Exit::Ok,
        Err(error) => {
            complain(format_args!("{} cannot be written: {error}", path.display()));
            Exit::Output
        }
    }
}

fn document(suites: &[Suite], outcomes: &[Vec<Outcome>]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"capstan\">\n");
    for (suite, outcomes) in suites.iter().zip(outcomes) {
        let name = escaped(&suite.path.display().to_string());
        let broken = usize::from(suite.ready.is_none());
        let of = |verdict| outcomes.iter().filter(|outcome| outcome.verdict == verdict).count();
        let time: f64 = outcomes.iter().map(|outcome| outcome.elapsed.as_secs_f64()).sum();
        let _ = writeln!(
            out,
            "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{}\" errors=\"{broken}\" skipped=\"{}\" time=\"{time:.4}\">",
            outcomes.len() + broken,
            of(Verdict::Failed),
            of(Verdict::Skipped),
        );
        if broken > 0 {
            let why = escaped(&suite.complaints.join("\n"));
            let _ = writeln!(
                out,
                "    <testcase name=\"the file\" classname=\"{name}\"><error message=\"it cannot be run\">{why}</error></testcase>"
            );
        }
        outcomes.iter().for_each(|outcome| case(&mut out, suite, outcome));
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn case(out: &mut String, suite: &Suite, outcome: &Outcome) {
    let Some(case) = suite.cases().get(outcome.nth) else { return };
    let file = escaped(&suite.path.display().to_string());
    let name = escaped(&case.name);
    let time = outcome.elapsed.as_secs_f64();
    let line = suite.line(case.span);
    let _ = write!(
        out,
        "    <testcase name=\"{name}\" classname=\"{file}\" file=\"{file}\" line=\"{line}\" time=\"{time:.4}\""
    );
    match outcome.verdict {
        Verdict::Passed => out.push_str("/>\n"),
        Verdict::Skipped => {
            let why = escaped(case.skip.as_deref().unwrap_or_default());
            let _ = writeln!(out, "><skipped message=\"{why}\"/></testcase>");
        }
        Verdict::Failed => {
            let mut text = String::new();
            for difference in &outcome.differences {
                let _ = write!(text, "{} {}\n{}", suite.place(difference.span), difference.path, sides(difference));
            }
            text.push_str(&outcome.notes.join("\n"));
            let first = outcome.differences.first().map_or("", |difference| &difference.path);
            let (first, text) = (escaped(first), escaped(&text));
            let _ = writeln!(out, "><failure message=\"{first}\">{text}</failure></testcase>");
        }
    }
}

/// A text within XML, without the characters XML cannot have.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_the_document() {
        assert_eq!(escaped("a<b> & \"c\"\u{0}\u{1b}[1m\n"), "a&lt;b&gt; &amp; &quot;c&quot;\u{fffd}\u{fffd}[1m\n");
    }
}
