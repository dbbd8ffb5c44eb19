//! What an operator asks for when starting to serve. Reading it from a command line is the caller's work.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use capstan_engine::{Secrets, UpstreamRule};

/// What to serve, where, and with which changes.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Capability files and folders.
    pub paths: Vec<PathBuf>,
    /// One address for everything.
    pub gateway: Option<SocketAddr>,
    /// Other addresses for declared ports.
    pub listen: Vec<(u16, SocketAddr)>,
    /// Serve only this MCP adapter (`[ID/]NAMESPACE`), on standard input and output.
    pub stdio: Option<String>,
    /// `--upstream`, in order.
    pub upstream: Vec<UpstreamRule>,
    /// `--base-uri`: namespace and URL.
    pub base_uris: Vec<(String, String)>,
    /// Where the control plane of the process is served; nowhere by default.
    pub control: Option<SocketAddr>,
    /// How changes of files are noticed.
    pub watch: Watch,
    /// A file of variables.
    pub env_file: Option<PathBuf>,
    /// Let sandboxes stand in for upstreams; nothing leaves the machine.
    pub sandbox: bool,
    /// Refuse to start with any error or missing value, and read deviations as errors.
    pub strict: bool,
    /// Publish no change that breaks callers before it is confirmed.
    pub hold_breaking: bool,
    /// Expose everything a document consumes when it exposes nothing (rule D4).
    pub auto_expose: bool,
    /// Further host names a loopback listener answers to.
    pub allow_host: Vec<String>,
    /// Origins of browsers that may call; `*` for all.
    pub allow_origin: Vec<String>,
    /// How long an upstream may take to begin its answer.
    pub timeout: Duration,
    /// What nobody may see. Whoever writes the log hides the same.
    pub secrets: Secrets,
    /// How long callers are waited for.
    pub patience: Patience,
    /// How long connections are still accepted after the end was asked for, while readiness says no.
    pub drain_delay: Duration,
    /// How long what runs may take to finish at the end, or when what serves it is removed.
    pub drain: Duration,
}

/// How long callers are waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For the head of a request, from its first byte; on a new connection from its beginning.
    pub head: Duration,
    /// For the next request on a connection that is kept open.
    pub idle: Duration,
    /// For a caller to send or to take something: less than `rate` over such a span is too little.
    pub stall: Duration,
    /// How many bytes a second are enough.
    pub rate: u64,
    /// For the whole body of a request. Only waiting counts.
    pub body: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(30),
            idle: Duration::from_secs(75),
            stall: Duration::from_secs(30),
            rate: 240,
            body: Duration::from_secs(5 * 60),
        }
    }
}

/// How changes of files are noticed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Watch {
    /// Not at all; signals and control requests still reload.
    Off,
    /// The file system tells.
    #[default]
    Events,
    /// By looking, at this interval.
    Poll(Duration),
}

impl Settings {
    /// The defaults for these files and folders.
    #[must_use]
    pub fn new(paths: Vec<PathBuf>) -> Self {
        Self {
            paths,
            gateway: None,
            listen: Vec::new(),
            stdio: None,
            upstream: Vec::new(),
            base_uris: Vec::new(),
            control: None,
            watch: Watch::Off,
            env_file: None,
            sandbox: false,
            strict: false,
            hold_breaking: false,
            auto_expose: false,
            allow_host: Vec::new(),
            allow_origin: Vec::new(),
            timeout: Duration::from_secs(30),
            secrets: Secrets::default(),
            patience: Patience::default(),
            drain_delay: Duration::ZERO,
            drain: Duration::from_secs(30),
        }
    }
}
