//! Tests of `router`.

use capstan_plan::Pattern;

use super::*;

fn router(routes: &[(&str, &str)]) -> Router<usize> {
    let mut router = Router::default();
    for (index, (method, path)) in routes.iter().enumerate() {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let query = url::form_urlencoded::parse(query.as_bytes()).map(|(k, v)| (k.into(), v.into())).collect();
        let method = (*method != "*").then(|| method.parse().unwrap());
        router.insert(&Pattern::parse(path, Some("rest")).unwrap(), Entry { method, query, value: index });
    }
    router
}

fn find(router: &Router<usize>, method: &str, target: &str) -> (Vec<usize>, Vec<String>, Vec<Method>) {
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    match router.find(&method.parse().unwrap(), path, query) {
        RouteMatch::Found(found) => (found.entries.iter().map(|e| e.value).collect(), found.captures, vec![]),
        RouteMatch::Method(allow) => (vec![], vec![], allow),
        RouteMatch::Nothing => (vec![], vec![], vec![]),
    }
}

#[test]
fn the_most_literal_route_answers() {
    let router = router(&[
        ("GET", "/a/{x}"),
        ("GET", "/a/b"),
        ("GET", "/a/{x}.json"),
        ("POST", "/a/{x}/c"),
        ("*", "/p/{rest}"),
        ("GET", "/geo:{lat};{lng}/"),
        ("GET", "/"),
        ("GET", "/f#g"),
        ("GET", "/p/q"),
        ("POST", "/a/b"),
        ("PUT", "/a/{x}"),
    ]);
    for (method, target, values, captures) in [
        ("GET", "/a/b", vec![1], vec![]),
        ("GET", "/a/%62", vec![1], vec![]),
        ("GET", "/a/x.json", vec![2], vec!["x"]),
        ("GET", "/a/x.json.json", vec![2], vec!["x.json"]),
        ("GET", "/a/.json", vec![0], vec![".json"]),
        ("GET", "/a/c%2Fd%20e", vec![0], vec!["c/d e"]),
        ("POST", "/a/1/c", vec![3], vec!["1"]),
        ("DELETE", "/p/x/y%20z", vec![4], vec!["x/y%20z"]),
        ("DELETE", "/p/q", vec![4], vec!["q"]),
        ("GET", "/p/q", vec![8], vec![]),
        ("GET", "/geo:1;2/", vec![5], vec!["1", "2"]),
        ("GET", "/", vec![6], vec![]),
        ("HEAD", "/", vec![6], vec![]),
        ("GET", "/f%23g", vec![7], vec![]),
        ("PUT", "/a/b", vec![10], vec!["b"]),
        ("GET", "/a/", vec![], vec![]),
        ("GET", "/a", vec![], vec![]),
    ] {
        let (v, c, _) = find(&router, method, target);
        assert_eq!((v, c), (values, captures.into_iter().map(str::to_owned).collect()), "{method} {target}");
    }
}

#[test]
fn a_wrong_method_names_the_right_ones() {
    let router = router(&[("GET", "/a/{x}"), ("POST", "/a/b"), ("GET", "/a/b")]);
    assert_eq!(find(&router, "DELETE", "/a/b").2, [Method::GET, Method::HEAD, Method::POST]);
    assert!(find(&router, "DELETE", "/z").2.is_empty());
}

#[test]
fn query_matches_and_duplicates() {
    let router =
        router(&[("GET", "/a"), ("GET", "/a?k=1"), ("GET", "/a?k=1&l=2"), ("GET", "/d/{x}"), ("GET", "/d/{y}")]);
    assert_eq!(find(&router, "GET", "/a").0, [0]);
    assert_eq!(find(&router, "GET", "/a?k=2").0, [0]);
    assert_eq!(find(&router, "GET", "/a?z=0&k=1").0, [1]);
    assert_eq!(find(&router, "GET", "/a?l=2&k=1").0, [2]);
    assert_eq!(find(&router, "GET", "/d/7").0, [3, 4]);
}
