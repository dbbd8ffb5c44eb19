//! Files: what is hidden stays hidden, what is no file is not opened, what cannot be read is said.

use std::{
    fs,
    os::unix::{fs::symlink, net::UnixListener},
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use capstan_tests::{capstan::Run, client::Request, mcp};
use serde_json::json;

use super::site::Site;

const PUBLISHED: &str = "
naftiko: 1.0.0-alpha2
info: {label: Notes, description: Notes.}
binds:
- namespace: file
  location: ./values.yaml
  keys: {API_TOKEN: API_TOKEN}
capability:
  consumes:
  - type: http
    namespace: a
    baseUri: https://a.example
    authentication: {type: bearer, token: '{{API_TOKEN}}'}
    resources:
    - {name: a, path: /a, operations: [{name: a, method: GET}]}
  exposes:
  - type: skill
    namespace: skills
    port: 8080
    skills:
    - {name: notes, description: Notes., location: ./}
  - type: mcp
    namespace: mcp
    port: 9090
    tools: [{name: a, description: d, call: a.a}]
    resources:
    - {name: notes, label: Notes, uri: 'lib://notes', description: d, location: './'}
";

fn fill(folder: &Path) {
    for (name, text) in [
        ("plain.md", "plain"),
        ("docs/deep.md", "deep"),
        (".env", "API_TOKEN=env-secret-1234"),
        (".git/config", "git-secret"),
        ("docs/.hidden/x.md", "hidden-secret"),
        ("values.yaml", "API_TOKEN: token-secret-9876\n"),
        ("..2024/k8s.md", "k8s"),
    ] {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    symlink("..2024", folder.join("..data")).unwrap();
    symlink("..data/k8s.md", folder.join("k8s.md")).unwrap();
    symlink(".env", folder.join("link-to-env.md")).unwrap();
    symlink(".git", folder.join("link-to-git")).unwrap();
    symlink("/etc/hostname", folder.join("out.md")).unwrap();
    symlink("/etc", folder.join("etc")).unwrap();
    symlink("/dev/zero", folder.join("zero.md")).unwrap();
    symlink("loop.md", folder.join("loop.md")).unwrap();
    assert!(Command::new("mkfifo").arg(folder.join("pipe.md")).status().unwrap().success());
    drop(UnixListener::bind(folder.join("socket.md")).unwrap());
}

/// Names nobody may read, as they could be asked for.
const REFUSED: &[&str] = &[
    ".env",
    "%2eenv",
    "%2Eenv",
    "./.env",
    "docs/../.env",
    "docs/%2e%2e/.env",
    "docs%2f..%2f.env",
    ".git/config",
    "%2egit/config",
    ".git%2fconfig",
    ".git//config",
    "docs/.hidden/x.md",
    "docs/%2ehidden/x.md",
    "..data/k8s.md",
    "..2024/k8s.md",
    "%2e%2e2024/k8s.md",
    "link-to-env.md",
    "link-to-git/config",
    "out.md",
    "etc/hostname",
    "zero.md",
    "loop.md",
    "pipe.md",
    "socket.md",
    "values.yaml",
    "%76alues.yaml",
    "../capability.yaml",
    "%2e%2e/capability.yaml",
    "..%2fcapability.yaml",
    "..\\capability.yaml",
    "..%5ccapability.yaml",
    "/etc/hostname",
    "//etc/hostname",
    "%2fetc%2fhostname",
    "plain.md%00.txt",
    "plain.md/",
    "docs",
    "docs/",
    "",
    "PLAIN.MD/../.env",
];

#[test]
fn a_published_folder_gives_what_it_lists_and_nothing_else() {
    let site = Site::with(PUBLISHED, &[], fill);
    let client = mcp::Client::modern(site.mcp(), "/mcp");
    let read =
        |name: &str| client.call("resources/read", json!({"uri": format!("lib://notes/{name}")})).unwrap().message;
    for (name, text) in [("plain.md", "plain"), ("docs/deep.md", "deep"), ("k8s.md", "k8s"), ("docs%2Fdeep.md", "")] {
        let message = read(name);
        assert_eq!(message["result"]["contents"][0]["text"].as_str().unwrap_or_default(), text, "{name}: {message}");
    }
    let listed = client.call("resources/list", json!({})).unwrap().message.to_string();
    let contents = Request::new("GET", "/skills/notes/contents").send(site.rest()).unwrap().text();
    for name in ["plain.md", "docs/deep.md", "k8s.md"] {
        assert!(listed.contains(name) && contents.contains(name), "{name}: {listed} {contents}");
    }
    for name in ["env", "git", "hidden", "2024", "values", "pipe", "socket", "zero", "out.md"] {
        assert!(!listed.contains(name) && !contents.contains(name), "{name}: {listed} {contents}");
    }
    for name in REFUSED {
        let message = read(name);
        assert!(message["error"].is_object(), "resource {name}: {message}");
        assert!(!message.to_string().contains("secret"), "resource {name}: {message}");
        if name.contains(['\\', ' ']) {
            continue;
        }
        let answer = Request::new("GET", &format!("/skills/notes/contents/{name}")).send(site.rest()).unwrap();
        let is_listing = name.is_empty();
        assert!(answer.status() >= 400 || is_listing, "skill {name}: {} {}", answer.start, answer.text());
        assert!(!answer.text().contains("secret"), "skill {name}: {}", answer.text());
    }
    let zip = Request::new("GET", "/skills/notes/download").send(site.rest()).unwrap();
    assert_eq!(zip.status(), 200);
    let held = String::from_utf8_lossy(&zip.body).into_owned();
    assert!(held.contains("docs/deep.md") && !held.contains("values.yaml") && !held.contains(".env"));
}

const SMALL: &str = "
naftiko: 1.0.0-alpha2
info: {label: A, description: A.}
capability:
  consumes:
  - type: http
    namespace: a
    baseUri: https://a.example
    resources:
    - {name: a, path: /a, operations: [{name: a, method: GET}]}
  exposes:
  - type: rest
    namespace: rest
    port: 8080
    resources: [{path: /a, operations: [{method: GET, name: a, call: a.a}]}]
";

fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn what_is_no_file_is_not_opened_by_check_nor_by_a_start() {
    for make in [
        |path: &Path| fifo(path),
        |path: &Path| drop(UnixListener::bind(path).unwrap()),
        |path: &Path| symlink("/dev/zero", path).unwrap(),
        |path: &Path| {
            fifo(&path.with_extension("target"));
            symlink(path.with_extension("target"), path).unwrap();
        },
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("good.yaml"), SMALL).unwrap();
        make(&folder.path().join("odd.yaml"));
        let checked = Run::new(&["."]).to_end("check", folder.path());
        let said = String::from_utf8_lossy(&checked.stderr).into_owned();
        assert!(checked.status.success() && said.contains("odd.yaml: it is a "), "{said}");
        let named = Run::new(&["odd.yaml"]).to_end("check", folder.path());
        assert!(!named.status.success(), "{}", String::from_utf8_lossy(&named.stdout));
        let run = Run::new(&[".", "--listen", "8080=127.0.0.1:0"]);
        let capstan = run.serve(folder.path()).unwrap_or_else(|ended| panic!("{}", ended.log));
        assert!(capstan.log().contains("odd.yaml: it is a "), "{}", capstan.log());
    }
}

/// Every place a document can name a file at, with a pipe there.
#[test]
fn a_pipe_in_any_place_of_a_file_harms_what_needs_it_alone() {
    for (what, change) in [
        (
            "an import",
            SMALL.replace(
                "  - type: http\n    namespace: a\n",
                "  - {import: a, location: ./pipe.yaml}\n  - type: http\n    namespace: a\n",
            ),
        ),
        (
            "values",
            SMALL.replace(
                "capability:\n",
                "binds:\n- {namespace: f, location: ./pipe.yaml, keys: {K: K}}\ncapability:\n",
            ),
        ),
        (
            "a schema",
            SMALL.replace(
                "method: GET}]}\n  exposes",
                "method: GET, outputRawFormat: avro, outputSchema: pipe.yaml}]}\n  exposes",
            ),
        ),
        ("an API description", SMALL.to_owned()),
        ("variables", SMALL.to_owned()),
        (
            "a prompt",
            format!(
                "{SMALL}  - {{type: mcp, namespace: m, port: 9090, tools: [], prompts: [{{name: p, description: d, location: ./pipe.yaml}}]}}\n"
            ),
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("capability.yaml"), &change).unwrap();
        let name = match what {
            "variables" => ".env",
            "an API description" => "capability.openapi.yaml",
            _ => "pipe.yaml",
        };
        fifo(&folder.path().join(name));
        // Neither hangs; what they say of it is the business of other tests.
        let checked = Run::new(&["capability.yaml"]).to_end("check", folder.path());
        assert!(checked.status.code().is_some(), "{what}");
        let run = Run::new(&["capability.yaml", "--gateway", "127.0.0.1:0"]);
        match run.serve(folder.path()) {
            Ok(capstan) => drop(capstan),
            Err(ended) => assert_eq!(ended.code, Some(78), "{what}: {}", ended.log),
        }
    }
}

#[test]
fn a_pipe_that_appears_does_not_stop_reloading() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("good.yaml"), SMALL).unwrap();
    let run = Run::new(&[".", "--gateway", "127.0.0.1:0", "--poll", "100ms"]);
    let capstan = run.serve(folder.path()).unwrap_or_else(|ended| panic!("{}", ended.log));
    let gateway = capstan.listeners[0].address;
    fifo(&folder.path().join("odd.yaml"));
    let end = Instant::now() + Duration::from_secs(60);
    let mut n = 0;
    // Whatever is made of the pipe, a document that comes later is served.
    fs::write(folder.path().join("later.yaml"), SMALL.replace("port: 8080", "port: 8081")).unwrap();
    loop {
        let status = Request::new("GET", "/later/a").send(gateway).unwrap().status();
        if status != 404 {
            break;
        }
        n += 1;
        assert!(Instant::now() < end, "after {n} looks nothing is reloaded:\n{}", capstan.log());
        std::thread::sleep(Duration::from_millis(100));
    }
    fs::remove_file(folder.path().join("good.yaml")).unwrap();
    fifo(&folder.path().join("good.yaml"));
    fs::write(folder.path().join("last.yaml"), SMALL.replace("port: 8080", "port: 8082")).unwrap();
    while Request::new("GET", "/last/a").send(gateway).unwrap().status() == 404 {
        assert!(Instant::now() < end, "a document that became a pipe stops reloading:\n{}", capstan.log());
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn check_says_what_is_wrong_with_files() {
    let document = format!(
        "{SMALL}  - type: mcp\n    namespace: m\n    port: 9090\n    tools: []\n    prompts:\n    - {{name: binary, description: d, location: \
         ./binary.md}}\n    - {{name: gone, description: d, location: ./gone.md}}\n    - {{name: good, description: d, arguments: [{{name: name, description: d}}], location: ./good.md}}\n"
    );
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("capability.yaml"), document).unwrap();
    fs::write(folder.path().join("binary.md"), b"\xff\xfe\0binary").unwrap();
    fs::write(folder.path().join("good.md"), "Hello {{name}}").unwrap();
    let checked = Run::new(&["capability.yaml", "--format", "line"]).to_end("check", folder.path());
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    let line = |name: &str| said.lines().find(|line| line.contains(name)).unwrap_or_default().to_owned();
    assert!(
        line("binary.md").contains("error[unreadable-file]: `binary.md` cannot be read: it is not UTF-8"),
        "{said}"
    );
    assert!(line("gone.md").contains("warning[unreadable-file]: `gone.md` is not there"), "{said}");
    assert!(line("good.md").is_empty() && !checked.status.success(), "{said}");
}
