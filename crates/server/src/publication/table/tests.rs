//! Tests of `table`.

use http::Method;

use super::*;
use crate::{fixture::capability, routing::router::Lookup};

fn names(port: &Port, method: Method, path: &str) -> Vec<String> {
    match port.find(&method, path, None) {
        Lookup::Found(found) => {
            let targets = found.entries.iter().map(|entry| port.target(&entry.value).unwrap());
            targets.map(|target| format!("{}.{}", target.capability.id, target.route.unit.name)).collect()
        }
        Lookup::Method(_) | Lookup::Nothing => Vec::new(),
    }
}

#[test]
fn documents_share_a_port_and_the_first_keeps_what_both_want() {
    let a = capability("a", &[("r", 1, &["GET /x/{id} one", "POST /y two"])]);
    let b = capability("b", &[("r", 1, &["GET /x/{other} three", "GET /y four", "* /x/{any} five"])]);
    let mut port = Port::default();
    assert!(port.add_rest(&a, 0).is_empty());
    let findings = port.add_rest(&b, 0);
    assert_eq!(
        findings.iter().map(|f| (f.code, f.unit.as_deref())).collect::<Vec<_>>(),
        [("route-conflict", Some("three")), ("route-conflict", Some("five")),]
    );
    assert_eq!(names(&port, Method::GET, "/x/1"), ["a.one"]);
    assert_eq!(names(&port, Method::POST, "/y"), ["a.two"]);
    assert_eq!(names(&port, Method::GET, "/y"), ["b.four"]);
}

#[test]
fn duplicates_answer_at_their_names_too() {
    let a = capability("a", &[("r", 1, &["GET /x one", "GET /x two", "GET /z/{id} three", "GET /z/{key} four"])]);
    let mut port = Port::default();
    port.add_rest(&a, 0);
    assert_eq!(names(&port, Method::GET, "/x"), ["a.one", "a.two"]);
    assert_eq!(names(&port, Method::GET, "/x:two"), ["a.two"]);
    assert_eq!(names(&port, Method::GET, "/z/7:four"), ["a.four"]);
    assert_eq!(names(&port, Method::GET, "/z/7"), ["a.three", "a.four"]);
}
