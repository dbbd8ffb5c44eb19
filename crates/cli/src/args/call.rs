//! What can be typed after `call`.

use std::path::PathBuf;

use capstan_plan::duration::{BareUnit, parse_duration};

const EXAMPLES: &str = "\
Examples:
  capstan call greeter.yaml \"GET /hello/{name}\" name=ada
      Runs a route; inputs are given by name and go where the route looks for them. `GET /hello/ada` does the same.
  capstan call greeter.yaml greet name=ada
      Runs a tool, or a route by the name of its operation. A wrong name lists what there is.
  capstan call flux.yaml generate-image-flux-1-dev prompt='A harbour' --sandbox
      A sandbox file beside the capability (*.sandbox.yaml) stands in for the real API.
  capstan call greeter.yaml greet name=ada --dry-run
      Prints the request that would be sent as a curl command; secrets are $NAMES for the shell to fill in.
  capstan call shop.yaml \"POST /orders\" --json '{\"sku\": \"A1\"}' --trace
      Sends a body; --trace says on stderr what happened upstream.
  capstan call flux.yaml get-image id=42 -o image.png
      Saves the answer, or the image in a tool's result.

The answer goes to stdout, what is said about it to stderr. Checks of callers are left out: whoever runs this is the operator.
Exit codes: 0 it was answered, 1 it was answered with an error, 2 wrong usage, 78 the file cannot be run.";

/// Arguments of `call`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Call {
    /// A capability file
    #[arg(value_name = "FILE")]
    pub(crate) path: PathBuf,
    /// A route (`GET /path`), an operation or a tool; NAMESPACE/NAME where several exposures have the name
    #[arg(value_name = "UNIT")]
    pub(crate) unit: String,
    /// Inputs by name; `@FILE` as a value is what the file holds
    #[arg(value_name = "NAME=VALUE", value_parser = input)]
    pub(crate) inputs: Vec<(String, String)>,
    /// The body of a request, or all arguments of a tool; `@FILE` for what a file holds, `-` for standard input
    #[arg(long, value_name = "BODY")]
    pub(crate) json: Option<String>,
    /// Send nothing: print the upstream request as a curl command
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Say what happened upstream, exchange by exchange
    #[arg(long)]
    pub(crate) trace: bool,
    /// Write the answer's body, or the first image of a tool's result, to this file
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Let the sandboxes beside the file (*.sandbox.yaml) stand in for upstreams: no key, no network
    #[arg(long)]
    pub(crate) sandbox: bool,
    /// Read variables from this file of NAME=value lines
    #[arg(long, value_name = "FILE")]
    pub(crate) env_file: Option<PathBuf>,
    /// How long an upstream may take to begin its answer
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = time)]
    pub(crate) timeout: std::time::Duration,
}

fn time(text: &str) -> Result<std::time::Duration, String> {
    let time = parse_duration(text, BareUnit::Seconds).filter(|time| !time.is_zero());
    time.ok_or_else(|| format!("`{text}` is not a time such as 30s, 500ms or 2m"))
}

fn input(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| format!("`{text}` is not NAME=VALUE"))?;
    Ok((name.trim().to_owned(), value.to_owned()))
}
