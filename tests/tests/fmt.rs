//! `capstan fmt`: looks change, what a document says and does never.

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
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
};

use capstan_language::{
    Options, compile,
    format::{Style, format},
};
use capstan_tests::{
    binary,
    capstan::Run,
    folder,
    mutate::{subject::Subject, verdict::without_places},
};

const UNTIDY: &str = "\
# greets people
ikanos:   1.0.0-beta5
info: { display: Greeter,description: Greets. }
capability:
    consumes:
      - type: http   # over there
        namespace: up
        baseUri: \"https://api.greeter.test\"
        resources:
            hello: {path: /hello, operations: {get: {method: GET}}}


    exposes:
      -   type: mcp
          namespace: tools
          port: 9090
          tools:
            greet: {description: Greets., call: up.get}
";

const TIDY: &str = "\
# greets people
ikanos: 1.0.0-beta5
info: {display: Greeter, description: Greets.}
capability:
  consumes:
  - type: http # over there
    namespace: up
    baseUri: 'https://api.greeter.test'
    resources:
      hello: {path: /hello, operations: {get: {method: GET}}}

  exposes:
  - type: mcp
    namespace: tools
    port: 9090
    tools:
      greet: {description: Greets., call: up.get}
";

/// Exit code, standard output and standard error of `fmt`.
fn fmt(folder: &Path, args: &[&str]) -> (i32, String, String) {
    Run::new(args).told("fmt", folder)
}

#[test]
fn a_folder_is_laid_out_and_then_stays() {
    let folder =
        folder(&[("greeter.yaml", UNTIDY), ("compose.yaml", "services:   {web: 1}\n"), ("broken.yaml", "a: [\n")]);
    let path = folder.path().join("greeter.yaml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();

    let (code, out, error) = fmt(folder.path(), &["--check", "."]);
    assert_eq!((code, out.as_str()), (1, "./greeter.yaml\n"));
    assert!(error.contains("./broken.yaml:1:4: error[yaml-syntax]"), "{error}");
    assert!(error.ends_with("2 files: 1 would change, 0 as they were, 1 cannot be laid out\n"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), UNTIDY);

    let (code, out, _) = fmt(folder.path(), &["--diff", "greeter.yaml"]);
    assert_eq!(code, 1);
    assert!(out.starts_with("--- greeter.yaml.orig\n+++ greeter.yaml\n@@ "), "{out}");
    assert!(out.contains("\n-ikanos:   1.0.0-beta5\n") && out.contains("\n+ikanos: 1.0.0-beta5\n"), "{out}");

    let (code, out, error) = fmt(folder.path(), &["greeter.yaml"]);
    assert_eq!((code, out.as_str(), error.as_str()), (0, "", "1 file: 1 changed, 0 as they were\n"));
    assert_eq!(fs::read_to_string(&path).unwrap(), TIDY);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    let (code, _, error) = fmt(folder.path(), &["--check", "greeter.yaml"]);
    assert_eq!((code, error.as_str()), (0, "1 file: 0 would change, 1 as they were\n"));
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "nothing is left behind: {left:?}");
}

#[test]
fn a_link_stays_a_link_and_what_cannot_be_written_is_said() {
    let folder = folder(&[("real.yaml", UNTIDY), ("data.json", "{\"ikanos\":  \"1.0.0-beta5\"}")]);
    std::os::unix::fs::symlink("real.yaml", folder.path().join("link.yaml")).unwrap();
    assert_eq!(fmt(folder.path(), &["link.yaml"]).0, 0);
    assert!(fs::symlink_metadata(folder.path().join("link.yaml")).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(folder.path().join("real.yaml")).unwrap(), TIDY);

    let (code, _, error) = fmt(folder.path(), &["data.json"]);
    assert_eq!(code, 1);
    assert!(error.starts_with("data.json: left as it is: it is JSON\n"), "{error}");
    assert_eq!(fmt(folder.path(), &["gone.yaml"]), (78, String::new(), "error: gone.yaml does not exist\n".to_owned()));
}

#[test]
fn standard_input_goes_to_standard_output() {
    let run = |args: &[&str], text: &str| {
        let mut child = Command::new(binary::path())
            .arg("fmt")
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let out = child.wait_with_output().unwrap();
        (out.status.code().unwrap(), String::from_utf8(out.stdout).unwrap())
    };
    assert_eq!(run(&["-"], UNTIDY), (0, TIDY.to_owned()));
    assert_eq!(run(&["-"], TIDY), (0, TIDY.to_owned()));
    assert_eq!(run(&["--check", "-"], UNTIDY), (1, String::new()));
    assert_eq!(run(&["-"], "a: [\n"), (1, String::new()));
}

/// Every document of the project, laid out: the same plan, whether keys are put in order or not, and nothing to do the second time.
#[test]
fn documents_mean_what_they_meant() {
    let root = capstan_tests::root();
    let mut subjects = Subject::below(&root.join("capabilities"));
    subjects.extend(Subject::below(&root.join("tests/specs")));
    let (mut done, mut left) = (0, 0);
    for subject in &subjects {
        let plan = |text: &str| {
            let compiled = compile(&subject.with(text), Path::new(&subject.path), &Options::default());
            without_places(&format!("{:?}", compiled.plan))
        };
        let before = plan(&subject.text);
        for order in [false, true] {
            let Ok(after) = format(&subject.name, &subject.text, Style { order }) else {
                left += 1;
                continue;
            };
            done += 1;
            assert_eq!(format(&subject.name, &after, Style { order }).unwrap(), after, "{}", subject.name);
            assert!(before == plan(&after), "{} means something else when it is laid out:\n{after}", subject.name);
        }
    }
    assert!(done > 400, "{done} were laid out, {left} left");
    assert!(left * 4 < done, "{left} of {} were left", left + done);
}

/// What is shipped is laid out as `fmt` does it.
#[test]
fn the_shipped_capabilities_have_the_layout() {
    let (code, out, error) = fmt(&capstan_tests::root(), &["--check", "capabilities"]);
    assert_eq!((code, out.as_str()), (0, ""), "{error}");
}
