//! `capstan check --fix`: what has one right answer is corrected in the file, and nothing else of it changes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use std::{collections::BTreeMap, fs, path::Path};

use capstan_language::{Options, compile, diagnostic::Sink, document, repair::repair, source::SourceSet};
use capstan_tests::{
    capstan::Run,
    mutate::{
        changes::mutants,
        subject::Subject,
        verdict::{usual, without_places},
    },
};
use tempfile::TempDir;

const RIGHT: &str = "\
# the shop
naftiko: 1.0.0-alpha2
info: {label: Shop, description: Orders.}
capability:
  consumes:
  - type: http   # over there
    namespace: shop
    baseUri: https://api.shop.test
    resources: [{name: orders, path: '/orders/{order-id}', operations: [{name: get-order, method: GET}]}]
  exposes:
  - type: rest
    namespace: api
    port: 8080
    resources:
    - path: /orders/{order-id}
      operations:
      - name: get-order
        method: GET
        call: shop.get-order
        with: {order-id: rest.order-id}
";

/// Exit code, standard output and standard error of `check`.
fn check(folder: &Path, args: &[&str]) -> (i32, String, String) {
    Run::new(args).told("check", folder)
}

fn shop(text: &str) -> TempDir {
    capstan_tests::folder(&[("shop.yaml", text)])
}

#[test]
fn slips_and_other_spellings_are_corrected_in_the_file() {
    let wrong = RIGHT
        .replace("baseUri:", "baseUrii:")
        .replace("call: shop.get-order", "call: shop.getOrder")
        .replace("rest.order-id", "rest.orderId");
    assert_eq!(
        wrong.matches("baseUrii").count() + wrong.matches("getOrder").count() + wrong.matches("orderId").count(),
        3
    );
    let folder = shop(&wrong);

    let (code, shown, said) = check(folder.path(), &["--fix", "--diff", "."]);
    assert_eq!(code, 1, "{said}");
    assert!(shown.starts_with("--- ./shop.yaml.orig\n+++ ./shop.yaml\n"), "{shown}");
    assert!(
        shown.contains("\n-    baseUrii: https://api.shop.test\n") && shown.contains("call: shop.get-order\n"),
        "{shown}"
    );
    assert!(said.ends_with("3 findings would be fixed in 1 file\n"), "{said}");
    assert_eq!(fs::read_to_string(folder.path().join("shop.yaml")).unwrap(), wrong);

    let (code, shown, said) = check(folder.path(), &["--fix", "--format", "line", "."]);
    assert_eq!((code, shown.as_str()), (0, ""), "{said}");
    assert!(said.contains("fixed: ./shop.yaml:20:") && said.contains("[call-norm]"), "{said}");
    assert!(said.ends_with("3 findings fixed in 1 file\n"), "{said}");
    assert_eq!(fs::read_to_string(folder.path().join("shop.yaml")).unwrap(), RIGHT);

    let (code, _, said) = check(folder.path(), &["--fix", "--format", "line", "."]);
    assert_eq!((code, said.as_str()), (0, "0 findings fixed in 0 files\n"));
}

#[test]
fn what_is_not_sure_waits_to_be_asked_for_and_what_has_no_fix_is_reported() {
    let wrong = RIGHT
        .replace("description: Orders.}", "description: 'Orders.}")
        .replace("namespace: api\n", "namespace: api\n    nonsense: 1\n");
    let folder = shop(&wrong);
    let (code, _, said) = check(folder.path(), &["--fix", "."]);
    assert_eq!(code, 1);
    assert!(said.ends_with("0 findings fixed in 0 files\n"), "a value that may go on is not closed: {said}");

    let wrong = RIGHT
        .replace("https://api.shop.test", "'https://api.shop.test")
        .replace("namespace: api\n", "namespace: api\n    nonsense: 1\n");
    let folder = shop(&wrong);
    let (_, _, said) = check(folder.path(), &["--fix", "."]);
    assert!(said.ends_with("0 findings fixed in 0 files; 1 more with --unsafe-fixes\n"), "{said}");
    let (code, shown, said) = check(folder.path(), &["--fix", "--unsafe-fixes", "--format", "line", "."]);
    assert_eq!(code, 0, "{said}");
    assert!(shown.contains("warning[unknown-key]: unknown key `nonsense`"), "{shown}");
    assert!(
        fs::read_to_string(folder.path().join("shop.yaml")).unwrap().contains("baseUri: 'https://api.shop.test'\n")
    );
    let (code, ..) = check(folder.path(), &["--unsafe-fixes", "."]);
    assert_eq!(code, 2, "it says something of --fix alone");
}

#[test]
fn a_repair_is_offered_to_machines() {
    let folder = shop(&RIGHT.replace("method: GET}]", "methd: GET}]"));
    let (_, shown, _) = check(folder.path(), &["--format", "json", "."]);
    let found: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let fix = found.as_array().unwrap().iter().find_map(|one| one.get("fix")).unwrap();
    assert_eq!(fix["safe"], true);
    assert_eq!((&fix["edits"][0]["replacement"], &fix["edits"][0]["line"]), (&"method".into(), &9.into()));
    let (_, shown, _) = check(folder.path(), &["--format", "sarif", "."]);
    let log: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let fixes: Vec<_> =
        log["runs"][0]["results"].as_array().unwrap().iter().filter_map(|one| one.get("fixes")).collect();
    assert_eq!(fixes[0][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"], "method");
}

/// Of the mistakes whose diagnostic carries a fix, in thousandths: how many are as they were once it is applied, by class. They only
/// ever rise.
const FLOORS: [(&str, usize, bool); 2] = [("safe", 900, false), ("any", 850, true)];

#[test]
fn a_mistake_that_is_fixed_is_as_it_was() {
    let root = capstan_tests::root();
    let mut subjects = Subject::below(&root.join("capabilities"));
    subjects.extend(Subject::below(&root.join("tests/specs")).into_iter().step_by(4));
    let mut wrong = Vec::new();
    let mut figures: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut classes: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for subject in &subjects {
        if usual(subject, false).is_none() {
            continue;
        }
        let plan = |text: &str| {
            let compiled = compile(&subject.with(text), Path::new(&subject.path), &Options::default());
            without_places(&format!("{:?}", compiled.plan))
        };
        let before = plan(&subject.text);
        let bytes = subject.text.clone().into_bytes();
        let (_, document) = document::load(&mut SourceSet::new(), &subject.name, bytes, &mut Sink::new());
        for mutant in mutants(&subject.text, &document.unwrap()).into_iter().step_by(23) {
            for (name, _, also_unsafe) in FLOORS {
                let files = subject.with(&mutant.text);
                let after = repair(&files, Path::new(&subject.path), &mutant.text, &Options::default(), also_unsafe);
                let again = repair(&files, Path::new(&subject.path), &after.text, &Options::default(), also_unsafe);
                assert_eq!(again.text, after.text, "{}: {} is repaired twice", subject.name, mutant.what);
                if after.done.is_empty() {
                    continue;
                }
                let same = plan(&after.text) == before;
                for tally in [figures.entry(name).or_default(), classes.entry(mutant.class.name()).or_default()] {
                    tally.0 += usize::from(same);
                    tally.1 += 1;
                }
                if !same {
                    wrong.push(format!("{name} {}: {} | {}", subject.name, mutant.what, after.done.join(" | ")));
                }
            }
        }
    }
    for (name, least, _) in FLOORS {
        let (same, all) = figures[name];
        assert!(all > 50, "only {all} mistakes have a {name} fix");
        assert!(
            same * 1000 >= all * least,
            "{name}: {same} of {all} are as they were; {classes:?}\n{}",
            wrong.iter().take(40).cloned().collect::<Vec<_>>().join("\n")
        );
    }
    println!("{figures:?} {classes:?}\n{}", wrong.join("\n"));
}
