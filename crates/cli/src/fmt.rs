//! `capstan fmt`: capability files in the canonical layout.

use std::{
    borrow::Cow,
    io::{self, Write as _},
    path::Path,
};

use capstan_language::format::{self, Left, Style};
use capstan_server::bundle::{
    discovery::{self, Source},
    workers,
};

use crate::{
    args::Fmt,
    exit::Exit,
    print::{complain, say, written},
    rewrite,
    totals::count,
};

/// What became of one file.
enum Outcome {
    /// It is no file to be laid out.
    Passed,
    /// It has the layout.
    Same,
    /// It has the layout now, or would have it: what was asked to be shown.
    Changed(String),
    /// It is as it was, for these reasons.
    Left(Vec<String>),
    /// It could not be written.
    Unwritten(String),
}

/// Lays out, or says what would change.
pub(crate) fn run(args: &Fmt) -> Exit {
    if args.paths.as_slice() == [Path::new("-")] {
        return standard_input(args);
    }
    let bundle = match discovery::find(&args.paths) {
        Ok(bundle) => bundle,
        Err(path) => {
            complain(format_args!("{} does not exist", path.display()));
            return Exit::Configuration;
        }
    };
    let mut sources: Vec<&Source> =
        bundle.sources.values().chain(bundle.sandboxes.values()).chain(&bundle.clashes).collect();
    sources.sort_by(|one, other| one.path.cmp(&other.path));
    let outcomes = workers::map(&sources, usize::MAX, |source| one(source, args));
    for (path, why) in &bundle.unreadable {
        say(format_args!("warning: {}: {why}", path.display()));
    }
    report(&outcomes, args)
}

fn report(outcomes: &[Outcome], args: &Fmt) -> Exit {
    let (mut changed, mut same, mut left, mut unwritten) = (0, 0, 0, 0);
    let mut out = io::stdout().lock();
    let mut printed = Ok(());
    for outcome in outcomes {
        match outcome {
            Outcome::Passed => {}
            Outcome::Same => same += 1,
            Outcome::Changed(text) => {
                changed += 1;
                printed = printed.and_then(|()| out.write_all(text.as_bytes()));
            }
            Outcome::Left(reasons) => {
                left += 1;
                reasons.iter().for_each(say);
            }
            Outcome::Unwritten(why) => {
                unwritten += 1;
                complain(why);
            }
        }
    }
    let only = args.check || args.diff;
    let verb = if only { "would change" } else { "changed" };
    let mut sum =
        format!("{}: {changed} {verb}, {same} as they were", count(changed + same + left + unwritten, "file"));
    if left > 0 {
        sum.push_str(&format!(", {left} cannot be laid out"));
    }
    say(sum);
    let exit = if left > 0 || (only && changed > 0) { Exit::Findings } else { Exit::Ok };
    written(printed, if unwritten > 0 { Exit::Output } else { exit })
}

fn one(source: &Source, args: &Fmt) -> Outcome {
    let path = source.path.display().to_string();
    if source.path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
        return match source.named {
            true => Outcome::Left(vec![format!("{path}: left as it is: it is JSON")]),
            false => Outcome::Passed,
        };
    }
    let text = match rewrite::read(&source.path) {
        Ok(text) => text,
        Err(why) => return Outcome::Left(vec![why]),
    };
    if !source.named && !is_test(&source.path) && !format::concerns(&text) {
        return Outcome::Passed;
    }
    match format::format(&path, &text, style(args)) {
        Err(Left(reasons)) => Outcome::Left(reasons),
        Ok(Cow::Borrowed(_)) => Outcome::Same,
        Ok(Cow::Owned(_)) if args.check => Outcome::Changed(format!("{path}\n")),
        Ok(Cow::Owned(after)) if args.diff => Outcome::Changed(rewrite::patch(&path, &text, &after)),
        Ok(Cow::Owned(after)) => match rewrite::replace(&source.path, &after) {
            Ok(()) => Outcome::Changed(String::new()),
            Err(why) => Outcome::Unwritten(why),
        },
    }
}

/// Whether a file holds tests of a capability.
fn is_test(path: &Path) -> bool {
    path.file_stem().and_then(|stem| stem.to_str()).is_some_and(|stem| stem.ends_with(".test"))
}

fn style(args: &Fmt) -> Style {
    Style { order: args.order_keys }
}

fn standard_input(args: &Fmt) -> Exit {
    let text = match rewrite::standard_input() {
        Ok(text) => text,
        Err(why) => {
            complain(why);
            return Exit::Findings;
        }
    };
    match format::format("-", &text, style(args)) {
        Err(Left(reasons)) => {
            reasons.iter().for_each(say);
            Exit::Findings
        }
        Ok(after) => {
            let same = matches!(after, Cow::Borrowed(_));
            let shown = match (args.check, args.diff) {
                (true, _) => String::new(),
                (_, true) if same => String::new(),
                (_, true) => rewrite::patch("-", &text, &after),
                _ => after.into_owned(),
            };
            let exit = if (args.check || args.diff) && !same { Exit::Findings } else { Exit::Ok };
            written(io::stdout().lock().write_all(shown.as_bytes()), exit)
        }
    }
}
