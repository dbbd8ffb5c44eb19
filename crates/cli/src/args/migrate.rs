//! Arguments of `migrate`.

use std::path::PathBuf;

use capstan_language::migrate::Dialect;
use clap::ValueEnum;

const EXAMPLES: &str = "\
Examples:
  capstan migrate --to ikanos-beta5 capabilities --diff
      Shows what would change: names, shapes of collections, inputs declared where the standard has them.
  capstan migrate --to ikanos-beta5 capabilities -o migrated
      Writes every capability file below `migrated`, under the paths they have in `capabilities`.
  capstan migrate --to naftiko-alpha2 shop.yaml --write
      Changes the file itself.

A file satisfies the official JSON Schema afterwards and sends the same requests; every change is checked for that, and one that would
send anything else is not made. What the dialect cannot say stays as it is and is listed with its place and the reason. Comments stay, a
second run changes nothing. Sandboxes and tests are Capstan's own: they stay as they are.
Exit codes: 0 every file is valid, 1 something is left, 2 wrong usage, 74 a file cannot be written, 78 a path does not exist.";

/// Arguments of `migrate`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
#[command(group(clap::ArgGroup::new("where").required(true).args(["out", "write", "diff"])))]
pub(crate) struct Migrate {
    /// The dialect
    #[arg(long, value_enum, value_name = "DIALECT")]
    pub(crate) to: To,
    /// Capability files, or folders that are searched for them
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Write the files below this folder
    #[arg(short, long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Change the files themselves
    #[arg(long)]
    pub(crate) write: bool,
    /// Show what would change, change nothing
    #[arg(long)]
    pub(crate) diff: bool,
}

/// The official dialects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum To {
    /// Ikanos 1.0.0-beta5
    #[value(name = "ikanos-beta5")]
    Ikanos,
    /// Naftiko 1.0.0-alpha2
    #[value(name = "naftiko-alpha2")]
    Naftiko,
}

impl From<To> for Dialect {
    fn from(to: To) -> Self {
        match to {
            To::Ikanos => Self::Ikanos,
            To::Naftiko => Self::Naftiko,
        }
    }
}
