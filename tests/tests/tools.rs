//! The commands of people who write capabilities: `new`, `test`, `call`, `render`, `explain`, `completions`, `man`, as they are typed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop at once"
)]

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Output, Stdio},
};

use capstan_tests::{
    binary,
    capstan::Run,
    upstream::{Reply, Upstream},
};
use serde_json::Value;

fn capstan(folder: &Path, command: &str, args: &[&str]) -> Output {
    Run::new(args).to_end(command, folder)
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn both(output: &Output) -> String {
    format!("{}{}", out(output), String::from_utf8_lossy(&output.stderr))
}

/// A folder with the capability `shop` of an example.
fn folder(example: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let made = capstan(folder.path(), "new", &["shop", "--example", example]);
    assert_eq!(made.status.code(), Some(0), "{}", both(&made));
    folder
}

#[test]
fn what_is_new_passes_at_once_and_is_never_overwritten() {
    for example in ["hello", "mapping", "steps"] {
        let folder = folder(example);
        let checked = capstan(folder.path(), "check", &["--strict", "shop"]);
        assert_eq!(checked.status.code(), Some(0), "{example}: {}", both(&checked));
        assert!(out(&checked).contains("0 errors, 0 warnings"), "{example}: {}", out(&checked));
        let tested = capstan(folder.path(), "test", &["shop", "--coverage"]);
        assert_eq!(tested.status.code(), Some(0), "{example}: {}", both(&tested));
        assert!(!out(&tested).contains("no test calls"), "{example}: {}", out(&tested));
        let before = fs::read_to_string(folder.path().join("shop/shop.yaml")).unwrap();
        fs::remove_file(folder.path().join("shop/shop.test.yaml")).unwrap();
        let again = capstan(folder.path(), "new", &["shop"]);
        assert_eq!(again.status.code(), Some(78), "{}", both(&again));
        assert_eq!(fs::read_to_string(folder.path().join("shop/shop.yaml")).unwrap(), before);
        assert!(!folder.path().join("shop/shop.test.yaml").exists(), "half of it was written");
    }
    let bad = capstan(Path::new("/"), "new", &["My Shop"]);
    assert_eq!(bad.status.code(), Some(2), "{}", both(&bad));
}

#[test]
fn a_wrong_name_lists_what_there_is() {
    let folder = folder("hello");
    for (unit, said) in [("gret", "did you mean `greet`?"), ("GET /helo/ada", "GET /hello/{name}"), ("zzz", "tool")] {
        let output = capstan(folder.path(), "call", &["shop/shop.yaml", unit, "--sandbox"]);
        assert_eq!(output.status.code(), Some(2), "{unit}: {}", both(&output));
        assert!(both(&output).contains(said), "{unit}: {}", both(&output));
    }
    let output = capstan(folder.path(), "call", &["shop/shop.yaml", "greet", "nam=ada", "--sandbox"]);
    assert!(both(&output).contains("did you mean `name`?"), "{}", both(&output));
    let output = capstan(folder.path(), "call", &["shop/shop.yaml", "GET /hello/{name}", "--sandbox"]);
    assert!(both(&output).contains("add name=VALUE"), "{}", both(&output));
}

#[test]
fn a_call_prints_the_answer_or_what_stands_in_the_way_and_where() {
    let folder = folder("hello");
    let call = |args: &[&str]| capstan(folder.path(), "call", &[&["shop/shop.yaml"], args].concat());
    for args in [
        &["GET /hello/{name}", "name=ada", "--sandbox"][..],
        &["GET /hello/ada", "--sandbox"],
        &["hello", "name=ada", "--sandbox"],
        &["shop-mcp/greet", "name=ada", "--sandbox"],
        &["greet", "--json", "{\"name\": \"ada\"}", "--sandbox"],
    ] {
        let output = call(args);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", both(&output));
        let answer: Value = serde_json::from_str(&out(&output)).unwrap();
        assert_eq!(answer["greeting"], "Hello, Ada!", "{args:?}");
    }
    // Without a value: the problem, and the line that names it.
    for unit in ["GET /hello/ada", "greet"] {
        let output = call(&[unit, "name=ada"]);
        let output = if unit == "greet" { output } else { call(&[unit]) };
        assert_eq!(output.status.code(), Some(1), "{}", both(&output));
        assert!(both(&output).contains("SHOP_TOKEN") && both(&output).contains("shop.yaml:"), "{}", both(&output));
    }
    let traced = call(&["greet", "name=ada", "--sandbox", "--trace"]);
    assert!(both(&traced).contains("greetings.greet: 200 OK"), "{}", both(&traced));
}

#[test]
fn a_dry_run_is_a_command_that_does_the_same() {
    let folder = folder("hello");
    let upstream = capstan_tests::upstream::Upstream::start();
    let path = folder.path().join("shop/shop.yaml");
    let text = fs::read_to_string(&path).unwrap().replace("https://api.shop.example", &upstream.url());
    fs::write(&path, text).unwrap();
    let args = ["shop/shop.yaml", "greet", "name=it's $HOME & co"];
    let shown = capstan(folder.path(), "call", &[&args[..], &["--dry-run"]].concat());
    assert_eq!(shown.status.code(), Some(0), "{}", both(&shown));
    assert!(both(&shown).contains("SHOP_TOKEN must be set"), "{}", both(&shown));
    assert!(upstream.take().is_empty(), "a dry run sent something");
    let pasted = Command::new("bash").args(["-c", &out(&shown)]).env("SHOP_TOKEN", "s3cret").output().unwrap();
    assert!(pasted.status.success(), "{}", both(&pasted));
    let really = Run::new(&args).env("SHOP_TOKEN", "s3cret").to_end("call", folder.path());
    assert!(!both(&shown).contains("s3cret"), "{}", both(&shown));
    let seen = upstream.take();
    assert_eq!(seen.len(), 2, "{}", both(&really));
    assert_eq!(seen[0].target, seen[1].target);
    for request in &seen {
        let header = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        assert_eq!(header.map(|(_, value)| value.as_str()), Some("Bearer s3cret"));
    }
}

const PICTURES: &str = "\
naftiko: 1.0.0-alpha2
info: { label: Pictures, description: Pictures. }
capability:
  consumes:
  - type: http
    namespace: pictures
    baseUri: https://pictures.test
    resources:
    - name: picture
      path: /picture
      operations:
      - name: get-picture
        method: GET
        outputRawFormat: binary
  exposes:
  - type: rest
    namespace: pictures-rest
    port: 8080
    resources:
    - path: /picture
      name: picture
      operations:
      - method: GET
        name: read-picture
        call: pictures.get-picture
  - type: mcp
    namespace: pictures-mcp
    port: 9090
    description: Pictures.
    tools:
    - name: picture
      description: A picture.
      call: pictures.get-picture
";

const PICTURES_SANDBOX: &str = "\
naftiko: 1.0.0-alpha2
info: { label: Pictures sandbox, description: A stand-in. }
sandbox: { for: [https://pictures.test] }
capability:
  exposes:
  - type: rest
    namespace: pictures-api
    resources:
    - path: /picture
      name: picture
      operations:
      - method: GET
        name: picture
        mock:
        - file: sample.png
          contentType: image/png
";

#[test]
fn images_are_saved() {
    let folder = tempfile::tempdir().unwrap();
    let image = fs::read(capstan_tests::root().join("capabilities/flux/sandbox/sample.png")).unwrap();
    fs::write(folder.path().join("sample.png"), &image).unwrap();
    fs::write(folder.path().join("pictures.yaml"), PICTURES).unwrap();
    fs::write(folder.path().join("pictures.sandbox.yaml"), PICTURES_SANDBOX).unwrap();
    for unit in ["picture", "GET /picture"] {
        let shown = capstan(folder.path(), "call", &["pictures.yaml", unit, "--sandbox"]);
        assert!(both(&shown).contains("save them with -o FILE"), "{}", both(&shown));
        let saved = capstan(folder.path(), "call", &["pictures.yaml", unit, "--sandbox", "-o", "saved.png"]);
        assert_eq!(saved.status.code(), Some(0), "{}", both(&saved));
        assert_eq!(fs::read(folder.path().join("saved.png")).unwrap(), image);
        fs::remove_file(folder.path().join("saved.png")).unwrap();
    }
}

const FAILING: &str = "\
capability: ./shop.yaml
values: { SHOP_TOKEN: t0ken }   # kept
tests:
- name: greets <by> \"name\" & more
  call: GET /hello/ada
  upstream:
  - request: { query: { name: bob } } # kept too
    response: { json: { message: { text: 'Hello, Ada!' } } }
  expect:
    status: 201   # and this
    json: { greeting: 'Hello, Bob!', more: 1 }
- name: sends what is not listed
  tool: greet
  with: { name: ada }
- name: later
  call: GET /hello/ada
  skip: not yet
";

#[test]
fn failures_name_the_line_and_both_sides() {
    let folder = folder("hello");
    fs::write(folder.path().join("shop/bad.test.yaml"), FAILING).unwrap();
    let output = capstan(folder.path(), "test", &["shop/bad.test.yaml", "--junit", "results.xml"]);
    assert_eq!(output.status.code(), Some(1), "{}", both(&output));
    let text = out(&output);
    for part in [
        "FAILED shop/bad.test.yaml:4:3 greets <by> \"name\" & more",
        "shop/bad.test.yaml:7:31 upstream[0].request.query.name",
        "shop/bad.test.yaml:10:13 expect.status\n    - expected 201\n    + got      200",
        "shop/bad.test.yaml:11:23 expect.json.greeting",
        "expect.json.more\n    - expected 1\n    + got      nothing",
        "https://api.shop.example/v2/greetings?name=ada is sent, and the test has neither `upstream` nor `sandbox`",
        "skipped shop/bad.test.yaml:15:3 later: not yet",
        "0 passed, 2 failed, 1 skipped",
    ] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
    let xml = fs::read_to_string(folder.path().join("results.xml")).unwrap();
    assert!(xml.contains("tests=\"3\" failures=\"2\" errors=\"0\" skipped=\"1\""), "{xml}");
    assert!(xml.contains("name=\"greets &lt;by&gt; &quot;name&quot; &amp; more\""), "{xml}");
    let filtered = capstan(folder.path(), "test", &["shop", "--filter", "by name"]);
    assert!(out(&filtered).ends_with("1 passed, 0 failed\n"), "{}", out(&filtered));
}

#[test]
fn blessing_changes_what_differs_and_nothing_else() {
    let folder = folder("hello");
    let path = folder.path().join("shop/bad.test.yaml");
    let text: String = FAILING.split("- name: sends").next().unwrap().to_owned();
    fs::write(&path, format!("{text}- name: says nothing\n  call: GET /hello/ada\n  upstream:\n  - response: {{ json: {{ message: {{ text: Hi }} }} }}\n")).unwrap();
    let blessed = capstan(folder.path(), "test", &["shop/bad.test.yaml", "--bless"]);
    assert_eq!(blessed.status.code(), Some(1), "{}", both(&blessed));
    let new = fs::read_to_string(&path).unwrap();
    for kept in [
        "# kept\n",
        "# kept too",
        "status: 200   # and this",
        "'Hello, Ada!', more: {$absent: true}",
        "query: { name: ada }",
    ] {
        assert!(new.contains(kept), "no {kept:?} in\n{new}");
    }
    assert!(new.ends_with("  expect:\n    status: 200\n    json:\n      greeting: Hi\n"), "{new}");
    let again = capstan(folder.path(), "test", &["shop/bad.test.yaml", "--bless"]);
    assert_eq!(again.status.code(), Some(0), "{}", both(&again));
    assert_eq!(fs::read_to_string(&path).unwrap(), new);
}

#[test]
fn what_is_recorded_passes() {
    for example in ["hello", "mapping", "steps"] {
        let folder = folder(example);
        fs::remove_file(folder.path().join("shop/shop.test.yaml")).unwrap();
        let recorded = capstan(folder.path(), "test", &["shop/shop.yaml", "--record"]);
        assert_eq!(recorded.status.code(), Some(0), "{}", both(&recorded));
        let text = fs::read_to_string(folder.path().join("shop/shop.test.yaml")).unwrap();
        assert!(text.contains("upstream:") && text.contains("expect:"), "{text}");
        // What was recorded stands alone.
        fs::write(folder.path().join("shop/shop.test.yaml"), text.replace("sandbox: true\n", "")).unwrap();
        fs::remove_file(folder.path().join("shop/shop.sandbox.yaml")).unwrap();
        let tested = capstan(folder.path(), "test", &["shop"]);
        assert_eq!(tested.status.code(), Some(0), "{}\n{text}", both(&tested));
    }
}

const WEATHER: &str = "\
ikanos: 1.0.0-beta5
info: {display: Weather, description: Forecasts.}
binds:
- namespace: env
  keys: {WEATHER_KEY: WEATHER_KEY}
capability:
  consumes:
  - type: http
    namespace: up
    baseUri: http://UPSTREAM
    authentication: {type: bearer, token: '{{WEATHER_KEY}}'}
    resources: {now: {path: /now, operations: {get: {method: GET, inputParameters: {city: {in: query}}}}}}
  exposes:
  - type: rest
    namespace: api
    port: 8080
    resources:
      now:
        path: /now
        operations:
          get:
            method: GET
            inputParameters: {city: {in: query, type: string, description: Where., required: true}}
            call: up.get
";

/// A real API is asked once, with the real key; what is written passes without it and does not hold it.
#[test]
fn a_real_api_is_recorded_without_its_secrets() {
    let upstream = Upstream::start();
    let reply = || Reply::json(200, "{\"sky\":\"blue\",\"for\":\"k3y-of-mine\"}");
    upstream.answer(reply());
    let place = upstream.url().replace("http://", "");
    let folder = capstan_tests::folder(&[("weather.yaml", &WEATHER.replace("UPSTREAM", &place))]);
    let recording = Run::new(&["weather.yaml", "--record"]);
    let (code, _, error) = recording.told("test", folder.path());
    assert_eq!(code, 78);
    assert!(error.contains("--live records from the real APIs"), "{error}");
    let recording = Run::new(&["weather.yaml", "--record", "--live"]).env("WEATHER_KEY", "k3y-of-mine");
    let (code, _, error) = recording.told("test", folder.path());
    assert_eq!(code, 0, "{error}");
    let seen = upstream.take();
    let sent: Vec<&str> = seen.iter().flat_map(|seen| &seen.headers).map(|(_, value)| value.as_str()).collect();
    assert!(seen.len() == 1 && sent.contains(&"Bearer k3y-of-mine"), "{seen:?}");
    let text = fs::read_to_string(folder.path().join("weather.test.yaml")).unwrap();
    assert!(!text.contains("k3y-of-mine") && text.contains("Bearer recorded-weather-key"), "{text}");
    assert!(text.contains("sky: blue") && text.contains("for: recorded-weather-key"), "{text}");
    // Nobody is asked any more.
    let (code, out, error) = Run::new(&["weather.test.yaml", "--coverage"]).told("test", folder.path());
    assert!(code == 0 && out.contains("1 passed, 0 failed"), "{out}{error}\n{text}");
    assert!(out.contains("no answer 400 of  GET /now"), "{out}");
    assert!(upstream.take().is_empty());
}

#[test]
fn whoever_watches_sees_it_run_again() {
    let folder = folder("hello");
    let mut command = Command::new(binary::path());
    command.args(["test", "shop", "--watch"]).current_dir(folder.path()).env_clear();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line == "4 passed, 0 failed"));
    let path = folder.path().join("shop/shop.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("$.message.text", "$.message.lang")).unwrap();
    assert!(lines.any(|line| line.ends_with("failed") && !line.ends_with(" 0 failed")), "it did not run again");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn test_files_say_what_is_wrong_with_them() {
    let folder = folder("hello");
    fs::write(folder.path().join("shop/bad.test.yaml"), "capability: ./shop.yaml\ntests:\n- cal: GET /hello/ada\n")
        .unwrap();
    let output = capstan(folder.path(), "test", &["shop"]);
    assert_eq!(output.status.code(), Some(78), "{}", both(&output));
    assert!(
        both(&output).contains("did you mean `call`?") && both(&output).contains("bad.test.yaml:3:3"),
        "{}",
        both(&output)
    );
    // A test file is no capability.
    let checked = capstan(folder.path(), "check", &["shop"]);
    assert!(!both(&checked).contains("bad.test.yaml"), "{}", both(&checked));
}

#[test]
fn codes_and_places_are_explained() {
    let folder = folder("hello");
    let code = capstan(folder.path(), "explain", &["unresolved-call"]);
    assert!(out(&code).contains("A call names no operation") && out(&code).contains("fix:"), "{}", both(&code));
    let slip = capstan(folder.path(), "explain", &["unresolved-cal"]);
    assert_eq!(slip.status.code(), Some(2));
    assert!(both(&slip).contains("did you mean `unresolved-call`?"), "{}", both(&slip));
    let text = fs::read_to_string(folder.path().join("shop/shop.yaml")).unwrap();
    let line = text.lines().position(|line| line.trim() == "call: greetings.greet").unwrap() + 1;
    let place = capstan(folder.path(), "explain", &[&format!("shop/shop.yaml:{line}")]);
    for part in [
        "The consumed operation it calls.",
        "GET /hello/{name}",
        "https://api.shop.example/v2/greetings",
        "a key of the standard",
    ] {
        assert!(out(&place).contains(part), "no {part:?} in\n{}", both(&place));
    }
}

#[test]
fn what_was_understood_is_rendered_without_values() {
    let folder = folder("hello");
    let run = Run::new(&["shop/shop.yaml", "--format", "json"]).env("SHOP_TOKEN", "s3cret");
    let output = run.to_end("render", folder.path());
    let value: Value = serde_json::from_str(&out(&output)).unwrap_or_else(|error| panic!("{error}: {}", both(&output)));
    let unit = &value["exposes"][0]["units"][0];
    assert_eq!(unit["route"], "GET /hello/{name}");
    assert_eq!(unit["inputs"][0]["from"], "path name");
    assert_eq!(unit["request"]["query"]["name"], "{{name}}");
    assert_eq!(unit["answers"]["greeting"], "$.message.text");
    assert_eq!(value["bindings"][0]["value"], "***");
    assert!(!both(&output).contains("s3cret"));
    let yaml = capstan(folder.path(), "render", &["shop/shop.yaml"]);
    assert!(out(&yaml).contains("value: '(not set)'"), "{}", both(&yaml));
}

#[test]
fn shells_and_man_are_served() {
    let root = capstan_tests::root();
    for shell in ["bash", "zsh", "fish"] {
        let output = capstan(&root, "completions", &[shell]);
        assert_eq!(output.status.code(), Some(0));
        assert!(out(&output).contains("coverage"), "{shell}");
    }
    assert!(out(&capstan(&root, "man", &[])).contains(".TH capstan"));
    assert!(out(&capstan(&root, "man", &["--command", "test"])).contains("coverage"));
    assert_eq!(capstan(&root, "man", &["--command", "nothing"]).status.code(), Some(2));
    let schema: Value = serde_json::from_str(&out(&capstan(&root, "schema", &["--tests"]))).unwrap();
    assert_eq!(schema["title"], "Capstan test file");
}

#[test]
fn what_ships_is_tested() {
    let tested = capstan(&capstan_tests::root(), "test", &["capabilities", "--coverage"]);
    assert_eq!(tested.status.code(), Some(0), "{}", both(&tested));
    assert!(!out(&tested).contains("no test calls"), "{}", out(&tested));
}
