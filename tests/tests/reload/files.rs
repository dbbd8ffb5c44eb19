//! Files a document names: which one is meant, and that a generation answers from the bytes it was made from.

use std::{fs, net::SocketAddr};

use capstan_tests::{client::Request, mcp::Client, upstream::Upstream};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::site::Site;

/// Everything that names files, in a folder of its own.
const DOCUMENT: &str = r"naftiko: 1.0.0-alpha2
info: {label: Files, description: d.}
capability:
  exposes:
  - type: mcp
    namespace: m
    port: 9090
    resources:
    - {name: notes, uri: 'notes://all', location: ./notes}
    prompts:
    - {name: greet, location: notes/x.md}
  - type: skill
    namespace: s
    port: 9091
    skills:
    - {name: notes, description: d., location: ./notes}
";

fn write(dir: &TempDir, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// What a resource, a prompt and a skill's file hold.
fn held(mcp: &Client, skills: SocketAddr, file: &str) -> [Value; 3] {
    let read = mcp.call("resources/read", json!({"uri": format!("notes://all/{file}")})).unwrap().message;
    let prompt = mcp.call("prompts/get", json!({"name": "greet"})).unwrap().message;
    let skill = Request::new("GET", &format!("/skills/notes/contents/{file}")).send(skills).unwrap();
    let skill = if skill.status() == 200 { Value::String(skill.text()) } else { json!(skill.status()) };
    [read["result"]["contents"][0]["text"].clone(), prompt["result"]["messages"][0]["content"]["text"].clone(), skill]
}

fn listeners(site: &Site) -> (Client, SocketAddr) {
    let mcp = site.capstan.address("mcp", None).unwrap();
    (Client::modern(mcp, "/mcp"), site.capstan.address("skill", None).unwrap())
}

#[test]
fn a_relative_path_begins_at_the_documents_folder_and_nowhere_else() {
    let dir = TempDir::new().unwrap();
    write(&dir, &[("a/cap.yaml", DOCUMENT), ("a/notes/x.md", "right"), ("a/a/notes/x.md", "wrong")]);
    let listen = ["a/cap.yaml", "--listen", "9090=127.0.0.1:0", "--listen", "9091=127.0.0.1:0"];
    let site = Site::serve(dir, Upstream::start(), &listen);
    let (mcp, skills) = listeners(&site);
    assert_eq!(held(&mcp, skills, "x.md"), [json!("right"), json!("right"), json!("right")]);
}
