//! `capstan test`: runs what test files say of capabilities, in this process: no port, no network, and no waiting for a clock.

mod all;
mod answer;
mod bless;
mod case;
mod clock;
mod compare;
mod coverage;
mod edits;
mod examples;
mod find;
mod junit;
mod live;
mod outcome;
mod record;
mod recorder;
mod report;
mod script;
mod suite;
mod watch;

use crate::{
    args::testing::Test,
    exit::Exit,
    print::{complain, written},
};

/// Runs the tests of all files, once or for as long as somebody watches.
pub(crate) fn run(args: &Test) -> Exit {
    if args.record {
        return record::run(args);
    }
    if args.watch {
        return watch::run(args, || once(args));
    }
    once(args)
}

/// One run over all files.
fn once(args: &Test) -> Exit {
    let files = match find::files(&args.paths) {
        Ok(files) => files,
        Err(why) => {
            complain(why);
            return Exit::Configuration;
        }
    };
    let started = std::time::Instant::now();
    let suites = suite::load(&files);
    let outcomes = all::every(&suites, args.filter.as_deref(), None);
    let mut exit = report::print(&suites, &outcomes, started.elapsed());
    if args.bless {
        exit = exit.worse(bless::write(&suites, &outcomes));
    }
    if args.coverage {
        exit = exit.worse(written(coverage::print(&suites, &outcomes), Exit::Ok));
    }
    if let Some(path) = &args.junit {
        exit = exit.worse(junit::write(path, &suites, &outcomes));
    }
    exit
}
