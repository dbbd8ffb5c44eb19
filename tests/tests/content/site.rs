//! One document in a folder of its own, served beside a scripted upstream that every request goes to.

use std::net::SocketAddr;

use capstan_tests::{
    capstan::{Capstan, Run},
    client::Request,
    mcp,
    upstream::{Seen, Upstream},
    wire::Message,
};
use serde_json::Value;
use tempfile::TempDir;

pub(crate) struct Site {
    _folder: TempDir,
    pub(crate) upstream: Upstream,
    pub(crate) capstan: Capstan,
}

impl Site {
    /// Serves `document`, whose ports are 8080 (REST) and 9090 (MCP).
    pub(crate) fn new(document: &str, env: &[(&str, &str)]) -> Self {
        Self::with(document, env, |_| {})
    }

    /// The same in a folder that is made ready first.
    pub(crate) fn with(document: &str, env: &[(&str, &str)], prepare: impl FnOnce(&std::path::Path)) -> Self {
        let (folder, upstream) = (tempfile::tempdir().expect("a folder"), Upstream::start());
        prepare(folder.path());
        std::fs::write(folder.path().join("capability.yaml"), document).expect("it is written");
        let all = format!("*={}", upstream.url());
        let mut run = Run::new(&["capability.yaml", "--upstream", &all, "--log-level", "debug,hyper=trace"]);
        for port in ["8080", "9090"].iter().filter(|port| document.contains(&format!("port: {port}"))) {
            run.args.extend(["--listen".to_owned(), format!("{port}=127.0.0.1:0")]);
        }
        for (name, value) in env {
            run = run.env(name, value);
        }
        let capstan = run.serve(folder.path()).unwrap_or_else(|ended| panic!("{}", ended.log));
        Self { _folder: folder, upstream, capstan }
    }

    pub(crate) fn rest(&self) -> SocketAddr {
        self.capstan.address("rest", Some(8080)).expect("it serves REST")
    }

    pub(crate) fn mcp(&self) -> SocketAddr {
        self.capstan.address("mcp", Some(9090)).expect("it serves MCP")
    }

    /// Sends a request; what the upstream saw of it.
    pub(crate) fn ask(&self, request: &Request) -> (Message, Vec<Seen>) {
        let answer = request.send(self.rest()).unwrap_or_else(|error| panic!("no answer to {request:?}: {error}"));
        (answer, self.upstream.take())
    }

    /// Calls a tool: its result, and what the upstream saw.
    pub(crate) fn tool(&self, name: &str, arguments: Value) -> (Value, Vec<Seen>) {
        let answer = mcp::Client::modern(self.mcp(), "/mcp").tool(name, arguments).expect("it answers");
        let result = answer.message["result"].clone();
        assert!(result.is_object(), "{}", answer.message);
        (result, self.upstream.take())
    }
}

/// The text of a result.
pub(crate) fn text(result: &Value) -> &str {
    result["content"][0]["text"].as_str().unwrap_or_default()
}
