//! The JSONPath compliance suite (RFC 9535) against our selectors. A case passes, or `deviations.txt` lists it with the reason;
//! a listed case that passes must leave the list.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop at once"
)]

use capstan_plan::{
    Selector,
    budget::{Budget, Effort},
};
use serde_json::Value;
use std::{collections::BTreeMap, fs};

fn read(name: &str) -> String {
    let path = capstan_tests::root().join("tests/data/jsonpath").join(name);
    fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

/// What is wrong with one case, if anything.
fn run(case: &Value) -> Result<(), String> {
    let text = case["selector"].as_str().expect("a case has a selector");
    let invalid = case["invalid_selector"] == true;
    let selector = match (Selector::parse(text), invalid) {
        (Err(_), true) => return Ok(()),
        (Ok(_), true) => return Err("accepted".to_owned()),
        (Err(why), false) => return Err(format!("refused: {why}")),
        (Ok(selector), false) => selector,
    };
    let found = selector
        .select(&case["document"], &Budget::new(Effort::Whole))
        .expect("it is small")
        .map(|found| found.into_owned());
    // A singular path gives its value, or nothing; every other path a list.
    let nodes = match (selector.steps(), found) {
        (_, None) => Vec::new(),
        (None, Some(Value::Array(nodes))) => nodes,
        (_, Some(value)) => vec![value],
    };
    let expected: Vec<&Value> = match case.get("results") {
        Some(results) => results.as_array().into_iter().flatten().collect(),
        None => vec![&case["result"]],
    };
    if expected.iter().any(|result| result.as_array() == Some(&nodes)) {
        return Ok(());
    }
    Err(format!("selects {}", Value::Array(nodes)))
}

#[test]
fn compliance() {
    let suite: Value = serde_json::from_str(&read("cts.json")).expect("the suite is JSON");
    let list = read("deviations.txt");
    let mut listed: BTreeMap<&str, &str> = BTreeMap::new();
    let mut reason = "";
    for line in list.lines() {
        match line.strip_prefix("# ") {
            Some(text) => reason = text,
            None if line.is_empty() => reason = "",
            None => drop(listed.insert(line, reason)),
        }
    }
    let mut wrong = Vec::new();
    let mut passed = 0;
    for case in suite["tests"].as_array().expect("the suite has tests") {
        let name = case["name"].as_str().expect("a case has a name");
        match (run(case), listed.remove(name)) {
            (Ok(()), None) => passed += 1,
            (Ok(()), Some(_)) => wrong.push(format!("{name}: it passes, take it out of deviations.txt")),
            (Err(_), Some("")) => wrong.push(format!("{name}: deviations.txt gives no reason")),
            (Err(_), Some(_)) => {}
            (Err(why), None) => wrong.push(format!("{name}: {} {why}", case["selector"])),
        }
    }
    wrong.extend(listed.keys().map(|name| format!("{name}: no such case")));
    assert!(wrong.is_empty(), "{passed} pass, {} do not:\n{}", wrong.len(), wrong.join("\n"));
}
