//! What can be typed, and how it is explained.

pub(crate) mod author;
pub(crate) mod call;
mod check;
pub(crate) mod export;
mod fmt;
pub(crate) mod import;
mod migrate;
pub(crate) mod testing;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs as _},
    path::PathBuf,
    time::Duration,
};

use capstan_engine::UpstreamRule;
use capstan_plan::duration::{BareUnit, parse_duration};
use clap::{Parser, Subcommand, ValueEnum};

pub(crate) use check::{Check, Format};
pub(crate) use fmt::Fmt;
pub(crate) use migrate::Migrate;

/// Serves what capability files describe: REST APIs and MCP servers. Edit YAML, write no code.
#[derive(Debug, Parser)]
#[command(name = "capstan", version, after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  capstan serve capabilities/flux --sandbox   try the Flux capability: no key, no network
  capstan check capabilities                  every problem, with its place and a fix
  capstan serve . --gateway 127.0.0.1:8000    everything below this folder on one port

Exit codes: 0 fine, 1 check found errors, fmt what it cannot or (--check, --diff) would lay out, migrate what a dialect cannot say, diff and plan a breaking change, test a failure, call an error, 2 wrong usage, 70 internal error, 74 the output cannot be written, 78 the configuration cannot be served, 130 and 143 a second signal ended it.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve capability files
    Serve(Box<Serve>),
    /// Report every problem of capability files, with its place and a fix
    Check(Check),
    /// Write capability files in one canonical layout; comments stay, and what they say
    Fmt(Fmt),
    /// Bring capability files into an official dialect; they send the same requests, and comments stay
    Migrate(Migrate),
    /// Say what callers would notice between two versions of capability files
    Diff(Diff),
    /// Say what callers would notice if a running server served these files
    Plan(Plan),
    /// Run one route or tool of a capability here, and print its answer
    Call(call::Call),
    /// Run tests of capabilities: no port, no network
    Test(testing::Test),
    /// Write a new capability with a sandbox and tests
    New(author::New),
    /// Show what was understood of a capability: inputs, requests, answers, rules
    Render(author::Render),
    /// Explain a diagnostic by its code, or what stands at a place of a file
    Explain(author::Explain),
    /// Write a capability from the description of an API: OpenAPI, or a Postman collection
    Import(import::Import),
    /// Write what a capability offers for the tools of others: OpenAPI, or MCP tools
    Export(export::Export),
    /// Print completions for a shell
    Completions(author::Completions),
    /// Print the manual, for `man -l`
    Man(author::Man),
    /// Print the JSON Schema of capability files, for editors
    Schema(author::Schema),
}

const SERVE_EXAMPLES: &str = "\
Examples:
  capstan serve flux.yaml
      Serves on the ports the file declares, loopback only.
  capstan serve flux.yaml --listen 8080=127.0.0.1:9000
      What the file declares on port 8080 is served on port 9000 (port 0: any free one).
  capstan serve capabilities --gateway 127.0.0.1:8000
      One port for all: REST at /ID/PATH, MCP at /ID/mcp, an index at /. ID is the file's path without extension.
  capstan serve flux.yaml --stdio flux-mcp
      Serves one MCP adapter on stdin and stdout, for MCP hosts that start their servers themselves.
  capstan serve flux.yaml --sandbox
      Sandbox files (*.sandbox.yaml) stand in for the real APIs; no request leaves the machine.
  capstan serve flux.yaml --upstream https://api.bfl.ai=http://127.0.0.1:7000
      Traffic for one origin goes to another; path, query and headers stay.

Secrets are variables: ID__NAME (for one capability), NAME, then --env-file, then .env beside the file, then .env here.";

/// Arguments of `serve`.
#[derive(Debug, clap::Args)]
#[command(after_help = SERVE_EXAMPLES)]
pub(crate) struct Serve {
    /// Capability files, or folders that are searched for them
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Serve everything on one address: REST at /ID/PATH, MCP at /ID/mcp, an index at /
    #[arg(long, value_name = "ADDR", value_parser = address)]
    pub(crate) gateway: Option<SocketAddr>,
    /// Serve a declared port at another address (repeatable; port 0 takes a free one)
    #[arg(long, value_name = "PORT=ADDR", value_parser = listen)]
    pub(crate) listen: Vec<(u16, SocketAddr)>,
    /// Serve only this MCP adapter, on stdin and stdout
    #[arg(long, value_name = "[ID/]NAMESPACE", conflicts_with = "gateway")]
    pub(crate) stdio: Option<String>,
    /// Send traffic for the origin FROM (or * for all) to TO (repeatable)
    #[arg(long, value_name = "FROM=TO", value_parser = UpstreamRule::parse)]
    pub(crate) upstream: Vec<UpstreamRule>,
    /// Use this base URI for the consumed API NS (repeatable)
    #[arg(long, value_name = "NS=URL", value_parser = pair)]
    pub(crate) base_uri: Vec<(String, String)>,
    /// Read variables from this file of NAME=value lines
    #[arg(long, value_name = "FILE")]
    pub(crate) env_file: Option<PathBuf>,
    /// Let the bundle's *.sandbox.yaml stand in for upstreams: no key, no network
    #[arg(long)]
    pub(crate) sandbox: bool,
    /// Refuse to start with any error or missing value; deviations from the official JSON Schema are errors
    #[arg(long)]
    pub(crate) strict: bool,
    /// Keep the last good version when a save would break callers, until `POST /config/accept` or `plan --accept` confirms it
    #[arg(long)]
    pub(crate) hold_breaking: bool,

    /// Expose everything a document consumes when it exposes nothing itself
    #[arg(long)]
    pub(crate) auto_expose: bool,
    /// Do not follow changes of files; SIGHUP and a control request still reload
    #[arg(long)]
    pub(crate) no_watch: bool,
    /// Look for changes at this interval instead of being told, for network disks
    #[arg(long, value_name = "INTERVAL", value_parser = duration, conflicts_with = "no_watch")]
    pub(crate) poll: Option<Duration>,
    /// Serve status, health, metrics and reload requests of the process at this address (loopback only)
    #[arg(long, value_name = "ADDR", value_parser = control)]
    pub(crate) control: Option<SocketAddr>,
    /// A host name loopback listeners answer to besides loopback names (repeatable)
    #[arg(long, value_name = "HOST")]
    pub(crate) allow_host: Vec<String>,
    /// An origin whose web pages may call, or * (repeatable)
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) allow_origin: Vec<String>,
    /// How long an upstream may take to begin its answer, such as 30s, 500ms or 2m
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub(crate) timeout: Duration,
    /// How long the head of a request may take, and the first byte of a connection
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub(crate) header_timeout: Duration,
    /// How long a connection may stay open between requests
    #[arg(long, value_name = "TIME", default_value = "75s", value_parser = duration)]
    pub(crate) idle_timeout: Duration,
    /// How long a caller may send less of a body, or take less of an answer, than --min-rate asks for
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub(crate) stall_timeout: Duration,
    /// How many bytes a second a caller who is waited for must send or take
    #[arg(long, value_name = "BYTES", default_value_t = 240)]
    pub(crate) min_rate: u64,
    /// How long a caller may take to send the whole body of a request
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = duration)]
    pub(crate) body_timeout: Duration,
    /// How long to go on accepting after SIGTERM while /health/ready says 503, such as 10s behind a load balancer
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = delay)]
    pub(crate) drain_delay: Duration,
    /// How long requests under way may take to finish at the end
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub(crate) drain_timeout: Duration,
    /// How to write logs, to stderr
    #[arg(long, value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    pub(crate) log_format: LogFormat,
    /// What to log: off, error, warn, info, debug, trace, or directives such as warn,capstan::access=info
    #[arg(long, default_value = "info", value_name = "LEVEL", env = "CAPSTAN_LOG")]
    pub(crate) log_level: String,
}

/// Arguments of `diff`.
#[derive(Debug, clap::Args)]
pub(crate) struct Diff {
    /// A capability file or folder: what there was
    #[arg(value_name = "A")]
    pub(crate) before: PathBuf,
    /// A capability file or folder: what there is
    #[arg(value_name = "B")]
    pub(crate) after: PathBuf,
    /// How to write the differences, to stdout
    #[arg(long, value_enum, default_value_t = Changes::Human, value_name = "FORMAT")]
    pub(crate) format: Changes,
}

/// Arguments of `plan`.
#[derive(Debug, clap::Args)]
pub(crate) struct Plan {
    /// Capability files, or folders that are searched for them
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// The address the server was given with --control
    #[arg(long, value_name = "ADDR", value_parser = address)]
    pub(crate) control: SocketAddr,
    /// Confirm what breaks callers: a server that holds it back serves it, now or as soon as it is saved
    #[arg(long)]
    pub(crate) accept: bool,
    /// How to write the differences, to stdout
    #[arg(long, value_enum, default_value_t = Changes::Human, value_name = "FORMAT")]
    pub(crate) format: Changes,
}

/// How differences are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Changes {
    /// Lines for people
    Human,
    /// One JSON document
    Json,
}

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

/// `8000`, `:8000`, `localhost:8000` or `127.0.0.1:8000`; loopback unless it says otherwise.
fn address(text: &str) -> Result<SocketAddr, String> {
    let loopback = |port: u16| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
    if let Ok(port) = text.trim_start_matches(':').parse() {
        return Ok(loopback(port));
    }
    if let Some(port) = text.strip_prefix("localhost:").and_then(|port| port.parse().ok()) {
        return Ok(loopback(port));
    }
    let mut found = text.to_socket_addrs().map_err(|_| format!("`{text}` is not HOST:PORT"))?;
    found.next().ok_or_else(|| format!("`{text}` has no address"))
}

/// An address only this machine reaches: whoever gets there may reload and read everything.
fn control(text: &str) -> Result<SocketAddr, String> {
    let found = address(text)?;
    match found.ip().to_canonical().is_loopback() {
        true => Ok(found),
        false => Err(format!(
            "{found} is reachable from other machines and has no authentication; use a loopback address, or a `type: control` adapter with `authentication`"
        )),
    }
}

fn listen(text: &str) -> Result<(u16, SocketAddr), String> {
    let (port, to) = text.split_once('=').ok_or_else(|| format!("`{text}` is not PORT=ADDR"))?;
    Ok((port.trim().parse().map_err(|_| format!("`{port}` is not a port"))?, address(to.trim())?))
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| format!("`{text}` is not NS=URL"))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

fn duration(text: &str) -> Result<Duration, String> {
    let time = delay(text)?;
    if time.is_zero() { Err(format!("`{text}` is no sensible time")) } else { Ok(time) }
}

/// A time that may be none at all.
fn delay(text: &str) -> Result<Duration, String> {
    let time = parse_duration(text, BareUnit::Seconds)
        .ok_or_else(|| format!("`{text}` is not a time such as 30s, 500ms or 2m"))?;
    if time >= Duration::from_secs(86_400) {
        return Err(format!("`{text}` is no sensible time"));
    }
    Ok(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory as _;
        Args::command().debug_assert();
    }

    #[test]
    fn small_values() {
        assert_eq!(address(":80"), Ok(([127, 0, 0, 1], 80).into()));
        assert_eq!(address("0.0.0.0:80"), Ok(([0, 0, 0, 0], 80).into()));
        assert_eq!(listen("8080=0"), Ok((8080, ([127, 0, 0, 1], 0).into())));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        assert_eq!(duration("5h"), Ok(Duration::from_secs(18_000)));
        assert_eq!(delay("0s"), Ok(Duration::ZERO));
        assert!(delay("a while").is_err());
        for bad in ["", "x", "-1s", "0", "5d"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }
}
