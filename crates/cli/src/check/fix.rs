//! `capstan check --fix`: the fixes of the diagnostics, put into the files or shown.

use std::io::{self, Write as _};

use capstan_language::{
    Options,
    repair::{Repaired, repair},
};
use capstan_server::bundle::{discovery::Source, disk::Disk, workers};

use crate::{
    args::Check,
    exit::Exit,
    print::{complain, say, written},
    rewrite,
    totals::count,
};

/// One file and what can be corrected in it.
struct Corrected {
    path: String,
    before: String,
    after: Repaired,
}

/// Corrects the files, or shows what would be corrected.
pub(super) fn all(sources: &[&Source], options: &Options, args: &Check) -> Exit {
    // What cannot be read is said by the check.
    let corrected = workers::map(sources, usize::MAX, |source| one(source, options, args));
    let mut exit = Exit::Ok;
    let (mut files, mut findings, mut unsure) = (0, 0, 0);
    let mut patch = String::new();
    for (source, file) in sources.iter().zip(corrected).filter_map(|(source, file)| Some((source, file?))) {
        unsure += file.after.unsure;
        if file.before == file.after.text {
            continue;
        }
        if args.diff {
            patch.push_str(&rewrite::patch(&file.path, &file.before, &file.after.text));
        } else if let Err(why) = rewrite::replace(&source.path, &file.after.text) {
            complain(why);
            exit = Exit::Output;
            continue;
        }
        files += 1;
        findings += file.after.done.len();
        if !args.diff {
            file.after.done.iter().for_each(|line| say(format_args!("fixed: {line}")));
        }
    }
    let verb = if args.diff { "would be fixed" } else { "fixed" };
    let rest = if unsure > 0 { format!("; {unsure} more with --unsafe-fixes") } else { String::new() };
    say(format_args!("{} {verb} in {}{rest}", count(findings, "finding"), count(files, "file")));
    if args.diff && files > 0 {
        exit = Exit::Findings;
    }
    written(io::stdout().lock().write_all(patch.as_bytes()), exit)
}

fn one(source: &&Source, options: &Options, args: &Check) -> Option<Corrected> {
    let before = rewrite::read(&source.path).ok()?;
    if !source.named && !capstan_language::format::concerns(&before) {
        return None;
    }
    let after = repair(&Disk::default(), &source.path, &before, options, args.unsafe_fixes);
    Some(Corrected { path: source.path.display().to_string(), before, after })
}
