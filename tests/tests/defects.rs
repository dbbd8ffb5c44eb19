//! Defects of the reference engine that a Markdown spec cannot show: standard streams, default addresses, concurrency. The others
//! are in `specs/defects`; that of OAuth 2.0 (22) is in the server's `authenticate/tests/oauth2.rs`, and its discovery, expiry and
//! metadata are there too.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop at once"
)]

use capstan_tests::{
    binary,
    capstan::Run,
    client::Request,
    upstream::{Reply, Upstream},
};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// Defect 11: on stdio only the protocol is on standard output, logs are on standard error, and the end of input ends the process.
#[test]
fn stdio_is_the_protocols_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("capability.yaml");
    let text = "ikanos: 1.0.0-beta5\ninfo: {display: P, description: P.}\ncapability:\n  exposes:\n  - type: mcp\n    namespace: m\n    \
                transport: stdio\n    tools:\n      ping:\n        description: d\n        outputParameters:\n          pong: {type: \
                boolean, value: 'true'}\n";
    fs::write(&file, text).expect("it is written");
    let mut child = Command::new(binary::path())
        .args(["serve", "capability.yaml", "--stdio", "m", "--log-level", "debug"])
        .current_dir(folder.path())
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut input = child.stdin.take().expect("it is piped");
    let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
    let client = json!({"name": "t", "version": "1"});
    let hello = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client});
    let messages = [
        json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}),
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "ping"}}),
    ];
    let mut answers = Vec::new();
    for message in &messages {
        writeln!(input, "{message}").expect("it reads");
        if message.get("id").is_some() {
            let mut line = String::new();
            output.read_line(&mut line).expect("it answers");
            answers.push(serde_json::from_str::<Value>(&line).unwrap_or_else(|_| panic!("not JSON: {line:?}")));
        }
    }
    assert_eq!(answers[0]["result"]["protocolVersion"], "2025-11-25");
    assert_eq!(answers[1]["result"]["structuredContent"], json!({"pong": true}));
    drop(input);
    let end = Instant::now() + Duration::from_secs(30);
    let status = loop {
        match child.try_wait().expect("it can be asked") {
            Some(status) => break status,
            None if Instant::now() > end => {
                child.kill().ok();
                panic!("it goes on after the end of input");
            }
            None => thread::sleep(Duration::from_millis(20)),
        }
    };
    assert!(status.success(), "{status}");
    let mut rest = String::new();
    output.read_line(&mut rest).expect("it can be read");
    assert_eq!(rest, "");
}

/// Defect 12: without `address` every kind of adapter listens on loopback, the control plane too.
#[test]
fn adapters_listen_on_loopback() {
    let free = || {
        let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
        socket.local_addr().expect("it has an address").port()
    };
    let [rest, mcp, control] = [free(), free(), free()];
    let folder = tempfile::tempdir().expect("a folder");
    let text = format!(
        "ikanos: 1.0.0-beta5\ninfo: {{display: P, description: P.}}\ncapability:\n  exposes:\n  - {{type: rest, namespace: r, port: \
         {rest}, resources: {{a: {{path: /a, operations: {{a: {{method: GET, outputParameters: {{a: {{type: number, value: \
         '1'}}}}}}}}}}}}}}\n  - {{type: mcp, namespace: m, port: {mcp}, tools: {{a: {{description: d, outputParameters: {{a: {{type: \
         number, value: '1'}}}}}}}}}}\n  - {{type: control, port: {control}}}\n"
    );
    fs::write(folder.path().join("capability.yaml"), text).expect("it is written");
    let capstan = Run::new(&["capability.yaml"]).serve(folder.path()).unwrap_or_else(|ended| panic!("{}", ended.log));
    assert_eq!(capstan.listeners.len(), 3, "{:?}", capstan.listeners);
    for listener in &capstan.listeners {
        assert!(listener.address.ip().is_loopback(), "{listener:?}");
    }
}

/// `address` chooses where an adapter listens; every kind has it.
#[cfg(target_os = "linux")]
#[test]
fn an_address_is_bound() {
    let folder = tempfile::tempdir().expect("a folder");
    let document = capstan_tests::root().join("tests/data/keys/address.yaml");
    let mut text = fs::read_to_string(document).expect("the document is there");
    for port in ["1001", "1002", "1003", "1004"] {
        let socket = TcpListener::bind("127.0.0.2:0").expect("a free port");
        let free = socket.local_addr().expect("it has an address").port();
        text = text.replace(&format!("port: {port}"), &format!("port: {free}"));
    }
    fs::write(folder.path().join("capability.yaml"), text).expect("it is written");
    let capstan = Run::new(&["capability.yaml"]).serve(folder.path()).unwrap_or_else(|ended| panic!("{}", ended.log));
    assert!(capstan.listeners.len() >= 3, "{:?}", capstan.listeners);
    for listener in &capstan.listeners {
        assert_eq!(listener.address.ip().to_string(), "127.0.0.2");
        assert_eq!(Some(listener.address.port()), listener.declared);
    }
}

/// A script is read from its folder only, also when a link in the folder leads out of it.
#[cfg(unix)]
#[test]
fn scripts_stay_in_their_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let scripts = folder.path().join("scripts");
    fs::create_dir_all(scripts.join("..data")).expect("a folder");
    fs::write(folder.path().join("outside.js"), "var result = 'outside';").expect("it is written");
    fs::write(scripts.join("..data/inside.js"), "var result = 'inside';").expect("it is written");
    std::os::unix::fs::symlink("../outside.js", scripts.join("out.js")).expect("a link");
    std::os::unix::fs::symlink("..data/inside.js", scripts.join("in.js")).expect("a link");
    let operation = |name: &str| {
        format!(
            "      {name}:\n        path: /{name}\n        operations:\n          run:\n            method: GET\n            steps: {{it: \
             {{type: script, language: javascript, location: 'file:///./scripts', file: {name}.js}}}}\n            mappings: \
             [{{target: it, value: $.it}}]\n"
        )
    };
    let head = "ikanos: 1.0.0-beta5\ninfo: {display: P, description: P.}\ncapability:\n  exposes:\n  - type: rest\n    namespace: \
                r\n    port: 8080\n    resources:\n";
    let text = format!("{head}{}{}", operation("in"), operation("out"));
    fs::write(folder.path().join("capability.yaml"), text).expect("it is written");
    let capstan = Run::new(&["capability.yaml", "--listen", "8080=0"])
        .serve(folder.path())
        .unwrap_or_else(|ended| panic!("{}", ended.log));
    let address = capstan.address("rest", None).expect("it listens");
    let inside = Request::new("GET", "/in").send(address).expect("it answers");
    assert_eq!((inside.status(), inside.text()), (200, r#"{"it":"inside"}"#.to_owned()));
    let outside = Request::new("GET", "/out").send(address).expect("it answers");
    assert_eq!(outside.status(), 500, "{}", outside.text());
}

/// Defect 18: flows of different aggregates that run at once read their own namespaces.
#[test]
fn aggregates_do_not_share_namespaces() {
    let folder = tempfile::tempdir().expect("a folder");
    let flow = |name: &str| {
        format!(
            "  - namespace: {name}\n    display: d\n    flows:\n      tell:\n        description: d\n        inputParameters: {{who: \
             {{type: string, description: d}}}}\n        call: echo.tell\n        with: {{from: '{name}', who: {name}.who}}\n"
        )
    };
    let route = |name: &str| {
        format!(
            "      {name}:\n        path: /{name}/{{who}}\n        inputParameters: {{who: {{in: path, type: string, description: \
             d}}}}\n        operations: {{tell: {{method: GET, ref: {name}.tell}}}}\n"
        )
    };
    let text = format!(
        "ikanos: 1.0.0-beta5\ninfo: {{display: P, description: P.}}\ncapability:\n  consumes:\n  - type: http\n    namespace: echo\n    \
         baseUri: https://echo.example\n    resources:\n      tell:\n        path: /{{{{from}}}}/{{{{who}}}}\n        operations: \
         {{tell: {{method: GET}}}}\n  aggregates:\n{}{}  exposes:\n  - type: rest\n    namespace: r\n    port: 8080\n    \
         resources:\n{}{}",
        flow("left"),
        flow("right"),
        route("left"),
        route("right")
    );
    fs::write(folder.path().join("capability.yaml"), text).expect("it is written");
    let upstream = Upstream::start();
    for side in ["left", "right"] {
        for n in 0..40 {
            let target = format!("/{side}/{n}");
            upstream.answer_at("GET", &target, Reply::json(200, &format!("{{\"at\":{target:?}}}")));
        }
    }
    let capstan = Run::new(&["capability.yaml", "--listen", "8080=0", "--upstream", &format!("*={}", upstream.url())])
        .serve(folder.path())
        .unwrap_or_else(|ended| panic!("{}", ended.log));
    let address = capstan.address("rest", None).expect("it listens");
    thread::scope(|scope| {
        for side in ["left", "right"] {
            for worker in 0..4 {
                scope.spawn(move || {
                    for n in (worker..40).step_by(4) {
                        let target = format!("/{side}/{n}");
                        let answer = Request::new("GET", &target).send(address).expect("it answers");
                        assert_eq!(answer.text(), format!("{{\"at\":{target:?}}}"));
                    }
                });
            }
        }
    });
}
