//! A folder of capabilities, a server that follows it, and an upstream whose answer tells which version asked.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use capstan_tests::{
    capstan::{Capstan, Run},
    client::Request,
    upstream::{Reply, Upstream},
};
use serde_json::Value;
use tempfile::TempDir;

/// How long a change may take to be seen, on a machine that does other things too.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
/// Long enough for a change to have been seen, if it were.
pub(crate) const AWHILE: Duration = Duration::from_millis(700);

pub(crate) struct Site {
    pub(crate) dir: TempDir,
    pub(crate) upstream: Upstream,
    pub(crate) capstan: Capstan,
    pub(crate) gateway: SocketAddr,
    pub(crate) control: SocketAddr,
}

/// A document whose answers name the version.
pub(crate) fn document(upstream: &Upstream, id: &str, version: &str, tools: &[&str]) -> String {
    let path = format!("/{id}/{version}");
    upstream.answer_at("GET", &path, Reply::json(200, &format!(r#"{{"version":"{id} {version}"}}"#)));
    let base = upstream.url();
    let mut text = format!(
        "naftiko: 1.0.0-alpha2\ninfo:\n  label: {id}\n  description: d.\ncapability:\n  consumes:\n  - type: http\n    \
         namespace: up\n    baseUri: {base}\n    resources:\n    - name: r\n      path: {path}\n      operations:\n      \
         - name: get\n        method: GET\n  exposes:\n  - type: rest\n    namespace: {id}-rest\n    port: 8080\n    \
         resources:\n    - path: /get\n      operations:\n      - name: get\n        method: GET\n        call: up.get\n"
    );
    if !tools.is_empty() {
        text += &format!("  - type: mcp\n    namespace: {id}-mcp\n    port: 9090\n    description: d.\n    tools:\n");
        for tool in tools {
            text += &format!("    - name: {tool}\n      description: d.\n      call: up.get\n");
        }
    }
    text
}

/// A port nobody has at present.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Waits until something holds.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "never: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

impl Site {
    /// Serves `caps/a.yaml` and `caps/b.yaml` under a gateway.
    pub(crate) fn start(args: &[&str]) -> Self {
        let dir = TempDir::new().unwrap();
        let upstream = Upstream::start();
        fs::create_dir(dir.path().join("caps")).unwrap();
        for id in ["a", "b"] {
            fs::write(dir.path().join(format!("caps/{id}.yaml")), document(&upstream, id, "v1", &["get-it"])).unwrap();
        }
        let all = ["caps", "--gateway", "127.0.0.1:0"];
        Self::serve(dir, upstream, &all.iter().chain(args).copied().collect::<Vec<_>>())
    }

    /// Serves what is there.
    pub(crate) fn serve(dir: TempDir, upstream: Upstream, args: &[&str]) -> Self {
        let all: Vec<&str> = args.iter().copied().chain(["--control", "127.0.0.1:0"]).collect();
        let capstan = Run::new(&all).serve(dir.path()).unwrap_or_else(|ended| panic!("it ended: {ended:?}"));
        let control = capstan.address("control", None).unwrap();
        let gateway = capstan.address("rest", None).unwrap_or(control);
        Self { dir, upstream, capstan, gateway, control }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn document(&self, id: &str, version: &str) -> String {
        document(&self.upstream, id, version, &["get-it"])
    }

    /// Overwrites a document in place.
    pub(crate) fn save(&self, id: &str, version: &str) {
        fs::write(self.path(&format!("caps/{id}.yaml")), self.document(id, version)).unwrap();
    }

    /// The status and the version a capability answers with.
    pub(crate) fn ask(&self, id: &str) -> (u16, String) {
        let answer = Request::new("GET", &format!("/{id}/get")).send(self.gateway).unwrap();
        let body: Value = serde_json::from_str(&answer.text()).unwrap_or_default();
        (answer.status(), body["version"].as_str().unwrap_or_default().to_owned())
    }

    /// Waits until a capability answers with this version.
    pub(crate) fn until(&self, id: &str, version: &str) {
        let wanted = (200, format!("{id} {version}"));
        until(&format!("{id} answers {version}\n{}", self.capstan.log()), || (self.ask(id) == wanted).then_some(()));
    }

    /// A document of the control plane.
    pub(crate) fn control(&self, method: &str, path: &str) -> (u16, Value) {
        let answer = Request::new(method, path).send(self.control).unwrap();
        (answer.status(), serde_json::from_str(&answer.text()).unwrap_or(Value::String(answer.text())))
    }

    pub(crate) fn status(&self) -> Value {
        self.control("GET", "/status").1
    }

    /// The state of one capability; null when there is none.
    pub(crate) fn state(&self, id: &str) -> Value {
        let all = self.status()["capabilities"].take();
        all.as_array().unwrap().iter().find(|one| one["id"] == id).cloned().unwrap_or_default()
    }

    /// Waits until a capability is in that state.
    pub(crate) fn until_state(&self, id: &str, state: &str) -> Value {
        until(&format!("{id} is {state}"), || Some(self.state(id)).filter(|one| one["state"] == state))
    }

    pub(crate) fn generation(&self) -> u64 {
        self.status()["generation"].as_u64().unwrap()
    }
}

/// Replaces a file the way most editors do.
pub(crate) fn replace(path: &Path, text: &str) {
    let beside = path.with_extension("tmp");
    fs::write(&beside, text).unwrap();
    fs::rename(&beside, path).unwrap();
}
