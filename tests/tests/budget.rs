//! Hostile data over the real binary: what would take more computing or memory than it may is refused before the cost is paid, named
//! by what it breaks, and everybody else is served meanwhile.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use std::{
    fs,
    io::Write as _,
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

use capstan_tests::{
    capstan::{Capstan, Run},
    client::Request,
    mcp::Client,
    upstream::{Reply, Upstream},
    wire::Message,
};
use serde_json::{Value, json};

/// Operations by name: how the upstream's answer is read, and what is made of it.
const READ: &[(&str, &str, &str)] = &[
    ("json", "", "{type: array, mapping: '$..*..*..*..*'}"),
    ("all", "", "{type: object, properties: {n: {type: string, mapping: $.n}, all: {type: array, mapping: '$..n'}}}"),
    ("regex", "", "{type: array, mapping: '$.items[?match(@.t, @.p)]'}"),
    ("yaml", "outputRawFormat: yaml", "{type: object, properties: {a: {type: string, mapping: $.a}}}"),
    ("xml", "outputRawFormat: xml", "{type: object, properties: {a: {type: string, mapping: $.a}}}"),
    ("csv", "outputRawFormat: csv", "{type: array, mapping: '$[*].a'}"),
    ("html", "outputRawFormat: html", "{type: array, mapping: '$.tables[*]'}"),
    ("markdown", "outputRawFormat: markdown", "{type: array, mapping: '$.sections[*]'}"),
    ("protobuf", "outputRawFormat: protobuf, outputSchema: wide.proto", "{type: array, mapping: '$.n[*]'}"),
];

/// Expressions of the caller's `n` and `text`.
const COMPUTED: &[(&str, &str)] = &[
    ("list", "['a'] * (n|int)"),
    ("text", "'a' * (n|int)"),
    ("printed", "(['a'] * (n|int)) ~ ''"),
    ("nested", "[[['a'] * 1000] * 1000] * (n|int)"),
    ("joined", "range(99999) | map('string') | join(text)"),
    ("replaced", "text | replace('a', text) | replace('a', text) | replace('a', text)"),
    ("indented", "text | indent(n|int)"),
    ("batched", "[1] | batch(n|int, 0)"),
    ("formatted", "'%0*d' | format(n|int, 1)"),
];

/// Scripts by name.
const SCRIPTS: &[(&str, &str)] = &[
    ("concat", "result = [].concat({length: 1e15, [Symbol.isConcatSpreadable]: true})"),
    ("fill", "result = Array.prototype.fill.call({length: 2 ** 53 - 1}, 0)"),
    ("sparse", "let a = []; a.length = 2 ** 32 - 1; result = a.reverse()"),
    ("flat", "let a = [[]]; for (let i = 0; i < 60; i++) a = [a, a]; result = a.flat(Infinity)"),
    ("promises", "function f() { Promise.resolve().then(f); Promise.resolve().then(f) } f()"),
    ("said", "throw new Error('x'.repeat(1e6))"),
    ("memory", "let a = []; while (true) a.push('x'.repeat(1000) + a.length)"),
    ("large", "result = 'x'.repeat(2e7)"),
];

struct Site {
    capstan: Capstan,
    upstream: Upstream,
    _folder: tempfile::TempDir,
}

impl Site {
    fn start() -> Self {
        let upstream = Upstream::start();
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("scripts")).unwrap();
        for (name, text) in SCRIPTS {
            fs::write(folder.path().join(format!("scripts/{name}.js")), text).unwrap();
        }
        fs::write(folder.path().join("wide.proto"), wide()).unwrap();
        fs::write(folder.path().join("hostile.yaml"), document(&upstream.url())).unwrap();
        let run = [
            "hostile.yaml",
            "--listen",
            "9431=127.0.0.1:0",
            "--listen",
            "9432=127.0.0.1:0",
            "--listen",
            "9433=127.0.0.1:0",
            "--control",
            "127.0.0.1:0",
        ];
        let capstan = Run::new(&run).serve(folder.path()).unwrap_or_else(|ended| panic!("{}", ended.log));
        Self { capstan, upstream, _folder: folder }
    }

    fn rest(&self) -> SocketAddr {
        self.capstan.address("rest", Some(9431)).unwrap()
    }

    fn get(&self, target: &str) -> Message {
        Request::new("GET", target).send(self.rest()).unwrap_or_else(|error| panic!("{target}: {error}"))
    }

    /// What is served to others is served.
    fn serves(&self) {
        self.upstream.answer_at("GET", "/all", Reply::json(200, r#"{"n": "x", "m": [{"n": 1}]}"#));
        let answer = self.get("/all");
        assert_eq!(answer.status(), 200, "{}", answer.text());
        assert_eq!(serde_json::from_slice::<Value>(&answer.body).unwrap(), json!({"n": "x", "all": ["x", 1]}));
    }

    /// The most memory it ever had, in MiB.
    fn peak(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.capstan.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() / 1024
    }

    fn buffered(&self) -> u64 {
        let control = self.capstan.listeners.iter().find(|listener| listener.declared.is_none()).unwrap();
        let text = Request::new("GET", "/metrics").send(control.address).unwrap().text().to_string();
        let line = text.lines().find_map(|line| line.strip_prefix("capstan_buffered_bytes ")).unwrap();
        line.trim().parse::<f64>().unwrap() as u64
    }

    /// Waits until what waits in memory is as expected.
    fn until_buffered(&self, fits: impl Fn(u64) -> bool) {
        let end = Instant::now() + Duration::from_secs(60);
        while !fits(self.buffered()) {
            assert!(Instant::now() < end, "{} bytes wait", self.buffered());
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A message with packed numbers, and one that shows many fields when it is empty.
fn wide() -> String {
    let fields: String = (1..=500).map(|n| format!("int32 f{n} = {n}; ")).collect();
    format!(
        "syntax = \"proto3\";\nmessage Wide {{ repeated int32 n = 6; repeated Full full = 7; repeated Wide wide = 8; }}\nmessage Full {{ {fields} }}\n"
    )
}

fn document(upstream: &str) -> String {
    let mut consumed = String::new();
    let mut exposed = String::new();
    let mut tools = String::new();
    for (name, format, output) in READ {
        let format = if format.is_empty() { String::new() } else { format!(", {format}") };
        consumed +=
            &format!("    - {{name: {name}, path: /{name}, operations: [{{name: {name}, method: GET{format}}}]}}\n");
        exposed += &format!(
            "    - {{path: /{name}, operations: [{{method: GET, name: get-{name}, call: up.{name}, outputParameters: [{output}]}}]}}\n"
        );
        tools +=
            &format!("    - {{name: get_{name}, description: d, call: up.{name}, outputParameters: [{output}]}}\n");
    }
    for (name, expression) in COMPUTED {
        let inputs = "[{name: n, type: string}, {name: text, type: string}]";
        let with = format!("{{q: \"{{{{ {expression} }}}}\"}}");
        let places = "[{name: n, in: query, type: string}, {name: text, in: query, type: string}]";
        exposed += &format!(
            "    - {{path: /computed/{name}, operations: [{{method: GET, name: make-{name}, call: up.search, inputParameters: {places}, with: {with}}}]}}\n"
        );
        tools += &format!(
            "    - {{name: make_{name}, description: d, call: up.search, inputParameters: {inputs}, with: {with}}}\n"
        );
    }
    for (name, _) in SCRIPTS {
        let steps = format!(
            "steps: [{{type: script, name: it, file: {name}.js, location: 'file:///./scripts', language: javascript}}], mappings: [{{targetName: it, value: $.it}}]"
        );
        exposed +=
            &format!("    - {{path: /script/{name}, operations: [{{method: GET, name: run-{name}, {steps}}}]}}\n");
    }
    format!(
        "naftiko: '1.0.0-alpha2'\ninfo: {{label: Hostile, description: Hostile.}}\ncapability:\n  consumes:\n  - type: http\n    namespace: up\n    \
         baseUri: '{upstream}'\n    resources:\n{consumed}    - name: search\n      path: /search\n      operations:\n      \
         - {{name: search, method: GET, inputParameters: [{{name: q, in: query}}]}}\n    - name: save\n      path: /save\n      operations:\n      \
         - {{name: save, method: POST, body: '{{{{body}}}}'}}\n  exposes:\n  - type: rest\n    namespace: api\n    port: 9431\n    resources:\n{exposed}    \
         - {{path: /save, operations: [{{method: POST, name: save, call: up.save}}]}}\n  - type: mcp\n    namespace: m\n    port: 9432\n    \
         tools:\n{tools}  - type: control\n    port: 9433\n    management: {{scripting: {{enabled: true, timeout: 20000}}}}\n"
    )
}

fn body(kind: &str, body: impl Into<Vec<u8>>) -> Reply {
    Reply {
        status: 200,
        headers: vec![("Content-Type".to_owned(), kind.to_owned())],
        body: body.into(),
        ..Reply::default()
    }
}

fn nested(open: &str, close: &str, levels: usize) -> String {
    format!("{}{}", open.repeat(levels), close.repeat(levels))
}

/// A value with something at each of many levels.
fn ladder(levels: usize) -> String {
    (0..levels).fold("[]".to_owned(), |inner, level| format!("{{\"a\": {inner}, \"b\": {level}, \"c\": [1, 2, 3]}}"))
}

/// Bodies of upstreams that stand for much more than they are: operation, what it is, the body.
fn bombs() -> Vec<(&'static str, &'static str, Reply)> {
    let attributes: String = (0..120_000).map(|n| format!(" a{n}=''")).collect();
    let opened: String = (0..200).map(|n| format!("<b id={n}>")).collect();
    vec![
        ("json", "wildcards upon wildcards", body("application/json", ladder(90))),
        ("json", "five million numbers", body("application/json", format!("[{}0]", "0,".repeat(5_000_000)))),
        ("json", "deeper than any parser goes", body("application/json", nested("[", "]", 200_000))),
        ("regex", "patterns that come with the data", {
            let items: Vec<_> = (0..30_000).map(|n| format!("{{\"t\": \"xx\", \"p\": \"(x+x+)+y{n}\"}}")).collect();
            body("application/json", format!("{{\"items\": [{}]}}", items.join(",")))
        }),
        ("yaml", "flow mappings in each other", body("application/yaml", nested("{a: ", "}", 50_000))),
        ("yaml", "flow lists in each other", body("application/yaml", nested("[", "]", 100_000))),
        ("yaml", "blocks in each other", body("application/yaml", "- ".repeat(50_000))),
        ("yaml", "aliases of aliases", {
            let lines = (1..30).map(|n| format!("a{n}: &a{n} [*a{0}, *a{0}, *a{0}]\n", n - 1));
            body("application/yaml", format!("a0: &a0 [x, x, x]\n{}", lines.collect::<String>()))
        }),
        ("xml", "elements in each other", body("application/xml", nested("<a>", "</a>", 100_000))),
        ("csv", "many columns and many short rows", {
            let header: String = (0..5_000).map(|n| format!("c{n},")).collect();
            body("text/csv", format!("{header}a\n{}", format!("{}1\n", ",".repeat(5_000)).repeat(900)))
        }),
        (
            "html",
            "elements in each other",
            body("text/html", format!("<table><tr><th>a</th></tr></table>{}", "<div>".repeat(300_000))),
        ),
        ("html", "what is left open is opened again in each block", {
            body("text/html", format!("<p>{opened}</p>{}", "<p>x</p>".repeat(200_000)))
        }),
        ("protobuf", "packed numbers", {
            let packed = vec![1_u8; 8 << 20];
            body("application/x-protobuf", [&[0x32][..], &varint(packed.len()), &packed].concat())
        }),
        (
            "protobuf",
            "empty messages that show all their fields",
            body("application/x-protobuf", [0x3A, 0].repeat(100_000)),
        ),
        ("protobuf", "messages in each other", {
            let mut inner = Vec::new();
            for _ in 0..200 {
                inner = [&[0x42][..], &varint(inner.len()), &inner].concat();
            }
            body("application/x-protobuf", inner)
        }),
        (
            "xml",
            "attributes, each compared with all others",
            body("application/xml", format!("<r a0='1' b='2'><a{attributes} a7=''/></r>")),
        ),
        ("json", "encodings on top of each other", {
            let mut reply = body("application/json", "{}");
            reply.headers.push(("Content-Encoding".to_owned(), vec!["gzip"; 500].join(", ")));
            reply
        }),
    ]
}

fn varint(mut number: usize) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let byte = u8::try_from(number & 0x7F).unwrap();
        number >>= 7;
        if number == 0 {
            out.push(byte);
            return out;
        }
        out.push(byte | 0x80);
    }
}

#[test]
fn what_upstreams_send_is_refused_before_it_grows() {
    let site = Site::start();
    site.serves();
    let client = Client::modern(site.capstan.address("mcp", Some(9432)).unwrap(), "/mcp");
    let bombs = bombs();
    for (operation, what, reply) in &bombs {
        site.upstream.answer_at("GET", &format!("/{operation}"), reply.clone());
        let answer = site.get(&format!("/{operation}"));
        assert_eq!(answer.status(), 502, "{what}: {}", answer.text().chars().take(500).collect::<String>());
        let problem: Value = serde_json::from_slice(&answer.body).unwrap();
        assert!(
            ["upstream-too-costly", "upstream-undecodable"].contains(&problem["code"].as_str().unwrap()),
            "{what}: {problem}"
        );
        assert!(answer.body.len() < 4_096, "{what}: {} bytes", answer.body.len());
        site.upstream.answer_at("GET", &format!("/{operation}"), reply.clone());
        let called = client.tool(&format!("get_{operation}"), json!({})).unwrap();
        assert_eq!(called.message["result"]["isError"], true, "{what}: {}", called.message);
    }
    site.serves();
    assert!(bombs.len() >= 17 && site.peak() < 900, "{} MiB", site.peak());
}

#[test]
fn what_callers_give_is_refused_before_it_grows() {
    let site = Site::start();
    let text = "a".repeat(3_000);
    let client = Client::modern(site.capstan.address("mcp", Some(9432)).unwrap(), "/mcp");
    for (name, expression) in COMPUTED {
        site.upstream.forget();
        let answer = site.get(&format!("/computed/{name}?n=200000000&text={text}"));
        let problem: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!((answer.status(), &problem["code"]), (400, &json!("request-too-costly")), "{expression}: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains(" more than "), "{expression}: {problem}");
        let called = client.tool(&format!("make_{name}"), json!({"n": "200000000", "text": text})).unwrap();
        assert_eq!(called.message["result"]["isError"], true, "{expression}: {}", called.message);
        assert!(site.upstream.take().is_empty(), "{expression}: nothing may be sent");
    }
    let small = site.get("/computed/list?n=2&text=x");
    assert_eq!(small.status(), 200, "{}", small.text());
    assert_eq!(site.upstream.take().len(), 1);
    site.serves();
    assert!(site.peak() < 900, "{} MiB", site.peak());
}

#[test]
fn large_bodies_of_callers_are_read_elsewhere_and_answered() {
    let site = Site::start();
    let list = format!("{{\"body\": [{}0]}}", "0,".repeat(600_000));
    let deep = format!("{{\"body\": {}}}", nested("[", "]", 100_000));
    let answers: Vec<_> = thread::scope(|scope| {
        let send = |text: &str| Request::new("POST", "/save").json(text).send(site.rest()).unwrap().status();
        let calls: Vec<_> =
            [&list, &deep, &list, &deep].map(|text| scope.spawn(move || send(text))).into_iter().collect();
        for _ in 0..20 {
            site.serves();
        }
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    assert!(answers.iter().all(|status| [200, 400].contains(status)), "{answers:?}");
    assert_eq!((answers[0], answers[2]), (200, 200), "{answers:?}");
}

#[test]
fn scripts_stay_within_their_limits() {
    let site = Site::start();
    for (name, text) in SCRIPTS {
        let answer = site.get(&format!("/script/{name}"));
        let problem: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!((answer.status(), &problem["code"]), (500, &json!("script-failed")), "{text}: {problem}");
        assert!(answer.body.len() < 4_096, "{text}: {} bytes", answer.body.len());
    }
    site.serves();
    assert!(site.peak() < 900, "{} MiB", site.peak());
}

/// A request whose last byte never comes.
fn stalled(to: SocketAddr, length: usize) -> TcpStream {
    let mut stream = TcpStream::connect(to).unwrap();
    let head = format!(
        "POST /save HTTP/1.1\r\nHost: {to}\r\nContent-Type: application/octet-stream\r\nContent-Length: {length}\r\n\r\n"
    );
    // The server may refuse it while it is written.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&vec![0; length - 1]));
    stream
}

#[test]
fn bodies_that_wait_are_bounded_for_the_process() {
    const LARGE: usize = 10 << 20;
    let site = Site::start();
    let held: Vec<TcpStream> = (0..26).map(|_| stalled(site.rest(), LARGE)).collect();
    site.until_buffered(|bytes| bytes > (160 << 20));
    assert!(site.buffered() <= 192 << 20, "{} bytes wait", site.buffered());
    let large = Request { body: vec![0; LARGE - 1], ..Request::new("POST", "/save") };
    let refused = large.send(site.rest());
    // The rest of a body that is refused is not read, so the answer may be lost to a reset.
    if let Ok(refused) = refused {
        assert_eq!((refused.status(), refused.header("retry-after")), (503, Some("1")), "{}", refused.text());
        assert!(refused.text().contains("no-memory-left"), "{}", refused.text());
    }
    let small = Request::new("POST", "/save").json("{}").send(site.rest()).unwrap();
    assert_eq!(small.status(), 200, "small bodies have room: {}", small.text());
    site.serves();
    drop(held);
    site.until_buffered(|bytes| bytes < 1 << 20);
    assert_ne!(large.send(site.rest()).unwrap().status(), 503);
}
