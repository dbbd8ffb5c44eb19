//! The capabilities under `capabilities/examples`: clean, valid by the published and the official schemas, and doing what they say.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop at once"
)]

use capstan_language::test_file::is_test_file;
use capstan_tests::{
    capstan::{Capstan, Run},
    client::Request,
    mcp::Client,
};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, Weak},
};

/// One process serves them all, as long as a test needs it: a process in a plain static would outlive the tests.
fn served() -> Arc<Capstan> {
    static SERVED: Mutex<Weak<Capstan>> = Mutex::new(Weak::new());
    let mut served = SERVED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(running) = served.upgrade() {
        return running;
    }
    let running = Arc::new(serve());
    *served = Arc::downgrade(&running);
    running
}

fn serve() -> Capstan {
    let mut args = vec!["capabilities/examples".to_owned(), "--sandbox".to_owned()];
    for file in files() {
        let text = fs::read_to_string(&file).expect("an example can be read");
        for port in text.lines().filter_map(|line| line.trim().strip_prefix("port: ")) {
            args.extend(["--listen".to_owned(), format!("{port}=0")]);
        }
    }
    let run = Run { args, env: Vec::new() }.env("DOOR_TOKEN", "sesame").env("DOOR_PASSWORD", "sesame");
    match run.serve(&capstan_tests::root()) {
        Ok(capstan) => capstan,
        Err(ended) => panic!("{:?}\n{}", ended.code, ended.log),
    }
}

fn folder() -> PathBuf {
    capstan_tests::root().join("capabilities/examples")
}

/// Every capability file of the examples.
fn files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder()).expect("there are examples").flatten().filter(|e| e.path().is_dir()) {
        let inner = fs::read_dir(entry.path()).expect("a folder can be read").flatten().map(|e| e.path());
        found.extend(inner.filter(|p| {
            p.extension().is_some_and(|e| e == "yaml") && !p.ends_with("settings.yaml") && !is_test_file(p)
        }));
    }
    found.sort();
    assert!(found.len() > 20, "only {} files", found.len());
    found
}

/// Status and JSON body (or text) of an answer.
fn send(port: u16, request: &Request) -> (u16, Value) {
    let served = served();
    let address = served.address("rest", Some(port)).unwrap_or_else(|| panic!("nothing listens for {port}"));
    let answer = request.send(address).expect("it answers");
    let body = serde_json::from_slice(&answer.body)
        .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&answer.body).into_owned()));
    (answer.status(), body)
}

fn get(port: u16, target: &str) -> (u16, Value) {
    send(port, &Request::new("GET", target))
}

fn post(port: u16, target: &str, body: Value) -> (u16, Value) {
    send(port, &Request::new("POST", target).json(body.to_string()))
}

fn mcp(served: &Capstan, port: u16) -> Client {
    Client::modern(served.address("mcp", Some(port)).expect("it listens"), "/mcp")
}

fn result(client: &Client, method: &str, params: Value) -> Value {
    let answer = client.call(method, params).expect("it answers").message;
    answer.get("result").cloned().unwrap_or_else(|| panic!("{answer}"))
}

#[test]
fn they_check_clean() {
    let output =
        Run::new(&["--strict", "--format", "line", "capabilities/examples"]).to_end("check", &capstan_tests::root());
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    assert!(output.status.success());
}

#[test]
fn they_are_valid() {
    let read = |name: &str| -> Value {
        let text = fs::read_to_string(capstan_tests::root().join("schemas").join(name)).expect("a schema can be read");
        serde_json::from_str(&text).expect("a schema is JSON")
    };
    let ours = jsonschema::draft202012::new(&capstan_language::json_schema()).expect("our schema compiles");
    let [alpha, beta] = ["naftiko-1.0.0-alpha2.json", "ikanos-1.0.0-beta5.json"]
        .map(|name| jsonschema::draft202012::new(&read(name)).expect("an official schema compiles"));
    let mut wrong = Vec::new();
    for file in files() {
        let text = fs::read_to_string(&file).expect("an example can be read");
        let document: Value = serde_yaml::from_str(&text).expect("an example is YAML");
        let official = if document.get("naftiko").is_some() { &alpha } else { &beta };
        // What stands in for an upstream is ours alone.
        let sandbox = file.to_string_lossy().ends_with(".sandbox.yaml");
        for (name, schema) in [("ours", &ours), ("the official one", official)] {
            if !(sandbox && name != "ours") {
                let errors = schema.iter_errors(&document);
                wrong.extend(errors.map(|e| format!("{} by {name}: {e} at {}", file.display(), e.instance_path())));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_readme_lists_them() {
    let readme = fs::read_to_string(folder().join("README.md")).expect("there is a README");
    for file in files() {
        let name = file.strip_prefix(folder()).expect("it lies there").display().to_string();
        let parent = Path::new(&name).parent().expect("in a folder").display().to_string();
        let listed = readme.contains(&format!("{name})")) || name.ends_with(".sandbox.yaml");
        assert!(listed && readme.contains(&format!("({parent}/")), "{name} is not in the README");
    }
}

#[test]
fn rest_mapping() {
    for port in [8201, 8202] {
        let days = json!([{"date": "2026-05-01", "high": 21}, {"date": "2026-05-02", "high": 23}]);
        let forecast = json!({"city": "Lisbon", "temperature": 19.5, "days": days, "source": "weather.example"});
        assert_eq!(get(port, "/forecast/lisbon?days=2"), (200, forecast));
        let (status, problem) = get(port, "/forecast/Lisbon?days=two");
        assert_eq!((status, problem["violations"].as_array().map(Vec::len)), (400, Some(2)), "{problem}");
    }
}

#[test]
fn forms() {
    let login = json!({"user": "a&b", "remember": true});
    assert_eq!(post(8203, "/sessions", login), (200, json!({"signedIn": "a&b", "stays": true})));
    assert_eq!(post(8203, "/files", json!({"title": "t", "text": "x\ny"})), (201, json!({"stored": "notes.txt"})));
    let note = Request::new("PUT", "/notes").json(r#"{"text": "milk"}"#);
    assert_eq!(send(8203, &note), (200, json!({"kept": "Note: milk", "as": "text/plain; charset=utf-8"})));
}

#[test]
fn formats() {
    let headlines = json!([{"id": "1", "title": "Rain & wind"}, {"id": "2", "title": "Sun"}]);
    assert_eq!(get(8204, "/headlines"), (200, headlines));
    let rates = json!([{"currency": "CHF", "rate": "0.94"}, {"currency": "US, dollar", "rate": "1.1"}]);
    assert_eq!(get(8204, "/rates"), (200, rates));
}

#[test]
fn orchestration() {
    for port in [8205, 8206] {
        let (status, order) = get(port, "/orders/7");
        assert_eq!(status, 200, "{order}");
        assert_eq!(order["customer"], json!({"name": "Grace", "city": "New York"}));
        assert_eq!(order["discount"], 5);
        assert_eq!(order["total"], "25.99 EUR");
        assert_eq!(get(port, "/orders/8"), (404, json!({"error": "no such order"})));
    }
}

#[test]
fn aggregates() {
    let ticket = json!({"subject": "The printer is on fire", "open": true});
    for (rest, tools) in [(8207, 9207), (8208, 9208)] {
        assert_eq!(get(rest, "/tickets/12"), (200, ticket.clone()));
        assert_eq!(send(rest, &Request::new("DELETE", "/tickets/12")), (200, json!({"closed": "12"})));
        let served = served();
        let client = mcp(&served, tools);
        let list = result(&client, "tools/list", json!({}));
        let [read, close] = [&list["tools"][0], &list["tools"][1]];
        assert_eq!(read["description"], "Read one ticket.");
        assert_eq!(read["annotations"]["readOnlyHint"], true);
        assert_eq!(close["description"], "Close one ticket for good. Ask first.");
        assert_eq!(close["annotations"]["readOnlyHint"], false);
        assert_eq!(close["annotations"]["destructiveHint"], true);
        assert_eq!(read["inputSchema"]["required"], json!(["id"]));
        let called = client.tool("get-ticket", json!({"id": "12"})).expect("it answers").message;
        assert_eq!(called["result"]["structuredContent"], ticket, "{called}");
        let missing = client.tool("get-ticket", json!({"id": "13"})).expect("it answers").message;
        assert_eq!(missing["result"]["isError"], true, "{missing}");
    }
}

#[test]
fn imports() {
    for port in [8209, 8210] {
        assert_eq!(get(port, "/profiles/ada"), (200, json!({"name": "Ada Lovelace"})));
    }
}

#[test]
fn binds() {
    assert_eq!(get(8211, "/greetings/ada"), (200, json!({"card": "Hello, ada!", "signed": "Corner Shop"})));
}

#[test]
fn mcp_parts() {
    for port in [9212, 9213] {
        let served = served();
        let client = mcp(&served, port);
        let info = result(&client, "server/discover", json!({}));
        assert_eq!(info["instructions"], "Look books up before you recommend them.");
        let book = json!({"title": "The Odyssey", "author": "Homer"});
        let called = client.tool("get-book", json!({"isbn": "9780140449136"})).expect("it answers").message;
        assert_eq!(called["result"]["structuredContent"], book, "{called}");

        let list = result(&client, "resources/list", json!({}));
        assert_eq!(list["resources"][0]["uri"], "library://notes/rules.md", "{list}");
        let rules = result(&client, "resources/read", json!({"uri": "library://notes/rules.md"}));
        assert_eq!(rules["contents"][0]["text"], "# House rules\n\nBooks come back after three weeks.\n");
        let templates = result(&client, "resources/templates/list", json!({}));
        assert_eq!(templates["resourceTemplates"][0]["uriTemplate"], "library://books/{isbn}");
        let entry = result(&client, "resources/read", json!({"uri": "library://books/9780140449136"}));
        let text = entry["contents"][0]["text"].as_str().expect("text");
        assert_eq!(serde_json::from_str::<Value>(text).expect("JSON")["title"], "The Odyssey");

        let prompts = result(&client, "prompts/list", json!({}));
        assert_eq!(prompts["prompts"][0]["arguments"][0]["name"], "genre");
        assert_eq!(prompts["prompts"][1]["title"], "Review a book");
        let prompt = result(&client, "prompts/get", json!({"name": "recommend", "arguments": {"genre": "crime"}}));
        let first = "Recommend one crime book from the library. Check that it exists first.";
        assert_eq!(prompt["messages"][0]["content"]["text"], first);
        assert_eq!(prompt["messages"][1]["role"], "assistant");
        let review = result(&client, "prompts/get", json!({"name": "review"}));
        assert!(review["messages"][0]["content"]["text"].as_str().is_some_and(|t| t.starts_with("Review")), "{review}");
    }
}

#[test]
fn authentication() {
    let asked = |port, value: &str| send(port, &Request::new("GET", "/status").with("Authorization", value));
    assert_eq!(asked(8214, "Bearer sesame"), (200, json!({"open": true})));
    assert_eq!(asked(8215, "Basic YWxpOnNlc2FtZQ=="), (200, json!({"open": true})));
    for port in [8214, 8215] {
        assert_eq!(asked(port, "Bearer x").0, 401);
        assert_eq!(asked(port, "Bearer {{DOOR_TOKEN}}").0, 401);
        assert_eq!(get(port, "/status").0, 401);
    }
}

#[test]
fn forward() {
    let request =
        Request::new("GET", "/pets/cats/7?full=true").with("Accept-Language", "pt").with("Authorization", "x");
    assert_eq!(send(8218, &request), (200, json!({"id": "7", "full": "true", "language": "pt"})));
}

#[test]
fn sandbox() {
    let (status, job) = post(8219, "/jobs", json!({"text": "hello"}));
    let id = job["id"].as_str().expect("a job has an id");
    assert!(status == 202 && job["url"].as_str().is_some_and(|url| url.ends_with(&format!("/jobs/{id}"))), "{job}");
    assert_eq!(get(8219, &format!("/jobs/{id}")), (200, json!({"state": "printing"})));
    assert_eq!(get(8219, "/jobs/none"), (404, json!({"error": "no such job"})));
    assert_eq!(post(8219, "/jobs", json!({"text": ""})), (422, json!({"error": "text is missing"})));
}
