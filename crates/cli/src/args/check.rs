//! Arguments of `check`.

use std::path::PathBuf;

use clap::ValueEnum;

const EXAMPLES: &str = "\
Examples:
  capstan check capabilities
      Every problem, with its place and a fix.
  capstan check --strict --format sarif . > findings.sarif
      For code scanning; deviations from the official JSON Schema are errors.
  capstan check --fix capabilities
      Corrects what has one right answer, such as a misspelt key, and reports the rest. Comments and layout stay.
  capstan check --fix --unsafe-fixes --diff greeter.yaml
      Shows what would be corrected, the likely along with the sure; changes nothing.";

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Check {
    /// Capability files, or folders that are searched for them
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Deviations are errors, and so is everything the official JSON Schema rejects
    #[arg(long)]
    pub(crate) strict: bool,
    /// Look at style too: missing descriptions and tags, trailing slashes, placeholder hosts
    #[arg(long)]
    pub(crate) pedantic: bool,
    /// Check for `serve --gateway`, under which no adapter needs a port
    #[arg(long)]
    pub(crate) gateway: bool,
    /// Correct in the files what has one right answer
    #[arg(long)]
    pub(crate) fix: bool,
    /// Correct what has a likely answer too
    #[arg(long, requires = "fix")]
    pub(crate) unsafe_fixes: bool,
    /// Show what would be corrected, change nothing
    #[arg(long, requires = "fix")]
    pub(crate) diff: bool,

    /// Expose everything a document consumes when it exposes nothing itself
    #[arg(long)]
    pub(crate) auto_expose: bool,
    /// How to write what was found, to stdout
    #[arg(long, value_enum, default_value_t = Format::Human, value_name = "FORMAT")]
    pub(crate) format: Format,
}

/// How findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// With excerpts, grouped
    Human,
    /// One line each
    Line,
    /// One JSON document
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}
