//! What can be typed after `test`.

use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  capstan test .
      Runs every *.test.yaml below this folder: no port is opened, no network is used, nobody waits for a clock.
  capstan test greeter.test.yaml --filter 'by name'
      Runs the tests whose name has this text.
  capstan test . --watch
      Runs them again whenever something below is saved.
  capstan test . --coverage
      Names the routes and tools that no test calls, and those whose error answers no test looks at.
  capstan test greeter.test.yaml --bless
      Writes into the file what was answered instead of what was expected: read the diff.
  capstan test greeter.yaml --record
      Writes greeter.test.yaml: each route and tool is called with examples, its sandbox answers, secrets are replaced.
  capstan test greeter.yaml --record --live
      The same from the real API, once: with the values of the environment, of which none gets into the file.

docs/testing.md describes the format. Exit codes: 0 all passed, 1 a test failed, 2 wrong usage, 78 a test file cannot be run.";

/// Arguments of `test`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Test {
    /// Test files, or folders that are searched for them
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Run the tests whose name has this text
    #[arg(long, value_name = "TEXT")]
    pub(crate) filter: Option<String>,
    /// Run again whenever a file is saved
    #[arg(long)]
    pub(crate) watch: bool,
    /// Write the results as JUnit XML to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Say what no test calls
    #[arg(long)]
    pub(crate) coverage: bool,
    /// Write what was answered into the test files where it differs from what was expected
    #[arg(long, conflicts_with = "watch")]
    pub(crate) bless: bool,
    /// Write the exchanges with the sandbox and the answers into tests that have none; a capability file gets a new test file
    #[arg(long, conflicts_with_all = ["watch", "bless"])]
    pub(crate) record: bool,
    /// Record from the real APIs: requests are sent, with real values; the file gets stand-ins for them
    #[arg(long, requires = "record")]
    pub(crate) live: bool,
}
