//! The command line: arguments in, exit codes out, and everything that is printed in between.
#![recursion_limit = "256"]

mod announce;
mod args;
mod call;
mod check;
mod compare;
mod exit;
mod explain;
mod export;
mod fmt;
mod import;
mod log;
mod manual;
mod migrate;
mod new;
mod print;
mod read_file;
mod render;
mod rewrite;
mod sandbox_files;
mod schema;
mod serve;
mod testing;
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
        args::Command::Migrate(migrate) => migrate::run(&migrate),
        args::Command::Diff(diff) => compare::diff(&diff),
        args::Command::Plan(plan) => compare::plan(&plan),
        args::Command::Call(call) => call::run(&call),
        args::Command::Test(test) => testing::run(&test),
        args::Command::New(new) => new::run(&new),
        args::Command::Render(render) => render::run(&render),
        args::Command::Explain(explain) => explain::run(&explain),
        args::Command::Export(export) => export::run(&export),
        args::Command::Import(import) => import::run(&import),
        args::Command::Completions(completions) => manual::completions(&completions),
        args::Command::Man(man) => manual::man(&man),
        args::Command::Schema(args) => schema::run(&args),
    };
    ExitCode::from(exit as u8)
}
