//! Tests of `routes`.

use http::Method;

use super::*;
use crate::{capability::instance::Capability, fixture::capability};

fn exposed(capability: &Arc<Capability>) -> Exposed {
    Exposed { capability: capability.clone(), index: 0 }
}

fn names(routes: &Routes, method: Method, path: &str) -> Vec<String> {
    match routes.find(&method, path, None) {
        RouteMatch::Found(found) => {
            let targets = found.entries.iter().map(|entry| routes.target(&entry.value).unwrap());
            targets.map(|target| format!("{}.{}", target.exposed.capability.id, target.route.unit.name)).collect()
        }
        RouteMatch::Method(_) | RouteMatch::Nothing => Vec::new(),
    }
}

#[test]
fn documents_share_a_port_and_the_first_keeps_what_both_want() {
    let a = capability("a", &[("r", 1, &["GET /x/{id} one", "POST /y two"])]);
    let b = capability("b", &[("r", 1, &["GET /x/{other} three", "GET /y four", "* /x/{any} five"])]);
    let mut routes = Routes::default();
    assert!(routes.add(&exposed(&a)).is_empty());
    let findings = routes.add(&exposed(&b));
    assert_eq!(
        findings.iter().map(|f| (f.code, f.unit.as_deref())).collect::<Vec<_>>(),
        [("route-conflict", Some("three")), ("route-conflict", Some("five")),]
    );
    assert_eq!(names(&routes, Method::GET, "/x/1"), ["a.one"]);
    assert_eq!(names(&routes, Method::POST, "/y"), ["a.two"]);
    assert_eq!(names(&routes, Method::GET, "/y"), ["b.four"]);
}

#[test]
fn duplicates_answer_at_their_names_too() {
    let a = capability("a", &[("r", 1, &["GET /x one", "GET /x two", "GET /z/{id} three", "GET /z/{key} four"])]);
    let mut routes = Routes::default();
    routes.add(&exposed(&a));
    assert_eq!(names(&routes, Method::GET, "/x"), ["a.one", "a.two"]);
    assert_eq!(names(&routes, Method::GET, "/x:two"), ["a.two"]);
    assert_eq!(names(&routes, Method::GET, "/z/7:four"), ["a.four"]);
    assert_eq!(names(&routes, Method::GET, "/z/7"), ["a.three", "a.four"]);
}
