//! The real binary as a child process: started with an explicit environment, known to be ready by its ready line, killed when
//! dropped. It never waits for luck.

use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{Arc, Mutex, PoisonError, mpsc},
    time::Duration,
};

use serde_json::Value;

use crate::binary;

/// How long a start may take, on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(60);

/// What to run.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// Arguments behind the command.
    pub args: Vec<String>,
    /// The whole environment.
    pub env: Vec<(String, String)>,
}

/// A socket the process listens on.
#[derive(Debug, Clone)]
pub struct Listener {
    /// The port in the capability file, if any.
    pub declared: Option<u16>,
    /// The real address.
    pub address: SocketAddr,
    /// Kinds of adapters behind it.
    pub kinds: Vec<String>,
}

/// A running server.
#[derive(Debug)]
pub struct Capstan {
    child: Child,
    /// Where it listens.
    pub listeners: Vec<Listener>,
    log: Arc<Mutex<String>>,
}

/// A server that ended instead of getting ready.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code.
    pub code: Option<i32>,
    /// What it wrote to standard error.
    pub log: String,
}

impl Run {
    /// A run with these arguments.
    #[must_use]
    pub fn new(args: &[&str]) -> Self {
        Self { args: args.iter().map(|&arg| arg.to_owned()).collect(), env: Vec::new() }
    }

    /// The same with one variable more.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    fn command(&self, command: &str, dir: &Path) -> Command {
        let mut process = Command::new(binary::path());
        process.arg(command).args(&self.args).current_dir(dir).env_clear();
        process.envs(self.env.iter().map(|(name, value)| (name, value))).stdin(Stdio::null());
        process
    }

    /// Runs another command to its end.
    ///
    /// # Panics
    /// When the binary cannot be run.
    #[must_use]
    pub fn to_end(&self, command: &str, dir: &Path) -> Output {
        self.command(command, dir).output().expect("the binary runs")
    }

    /// The same as exit code, standard output and standard error.
    ///
    /// # Panics
    /// When the binary cannot be run, is killed, or does not write text.
    #[must_use]
    pub fn told(&self, command: &str, dir: &Path) -> (i32, String, String) {
        let out = self.to_end(command, dir);
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it writes text");
        (out.status.code().expect("it ends by itself"), text(out.stdout), text(out.stderr))
    }

    /// What `serve` says to people until it is ready; then it is ended.
    ///
    /// # Panics
    /// When it ends first.
    #[must_use]
    pub fn said_at_start(&self, dir: &Path) -> String {
        let mut child =
            self.command("serve", dir).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the binary runs");
        let mut said = String::new();
        let mut lines = BufReader::new(child.stderr.take().expect("it is piped")).lines().map_while(Result::ok);
        let ready = lines.any(|line| {
            said.push_str(&line);
            said.push('\n');
            line.starts_with("ready in ")
        });
        child.kill().ok();
        child.wait().ok();
        assert!(ready, "it ended: {said}");
        said
    }

    /// Starts `serve` and waits until it is ready.
    ///
    /// # Errors
    /// When it ends first.
    ///
    /// # Panics
    /// When it neither gets ready nor ends.
    pub fn serve(&self, dir: &Path) -> Result<Capstan, Ended> {
        let mut command = self.command("serve", dir);
        command.args(["--log-format", "json"]).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary runs");
        let log = Arc::new(Mutex::new(String::new()));
        let (found, ready) = mpsc::channel();
        let (errors, ours) = (child.stderr.take().expect("it is piped"), log.clone());
        std::thread::spawn(move || follow(errors, &ours, &found));
        match ready.recv_timeout(PATIENCE) {
            Ok(listeners) => Ok(Capstan { child, listeners, log }),
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                let code = child.wait().ok().and_then(|status| status.code());
                Err(Ended { code, log: log.lock().unwrap_or_else(PoisonError::into_inner).clone() })
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {
                child.kill().ok();
                panic!("no ready line in {PATIENCE:?}:\n{}", log.lock().unwrap_or_else(PoisonError::into_inner));
            }
        }
    }
}

/// Keeps what is written to standard error and reports the ready line.
fn follow(errors: impl Read, log: &Mutex<String>, found: &mpsc::Sender<Vec<Listener>>) {
    let mut errors = BufReader::new(errors);
    let mut found = Some(found);
    let mut line = Vec::new();
    while errors.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        let text = String::from_utf8_lossy(&line).into_owned();
        log.lock().unwrap_or_else(PoisonError::into_inner).push_str(&text);
        if let Some(listeners) = serde_json::from_str(&text).ok().and_then(|line| ready(&line))
            && let Some(found) = found.take()
        {
            found.send(listeners).ok();
        }
        line.clear();
    }
}

fn ready(line: &Value) -> Option<Vec<Listener>> {
    if line["event"] != "ready" {
        return None;
    }
    let listener = |listener: &Value| {
        let kinds = listener["kinds"].as_array().into_iter().flatten().filter_map(Value::as_str);
        Some(Listener {
            declared: listener["declared"].as_u64().and_then(|port| u16::try_from(port).ok()),
            address: listener["address"].as_str()?.parse().ok()?,
            kinds: kinds.map(str::to_owned).collect(),
        })
    };
    Some(line["listeners"].as_array()?.iter().filter_map(listener).collect())
}

impl Capstan {
    /// The address of the listener of a declared port, or of the first listener for a kind of adapter. What is asked for as
    /// `rest` may be on a listener of a skill or control adapter when there is no other.
    #[must_use]
    pub fn address(&self, kind: &str, declared: Option<u16>) -> Option<SocketAddr> {
        let first = |fits: &dyn Fn(&Listener) -> bool| self.listeners.iter().find(|listener| fits(listener));
        let found = match declared {
            Some(port) => first(&|listener| listener.declared == Some(port)),
            None => first(&|listener| listener.kinds.iter().any(|known| known == kind))
                .or_else(|| first(&|listener| kind == "rest" && listener.kinds.iter().all(|known| known != "mcp"))),
        };
        found.map(|listener| listener.address)
    }

    /// What it wrote to standard error so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended by itself.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }
}

impl Drop for Capstan {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
