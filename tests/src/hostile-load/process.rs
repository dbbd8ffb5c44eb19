//! The process under test, and what the system tells of processes.

use std::{
    fs,
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const DOCUMENT: &str = include_str!("capability.yaml");

/// The process under test.
pub struct Server {
    child: Child,
    pub rest: SocketAddr,
    pub mcp: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Server {
    /// Serves orders of one upstream, and huge answers of another, on the core of the good callers.
    pub fn start(binary: &str, orders: &str, huge: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let document = DOCUMENT.replace("UPSTREAM", orders).replace("HUGE", huge);
        fs::write(folder.path().join("capability.yaml"), document).unwrap();
        let free = || std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let (rest, mcp) = (free(), free());
        let child = on_core(1, Path::new(binary))
            .args(["serve", "capability.yaml", "--log-level", "error"])
            .args(["--listen", &format!("9431={rest}"), "--listen", &format!("9432={mcp}")])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let end = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(rest).is_err() || TcpStream::connect(mcp).is_err() {
            assert!(Instant::now() < end, "it does not listen");
            thread::sleep(Duration::from_millis(20));
        }
        Self { child, rest, mcp, _folder: folder }
    }

    /// Resident memory in MiB.
    pub fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
        line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
    }

    /// The time it had of a processor.
    pub fn busy(&self) -> Duration {
        busy(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A command that runs on one core, where there are several and the system lets us choose.
pub fn on_core(core: usize, program: &Path) -> Command {
    let chosen = Command::new("taskset").args(["-c", &core.to_string(), "true"]).status();
    if !chosen.is_ok_and(|status| status.success()) {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.args(["-c", &core.to_string()]).arg(program);
    command
}

/// The time a process had of a processor: ticks of 10 ms.
pub fn busy(process: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let behind_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = behind_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok());
    Duration::from_millis(10 * ticks.sum::<u64>())
}
