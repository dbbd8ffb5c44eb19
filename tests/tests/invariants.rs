//! Invariants of ARCHITECTURE.md that are about where something may stand, held by reading the sources: locks, state that outlives
//! everything, and the functions that answer for a fault.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use capstan_tests::structure::{packages::packages, tree::Tree};
use quote::ToTokens as _;
use std::collections::BTreeMap;
use syn::visit::{self, Visit};

/// Files with a lock, and whom it makes wait. None is taken by every request for something that another request holds.
const LOCKS: &[(&str, &str)] = &[
    ("engine base/door.rs", "whoever asks the disk for a file"),
    ("engine base/exchange_log.rs", "one request's own"),
    ("engine base/secrets.rs", "an activation, a token that is issued, and whoever looks first after that"),
    ("engine base/workers.rs", "activations"),
    ("engine credential/digest.rs", "calls of one client that answer a challenge"),
    ("engine credential/tokens.rs", "calls that need one token"),
    ("engine exchange/state.rs", "an activation"),
    ("engine files/json_schema.rs", "computed names of schemas, which sandboxes may have"),
    ("engine files/kept.rs", "an activation"),
    ("engine job/registry.rs", "jobs that begin, are looked up and end"),
    ("engine wire/clients.rs", "clients with certificates of their own"),
    ("engine wire/plain.rs", "connections of one upstream: a worker finds its own unlocked"),
    ("server adapter/mcp/endpoints.rs", "the first request of an MCP server, and publications"),
    ("server adapter/mcp/peers.rs", "sessions that begin, and notifications"),
    ("server adapter/mcp/sessions.rs", "sessions that begin and end"),
    ("server auth/digest.rs", "callers with a digest"),
    ("server auth/keys.rs", "callers with a token, while keys are fetched"),
    ("server bundle/environment.rs", "activations"),
    ("server http/access.rs", "one request's own"),
    ("server listen/connections.rs", "connections that begin and end"),
    ("server listen/listeners.rs", "publications"),
    ("server metrics.rs", "a unit's first request, and whoever reads the metrics"),
    ("server publication/history.rs", "publications"),
    ("server reload/failures.rs", "runs of the pipeline"),
    ("server reload/journal.rs", "runs of the pipeline"),
    ("server reload/pipeline.rs", "runs of the pipeline"),
];

/// What lives as long as the process without an owner, and why it may: no capability leaves anything there.
const STATICS: &[(&str, &str)] = &[
    ("engine base/door.rs ASKED", "what the disk of the machine has not answered yet, whoever asked"),
    ("engine wire/plain.rs NEXT", "numbers the worker threads"),
    ("engine wire/plain.rs MINE", "a thread's number"),
    ("server adapter/mcp/request.rs REQUEST", "what a task handles, for as long as it does"),
    ("server control/index/page.rs POLICY", "a constant"),
    ("server listen/streams.rs STREAM", "what was handed over for one request of a shared connection"),
];

/// The functions that turn a fault into an answer: one for HTTP, one for MCP.
const EDGES: &[&str] = &["server adapter/mcp/fault.rs result", "server http/problem.rs of_fault"];

/// What is looked for in one file.
#[derive(Default)]
struct Found {
    locks: bool,
    statics: Vec<String>,
    edges: Vec<String>,
}

impl<'a> Visit<'a> for Found {
    fn visit_ident(&mut self, name: &'a proc_macro2::Ident) {
        self.locks |= name == "Mutex" || name == "RwLock";
    }

    fn visit_item_static(&mut self, item: &'a syn::ItemStatic) {
        self.statics.push(item.ident.to_string());
        visit::visit_item_static(self, item);
    }

    fn visit_macro(&mut self, called: &'a syn::Macro) {
        let name = called.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        if name == "thread_local" || name == "task_local" {
            let text = called.tokens.to_string();
            let named = text.split("static ").skip(1).filter_map(|rest| rest.split([' ', ':']).next());
            self.statics.extend(named.map(str::to_owned));
        }
    }

    fn visit_signature(&mut self, signature: &'a syn::Signature) {
        let answers = match &signature.output {
            syn::ReturnType::Default => false,
            syn::ReturnType::Type(_, answer) => {
                let answer = answer.to_token_stream().to_string();
                ["Response", "CallToolResult", "ErrorData"].iter().any(|kind| answer.starts_with(kind))
            }
        };
        let given = signature.inputs.iter().any(|input| match input {
            syn::FnArg::Typed(input) => matches!(&*input.ty.to_token_stream().to_string(), "Fault" | "& Fault"),
            syn::FnArg::Receiver(_) => false,
        });
        if answers && given {
            self.edges.push(signature.ident.to_string());
        }
        visit::visit_signature(self, signature);
    }
}

/// Every file of engine and server, tests left out, by crate and path.
fn sources() -> BTreeMap<String, Found> {
    let mut found = BTreeMap::new();
    for package in packages(&capstan_tests::root()) {
        let Some(name) = ["engine", "server"].into_iter().find(|name| package.place == format!("crates/{name}")) else {
            continue;
        };
        for file in &Tree::load(&package.roots[0]).files {
            let mut seen = Found::default();
            seen.visit_file(&file.syntax);
            found.insert(format!("{name} {}", file.path), seen);
        }
    }
    assert!(found.len() > 200, "engine and server have more files than {}", found.len());
    found
}

#[test]
fn locks_stand_where_they_are_known() {
    let found: Vec<String> = sources().into_iter().filter(|(_, file)| file.locks).map(|(path, _)| path).collect();
    let known: Vec<&str> = LOCKS.iter().map(|(path, _)| *path).collect();
    assert_eq!(
        found, known,
        "a lock on the way of every request makes requests wait for each other: say whom it makes wait"
    );
}

#[test]
fn what_outlives_everything_is_known() {
    let mut found: Vec<String> = Vec::new();
    for (path, file) in sources() {
        found.extend(file.statics.iter().map(|name| format!("{path} {name}")));
    }
    found.sort();
    let mut known: Vec<&str> = STATICS.iter().map(|(place, _)| *place).collect();
    known.sort_unstable();
    assert_eq!(found, known, "state has an owner: `Shared`, the MCP endpoints, the listeners, the journal of reloads");
}

#[test]
fn one_function_per_edge_answers_for_a_fault() {
    let mut found: Vec<String> = Vec::new();
    for (path, file) in sources() {
        found.extend(file.edges.iter().map(|name| format!("{path} {name}")));
    }
    assert_eq!(found, EDGES);
}
