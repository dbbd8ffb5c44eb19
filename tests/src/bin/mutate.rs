//! Prints what `check` says of typical mistakes in documents that are right.
//!
//! `mutate FILE|FOLDER... [--class CLASS] [--every N] [--any] [--list silent|warning|place|fix|cascade|all]`. Folders are searched for YAML
//! files and Markdown specs; `--any` takes documents too of which something is to be said already.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a measurement that cannot go on stops, and prints what it found"
)]

use std::path::Path;

use capstan_tests::mutate::{
    Class,
    report::{Choice, Trial, figures, run, table},
    subject::Subject,
    verdict::Loud,
};

fn main() {
    let (mut choice, mut list, mut subjects) = (Choice::default(), String::new(), Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().unwrap_or_else(|| panic!("{argument} needs a value"));
        match &*argument {
            "--class" => {
                let name = value();
                let class = Class::ALL.into_iter().find(|class| class.name() == name);
                choice.class = Some(class.unwrap_or_else(|| panic!("no class {name}")));
            }
            "--every" => choice.every = value().parse().expect("a number"),
            "--any" => choice.any = true,
            "--list" => list = value(),
            _ => subjects.extend(Subject::below(Path::new(&argument))),
        }
    }
    let (documents, trials) = run(&subjects, &choice);
    trials.iter().filter(|trial| listed(trial, &list)).for_each(print);
    println!("{documents} documents, {} mistakes\n\n{}", trials.len(), table(&figures(&trials)));
}

fn listed(trial: &Trial, list: &str) -> bool {
    let said = trial.verdict.loud != Loud::Silent;
    match list {
        "silent" => !said,
        "warning" => trial.verdict.loud == Loud::Warning,
        "place" => said && !trial.verdict.place,
        "fix" => said && trial.verdict.fix == Some(false),
        "cascade" => said && !trial.verdict.alone,
        "all" => true,
        _ => false,
    }
}

fn print(trial: &Trial) {
    let said = match trial.verdict.loud {
        Loud::Silent if trial.verdict.changed => "silent, another plan",
        Loud::Silent => "silent, the same plan",
        _ => &*trial.verdict.said,
    };
    println!("{} {} {}: {said}", trial.mutant.class.name(), trial.document, trial.mutant.what);
    trial.verdict.others.iter().for_each(|other| println!("    and {other}"));
}
