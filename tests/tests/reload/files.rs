//! Files a document names: which one is meant, and that a generation answers from the bytes it was made from.

use std::{fs, net::SocketAddr};

use capstan_tests::{
    client::Request,
    mcp::Client,
    upstream::{Reply, Upstream},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::site::{AWHILE, Site, until};

/// The versions of all files.
const VERSIONS: [&str; 3] = ["one", "two", "three"];

/// Everything that names files, in a folder of its own.
fn document(upstream: &Upstream) -> String {
    // One string, as field 1 of a message and as the only field of a record.
    upstream.answer_at("GET", "/protobuf", Reply { body: b"\x0a\x01z".to_vec(), ..Reply::json(200, "") });
    upstream.answer_at("GET", "/avro", Reply { body: b"\x02z".to_vec(), ..Reply::json(200, "") });
    let base = upstream.url();
    let member = |version: &str| format!("{version}: {{type: string, mapping: $.{version}}}");
    let shape = format!("{{type: object, properties: {{{}}}}}", VERSIONS.map(member).join(", "));
    format!(
        r##"naftiko: 1.0.0-alpha2
info: {{label: Files, description: d.}}
binds:
- {{namespace: keys, keys: {{KEY_FILE: KEY_FILE}}}}
capability:
  consumes:
  - type: http
    namespace: up
    baseUri: {base}
    resources:
    - name: protobuf
      path: /protobuf
      operations:
      - {{name: protobuf, method: GET, outputRawFormat: protobuf, outputSchema: held/x.proto}}
    - name: avro
      path: /avro
      operations:
      - {{name: avro, method: GET, outputRawFormat: avro, outputSchema: held/x.avsc}}
  - type: http
    namespace: signed
    baseUri: {base}
    authentication: {{type: oauth1, consumerKey: k, signingKey: '{{{{KEY_FILE}}}}'}}
    resources:
    - name: signed
      path: /avro
      operations:
      - {{name: signed, method: GET}}
  exposes:
  - type: rest
    namespace: r
    port: 8080
    resources:
    - path: /protobuf
      operations:
      - {{name: protobuf, method: GET, call: up.protobuf, outputParameters: [{shape}]}}
    - path: /avro
      operations:
      - {{name: avro, method: GET, call: up.avro, outputParameters: [{shape}]}}
    - path: /signed
      operations:
      - {{name: signed, method: GET, call: signed.signed}}
    - path: /schema
      operations:
      - name: schema
        method: GET
        outputParameters:
        - {{name: wrong, type: array, value: '{{{{violations({{}}, "held/rules.json#/of")}}}}'}}
    - path: /script
      operations:
      - name: script
        method: GET
        steps:
        - {{type: script, name: s, language: javascript, location: ./held, file: s.js}}
        mappings:
        - {{targetName: s, value: $.s}}
  - type: mcp
    namespace: m
    port: 9090
    resources:
    - {{name: notes, uri: 'notes://all', location: ./notes}}
    prompts:
    - {{name: greet, location: notes/x.md}}
  - type: skill
    namespace: s
    port: 9091
    skills:
    - {{name: notes, description: d., location: ./notes}}
"##
    )
}

/// The files in two versions.
fn files(version: &str) -> Vec<(&'static str, String)> {
    vec![
        ("a/held/x.proto", format!("syntax = \"proto3\"; message M {{ string {version} = 1; }}")),
        (
            "a/held/x.avsc",
            format!(r#"{{"type": "record", "name": "M", "fields": [{{"name": "{version}", "type": "string"}}]}}"#),
        ),
        ("a/held/rules.json", format!(r#"{{"of": {{"required": ["{version}"]}}}}"#)),
        ("a/held/s.js", format!("var result = '{version}';")),
        ("a/notes/x.md", version.to_owned()),
    ]
}

fn write(dir: &TempDir, name: &str, text: &str) {
    let path = dir.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

struct Held {
    site: Site,
    mcp: Client,
    skills: SocketAddr,
}

impl Held {
    /// Serves `a/cap.yaml` with the first version of its files.
    fn start(args: &[&str]) -> Self {
        let (dir, upstream) = (TempDir::new().unwrap(), Upstream::start());
        write(&dir, "a/cap.yaml", &document(&upstream));
        for (name, text) in files("one") {
            write(&dir, name, &text);
        }
        // What a path would mean if the folder were put in front of it twice.
        write(&dir, "a/a/notes/x.md", "wrong");
        let ports = ["8080=127.0.0.1:0", "9090=127.0.0.1:0", "9091=127.0.0.1:0"];
        let listen = ports.iter().flat_map(|port| ["--listen", port]);
        let all: Vec<&str> = std::iter::once("a/cap.yaml").chain(listen).chain(args.iter().copied()).collect();
        let site = Site::serve(dir, upstream, &all);
        let mcp = Client::modern(site.capstan.address("mcp", None).unwrap(), "/mcp");
        let skills = site.capstan.address("skill", None).unwrap();
        Self { site, mcp, skills }
    }

    fn save(&self, version: &str) {
        for (name, text) in files(version) {
            write(&self.site.dir, name, &text);
        }
    }

    fn rest(&self, path: &str) -> Value {
        let answer = Request::new("GET", path).send(self.site.capstan.address("rest", None).unwrap()).unwrap();
        serde_json::from_str(&answer.text()).unwrap_or_else(|_| json!(answer.status()))
    }

    fn resource(&self, file: &str) -> Value {
        let answer = self.mcp.call("resources/read", json!({"uri": format!("notes://all/{file}")})).unwrap().message;
        match &answer["error"] {
            Value::Null => answer["result"]["contents"][0]["text"].clone(),
            error => error.clone(),
        }
    }

    fn prompt(&self) -> Value {
        let answer = self.mcp.call("prompts/get", json!({"name": "greet"})).unwrap().message;
        answer["result"]["messages"][0]["content"]["text"].clone()
    }

    fn skill(&self, file: &str) -> (u16, String) {
        let answer = Request::new("GET", &format!("/skills/notes/contents/{file}")).send(self.skills).unwrap();
        (answer.status(), answer.text())
    }

    /// Everything that comes out of files.
    fn all(&self) -> Value {
        json!({
            "protobuf": self.rest("/protobuf"),
            "avro": self.rest("/avro"),
            "schema": self.rest("/schema"),
            "script": self.rest("/script"),
            "resource": self.resource("x.md"),
            "prompt": self.prompt(),
            "skill": self.skill("x.md").1,
        })
    }

    fn reload(&self) {
        let (status, outcome) = self.site.control("POST", "/config/reload");
        assert_eq!(status, 200, "{outcome}");
    }
}

/// What all of them give in a version.
fn expected(version: &str) -> Value {
    let decoded: Value =
        VERSIONS.iter().map(|name| ((*name).to_owned(), json!((*name == version).then_some("z")))).collect();
    json!({
        "protobuf": decoded,
        "avro": decoded,
        "schema": {"wrong": [{"pointer": "", "message": "Field required"}]},
        "script": {"s": version},
        "resource": version,
        "prompt": version,
        "skill": version,
    })
}

#[test]
fn a_relative_path_begins_at_the_documents_folder_and_nowhere_else() {
    let held = Held::start(&["--no-watch"]);
    assert_eq!(held.all(), expected("one"), "{}", held.site.capstan.log());
}

#[test]
fn a_generation_answers_from_its_own_bytes_until_a_reload_is_asked_for() {
    let held = Held::start(&["--no-watch"]);
    assert_eq!(held.site.state("cap")["state"], "in-sync");
    held.save("two");
    assert_eq!(held.all(), expected("one"), "an edit changed answers at once");
    assert_eq!(held.site.state("cap")["state"], "pending");
    held.reload();
    assert_eq!(held.all(), expected("two"));
    assert_eq!(held.site.state("cap")["state"], "in-sync");
    assert_eq!(held.site.status()["lastReload"]["compiled"], 0, "the document did not change");
    fs::remove_dir_all(held.site.path("a/held")).unwrap();
    fs::remove_dir_all(held.site.path("a/notes")).unwrap();
    assert_eq!(held.all(), expected("two"), "what is deleted still answers");
    held.reload();
    assert_eq!((held.rest("/avro")["status"].clone(), held.skill("x.md").0), (json!(500), 404));
    held.save("three");
    held.reload();
    assert_eq!(held.all(), expected("three"));
}

#[test]
fn with_the_watcher_on_an_edit_of_a_file_applies_by_a_reload() {
    let held = Held::start(&[]);
    for version in ["two", "three"] {
        held.save(version);
        until(&format!("all files are in version {version}"), || (held.all() == expected(version)).then_some(()));
    }
    // Also in a folder that is new, and of a file that comes into one.
    write(&held.site.dir, "a/notes/deep/er/y.md", "new");
    until("a new file is published", || (held.resource("deep/er/y.md") == "new").then_some(()));
    write(&held.site.dir, "a/notes/deep/er/y.md", "newer");
    until("its content is followed", || (held.resource("deep/er/y.md") == "newer").then_some(()));
    fs::remove_file(held.site.path("a/notes/deep/er/y.md")).unwrap();
    until("a file that is gone is not given out", || (held.skill("deep/er/y.md").0 == 404).then_some(()));
    until("status says so", || (held.site.state("cap")["state"] == "in-sync").then_some(()));
}

#[test]
fn a_schema_that_rules_is_the_one_of_the_generation() {
    let held = Held::start(&["--no-watch"]);
    assert_eq!(held.rest("/schema")["wrong"].as_array().map(Vec::len), Some(1));
    write(&held.site.dir, "a/held/rules.json", r#"{"of": {"type": "object"}}"#);
    assert_eq!(held.rest("/schema")["wrong"].as_array().map(Vec::len), Some(1));
    held.reload();
    assert_eq!(held.rest("/schema")["wrong"], json!([]));
    write(&held.site.dir, "a/held/rules.json", "{");
    held.reload();
    assert_eq!(held.rest("/schema")["status"], 500, "a broken schema is a fault of the capability");
}

#[test]
fn a_large_file_is_given_out_as_it_was_published_or_not_at_all() {
    let held = Held::start(&["--no-watch"]);
    let large = |letter: &str| letter.repeat(3 << 20);
    write(&held.site.dir, "a/notes/large.txt", &large("x"));
    assert_eq!(held.skill("large.txt").0, 404, "it is not published yet");
    held.reload();
    assert_eq!(held.skill("large.txt"), (200, large("x")));
    assert_eq!(held.resource("large.txt"), large("x"));
    write(&held.site.dir, "a/notes/large.txt", &large("y"));
    assert_eq!(held.skill("large.txt").0, 503);
    assert!(held.resource("large.txt")["message"].as_str().unwrap().contains("changed"));
    held.reload();
    assert_eq!(held.skill("large.txt"), (200, large("y")));
}

#[test]
fn the_file_of_a_key_lies_beside_the_document_and_is_followed() {
    let (dir, upstream) = (TempDir::new().unwrap(), Upstream::start());
    write(&dir, "a/cap.yaml", &document(&upstream));
    write(&dir, "a/.env", "KEY_FILE=keys/k.pem\n");
    // Where a path that began at the working directory would lead.
    write(&dir, "keys/k.pem", "-----BEGIN PRIVATE KEY-----");
    let ports = ["8080=127.0.0.1:0", "9090=127.0.0.1:0", "9091=127.0.0.1:0"];
    let listen = ports.iter().flat_map(|port| ["--listen", port]);
    let all: Vec<&str> = ["a/cap.yaml", "--no-watch"].into_iter().chain(listen).collect();
    let site = Site::serve(dir, upstream, &all);
    let detail = || {
        let answer = Request::new("GET", "/signed").send(site.capstan.address("rest", None).unwrap()).unwrap();
        serde_json::from_str::<Value>(&answer.text()).unwrap()["detail"].as_str().unwrap().to_owned()
    };
    assert!(detail().contains("cannot be read"), "{}", detail());
    assert_eq!(site.state("cap")["state"], "in-sync");
    write(&site.dir, "a/keys/k.pem", "no key");
    std::thread::sleep(AWHILE);
    assert_eq!(site.state("cap")["state"], "pending");
    assert!(detail().contains("cannot be read"), "{}", detail());
    assert_eq!(site.control("POST", "/config/reload").0, 200);
    assert!(!detail().contains("cannot be read"), "{}", detail());
    assert_eq!(site.state("cap")["state"], "in-sync");
}
