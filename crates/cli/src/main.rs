//! The command line: arguments in, exit codes out, and everything that is printed in between.
#![recursion_limit = "256"]

mod announce;
mod args;
mod check;
mod compare;
mod exit;
mod fmt;
mod log;
mod print;
mod rewrite;
mod schema;
mod serve;
mod totals;

use std::process::ExitCode;

use clap::Parser as _;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Wrong usage is clap's: it explains and exits with 2.
    let exit = match args::Args::parse().command {
        args::Command::Serve(serve) => serve::run(*serve),
        args::Command::Check(check) => check::run(&check),
        args::Command::Fmt(fmt) => fmt::run(&fmt),
        args::Command::Diff(diff) => compare::diff(&diff),
        args::Command::Plan(plan) => compare::plan(&plan),
        args::Command::Schema => schema::run(),
    };
    ExitCode::from(exit as u8)
}
