//! What can be typed after `export`.

use std::path::PathBuf;

use clap::ValueEnum;

const EXPORT: &str = "\
Examples:
  capstan export openapi greeter.yaml -o greeter.openapi.json
      What its REST exposure takes and answers, as an OpenAPI 3.1 document; a server has the same at /openapi.json.
  capstan export mcp greeter.yaml
      The tools of its MCP exposure, as clients list them.";

/// Arguments of `export`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXPORT)]
pub(crate) struct Export {
    /// What to write
    #[arg(value_enum, value_name = "FORMAT")]
    pub(crate) format: Exported,
    /// A capability file
    #[arg(value_name = "PATH")]
    pub(crate) path: PathBuf,
    /// Write to this file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// The exposure, by its namespace, where there are several of the kind
    #[arg(long, value_name = "NAMESPACE")]
    pub(crate) namespace: Option<String>,
    /// Read variables from this file of NAME=value lines
    #[arg(long, value_name = "FILE")]
    pub(crate) env_file: Option<PathBuf>,
}

/// What can be exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Exported {
    /// REST as an OpenAPI 3.1 document
    Openapi,
    /// The tools of an MCP server as JSON
    Mcp,
}
