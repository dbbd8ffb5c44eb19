//! A capability with every way in, served with low limits, and sockets that do what no client does.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use capstan_tests::{
    capstan::{Capstan, Run},
    client::Request,
    shop::shop,
    upstream::Upstream,
    wire::Message,
};
use serde_json::Value;

/// Longer than anything takes here, on a machine that does other things too.
pub const PATIENCE: Duration = Duration::from_secs(60);

const OPERATIONS: &str = "            - name: create
              method: POST
              inputParameters:
                - {name: note, in: body}
";

const EXPOSES: &str = "  exposes:
    - type: rest
      namespace: api
      address: localhost
      port: 9421
      resources:
        - path: /orders
          operations:
            - {method: GET, name: list-orders, call: shop.list}
            - {method: POST, name: create-order, call: shop.create}
        - path: /pass/{rest}
          forward: {targetNamespace: shop, trustedHeaders: [Accept]}
    - type: mcp
      namespace: tools
      address: localhost
      port: 9422
      tools:
        - {name: list_orders, description: Lists orders., call: shop.list}
";

/// A running server and its upstream.
pub struct Site {
    pub folder: tempfile::TempDir,
    pub upstream: Upstream,
    pub capstan: Capstan,
    control: SocketAddr,
}

/// The arguments of `serve` for the capability, without the control plane.
pub fn arguments() -> Vec<String> {
    ["capability.yaml", "--listen", "9421=127.0.0.1:0", "--listen", "9422=127.0.0.1:0"].map(str::to_owned).into()
}

/// A folder with the capability.
pub fn folder(upstream: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("capability.yaml"), document(upstream)).expect("it is written");
    folder
}

/// The capability.
pub fn document(upstream: &str) -> String {
    shop(upstream, OPERATIONS, EXPOSES)
}

impl Site {
    /// Serves with these arguments more.
    pub fn new(more: &[&str]) -> Self {
        let upstream = Upstream::start();
        let folder = folder(&upstream.url());
        let control = free();
        let mut run = Run { args: arguments(), ..Run::default() };
        run.args.extend(["--control".to_owned(), control.to_string()]);
        run.args.extend(more.iter().map(|&arg| arg.to_owned()));
        let capstan = run.serve(folder.path()).unwrap_or_else(|ended| panic!("{ended:?}"));
        Self { folder, upstream, capstan, control }
    }

    pub fn rest(&self) -> SocketAddr {
        self.capstan.address("rest", Some(9421)).expect("it listens")
    }

    pub fn mcp(&self) -> SocketAddr {
        self.capstan.address("mcp", Some(9422)).expect("it listens")
    }

    pub fn control(&self) -> SocketAddr {
        self.control
    }

    /// What `/status` says.
    pub fn status(&self) -> Value {
        let answer = Request::new("GET", "/status").send(self.control).expect("it answers");
        serde_json::from_slice(&answer.body).expect("it is JSON")
    }

    /// How many connections a listener has.
    pub fn connections(&self, of: SocketAddr) -> u64 {
        let status = self.status();
        let listeners = status["listeners"].as_array().expect("a list");
        let found = listeners.iter().find(|listener| listener["address"] == of.to_string());
        found.and_then(|listener| listener["connections"].as_u64()).expect("it is listed")
    }

    /// Asks for the list of orders.
    pub fn list(&self) -> Message {
        Request::new("GET", "/orders").send(self.rest()).expect("it answers")
    }

    /// Sends a signal.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.capstan.pid().to_string()]).status();
        assert!(sent.expect("kill is there").success());
    }

    /// Waits for the end of the process, and says its exit code.
    pub fn exit(&mut self) -> i32 {
        let capstan = &mut self.capstan;
        until("the process ends", || capstan.ended()).code().expect("it was not killed")
    }
}

/// An address nobody listens on.
pub fn free() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").expect("a loopback port").local_addr().expect("it is bound")
}

/// Asks until there is an answer.
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < end, "not within {PATIENCE:?}: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A connection that has sent these bytes.
pub fn sent(to: SocketAddr, bytes: impl AsRef<[u8]>) -> TcpStream {
    let mut stream = TcpStream::connect(to).expect("it listens");
    stream.set_nodelay(true).expect("a socket");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
    stream.write_all(bytes.as_ref()).expect("it reads");
    stream
}

/// All that comes until the server closes the connection; a test fails when it does not.
pub fn rest_of(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    match stream.read_to_end(&mut all) {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {}
        Err(error) => panic!("the connection stays open: {error}"),
    }
    String::from_utf8_lossy(&all).into_owned()
}

/// The head of a request with a body of that many bytes.
pub fn head(method: &str, path: &str, length: usize) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json, text/event-stream\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )
}
