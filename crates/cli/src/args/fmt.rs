//! Arguments of `fmt`.

use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  capstan fmt capabilities
      Every capability file below the folder in the canonical layout. Nothing else about it changes.
  capstan fmt --check .
      Names the files that are laid out otherwise, changes none, and exits with 1 when there are any: for CI.
  capstan fmt --diff greeter.yaml
      Shows what would change.
  capstan fmt - < greeter.yaml
      From standard input to standard output: for editors.

A mapping or list below the comment `# capstan-fmt-ignore` keeps its looks. A file that is no YAML is reported and left as it is.
Exit codes: 0 fine, 1 a file was left or (--check, --diff) would change, 2 wrong usage, 74 a file cannot be written, 78 a path does not exist.";

/// Arguments of `fmt`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Fmt {
    /// YAML files, folders that are searched for capability files, or - for standard input
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Change nothing, name the files that would change
    #[arg(long, conflicts_with = "diff")]
    pub(crate) check: bool,
    /// Change nothing, show what would change
    #[arg(long)]
    pub(crate) diff: bool,
    /// Put keys in the order of the language reference, with the comments above them
    #[arg(long)]
    pub(crate) order_keys: bool,
}
