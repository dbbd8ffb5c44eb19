//! What can be typed after `new`, `render`, `explain`, `completions`.

use std::path::PathBuf;

use clap::ValueEnum;
use clap_complete::Shell;

const NEW: &str = "\
Examples:
  capstan new greeter
      Writes greeter/greeter.yaml with a sandbox and tests; then, in that folder:
        capstan check --strict .     capstan test .     capstan serve . --sandbox
  capstan new orders --example mapping
      Begins with another example: hello, mapping, steps.

Nothing that exists is overwritten.";

/// Arguments of `new`.
#[derive(Debug, clap::Args)]
#[command(after_help = NEW)]
pub(crate) struct New {
    /// The name of the capability, and of the folder that is made for it
    #[arg(value_name = "NAME")]
    pub(crate) name: PathBuf,
    /// What to begin with
    #[arg(long, value_enum, default_value_t = Example::Hello, value_name = "EXAMPLE")]
    pub(crate) example: Example,
}

/// What a capability can begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Example {
    /// One route and one tool over one operation with a key
    Hello,
    /// An answer that is mapped from a larger one, with error answers
    Mapping,
    /// Two calls in a row, the second with what the first answered
    Steps,
}

const RENDER: &str = "\
Examples:
  capstan render greeter.yaml
      What each route and tool takes, which request it makes of it, and what it answers; which rules were applied.
  capstan render greeter.yaml --format json | jq '.exposes[].units[].request'

Values of bindings are never shown, only whether they are set.";

/// Arguments of `render`.
#[derive(Debug, clap::Args)]
#[command(after_help = RENDER)]
pub(crate) struct Render {
    /// A capability file
    #[arg(value_name = "PATH")]
    pub(crate) path: PathBuf,
    /// How to write it, to stdout
    #[arg(long, value_enum, default_value_t = Rendered::Yaml, value_name = "FORMAT")]
    pub(crate) format: Rendered,
    /// Expose everything a document consumes when it exposes nothing itself
    #[arg(long)]
    pub(crate) auto_expose: bool,
    /// Read variables from this file of NAME=value lines
    #[arg(long, value_name = "FILE")]
    pub(crate) env_file: Option<PathBuf>,
}

/// How a plan is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Rendered {
    /// For people
    Yaml,
    /// For programs
    Json,
}

const EXPLAIN: &str = "\
Examples:
  capstan explain unknown-key
      What the code of a diagnostic means, why it matters, an example and what to do.
  capstan explain missing-binding
      The same for the code of a problem that a caller got.
  capstan explain greeter.yaml:14
      What stands at that line: what the key means, what was found there, and what became of it.

docs/diagnostics.md has all codes.";

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXPLAIN)]
pub(crate) struct Explain {
    /// The code of a diagnostic, or a place in a capability file
    #[arg(value_name = "CODE|FILE:LINE[:COL]")]
    pub(crate) what: String,
}

const COMPLETIONS: &str = "\
Examples:
  capstan completions bash > ~/.local/share/bash-completion/completions/capstan
  capstan completions zsh > ~/.zfunc/_capstan
  capstan completions fish > ~/.config/fish/completions/capstan.fish";

/// Arguments of `completions`.
#[derive(Debug, clap::Args)]
#[command(after_help = COMPLETIONS)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub(crate) shell: Shell,
}

/// Arguments of `man`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  capstan man | man -l -\n  capstan man --command serve > capstan-serve.1")]
pub(crate) struct Man {
    /// The page of this command instead of the overview
    #[arg(long, value_name = "COMMAND")]
    pub(crate) command: Option<String>,
}

/// Arguments of `schema`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  capstan schema > capstan.json\n      For an editor: `# yaml-language-server: $schema=./capstan.json` on the first line of a file.\n  capstan schema --tests > capstan-test.json"
)]
pub(crate) struct Schema {
    /// Of test files (*.test.yaml) instead
    #[arg(long)]
    pub(crate) tests: bool,
}
