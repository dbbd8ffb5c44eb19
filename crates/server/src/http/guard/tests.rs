//! Tests of `guard`.

use super::*;

fn status(guard: &Guard, loopback: bool, headers: &[(&str, &str)]) -> u16 {
    verdict(guard, loopback, Request::builder().uri("/"), headers)
}

fn verdict(guard: &Guard, loopback: bool, mut request: http::request::Builder, headers: &[(&str, &str)]) -> u16 {
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    match guard.check(&request.body(()).unwrap(), loopback) {
        Verdict::Pass => 200,
        Verdict::Cors(_) => 201,
        Verdict::Answer(response) => response.status().as_u16(),
    }
}

#[test]
fn hosts_and_origins() {
    let strict = Guard::default();
    let wide = Guard { hosts: vec!["box.lan".into()], origins: vec!["https://app.example".into()] };
    for (guard, loopback, headers, expected) in [
        (&strict, true, vec![("host", "localhost:8080")], 200),
        (&strict, true, vec![("host", "127.0.0.1")], 200),
        (&strict, true, vec![("host", "[::1]:9")], 200),
        (&strict, true, vec![("host", "evil.example")], 403),
        (&strict, true, vec![("host", "127.0.0.1.evil.example")], 403),
        (&strict, true, vec![], 400),
        (&strict, false, vec![("host", "evil.example")], 200),
        (&wide, true, vec![("host", "box.lan:80")], 200),
        (&strict, true, vec![("host", "localhost:1"), ("origin", "http://localhost:1")], 200),
        (&strict, true, vec![("host", "localhost:1"), ("origin", "http://localhost:2")], 403),
        (&strict, true, vec![("host", "localhost:1"), ("origin", "null")], 403),
        (&strict, false, vec![("host", "api.example"), ("origin", "https://api.example")], 200),
        (&strict, false, vec![("host", "api.example"), ("origin", "https://evil.example")], 403),
        (&wide, false, vec![("host", "api.example"), ("origin", "https://app.example")], 201),
    ] {
        assert_eq!(status(guard, loopback, &headers), expected, "{headers:?}");
    }
}

#[test]
fn a_request_names_one_host_and_nothing_else() {
    let guard = Guard { hosts: vec!["*".into()], ..Guard::default() };
    for host in [
        "localhost:abc",
        "127.0.0.1:99999",
        "user@localhost",
        "user:pass@localhost:80",
        "localhost:-1",
        "localhost:80:80",
        "localhost/x",
        "localhost?",
        "local host",
        ":80",
        "",
        "[::1",
        "[::1]x",
        "::1",
    ] {
        for loopback in [true, false] {
            assert_eq!(status(&guard, loopback, &[("host", host)]), 400, "{host}");
        }
    }
    for host in ["localhost:", "localhost:0", "LOCALHOST:65535", "[::1]", "[::1]:1", "a.b-c_d:1"] {
        assert_eq!(status(&guard, true, &[("host", host)]), 200, "{host}");
    }
    assert_eq!(status(&guard, true, &[("host", "localhost"), ("host", "localhost")]), 400);
    assert_eq!(status(&guard, false, &[]), 400);
    let old = || Request::builder().uri("/").version(Version::HTTP_10);
    assert_eq!(verdict(&guard, true, old(), &[]), 200);
    assert_eq!(verdict(&guard, true, old(), &[("host", "a@b")]), 400);
}

#[test]
fn the_target_names_the_host_where_it_names_one() {
    let guard = Guard::default();
    for (target, host, expected) in [
        ("http://localhost/", Some("localhost"), 200),
        ("http://localhost/", None, 200),
        ("http://evil.example/", None, 403),
        ("http://evil.example/", Some("localhost"), 400),
        ("http://localhost/", Some("evil.example"), 400),
        ("http://user@localhost/", None, 400),
    ] {
        for version in [Version::HTTP_11, Version::HTTP_2] {
            let host: Vec<_> = host.map(|host| ("host", host)).into_iter().collect();
            let request = Request::builder().uri(target).version(version);
            assert_eq!(verdict(&guard, true, request, &host), expected, "{target} {host:?}");
        }
    }
}

#[test]
fn what_a_page_starts_without_an_origin_is_known_all_the_same() {
    let (strict, wide) = (Guard::default(), Guard { origins: vec!["https://app.example".into()], ..Guard::default() });
    let own = ("host", "localhost:1");
    for (guard, headers, expected) in [
        (&strict, vec![("sec-fetch-site", "cross-site")], 403),
        (
            &strict,
            vec![("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-user", "?1")],
            403,
        ),
        (&strict, vec![("sec-fetch-site", "none"), ("sec-fetch-site", "cross-site")], 403),
        (&strict, vec![("sec-fetch-site", "same-site"), ("sec-fetch-mode", "no-cors")], 403),
        (&strict, vec![("sec-fetch-site", "same-site"), ("sec-fetch-mode", "navigate")], 200),
        (&strict, vec![("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "no-cors")], 200),
        (&strict, vec![("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate")], 200),
        (&strict, vec![("sec-fetch-site", "cross-site"), ("referer", "https://app.example/")], 403),
        (&wide, vec![("sec-fetch-site", "cross-site"), ("referer", "https://app.example/page?x")], 200),
        (&wide, vec![("sec-fetch-site", "cross-site"), ("referer", "https://evil.example/https://app.example")], 403),
        (&wide, vec![("sec-fetch-site", "cross-site"), ("origin", "https://app.example")], 201),
        (&wide, vec![("sec-fetch-site", "cross-site")], 403),
    ] {
        let headers: Vec<_> = headers.into_iter().chain([own]).collect();
        assert_eq!(status(guard, true, &headers), expected, "{headers:?}");
    }
    let all = Guard { origins: vec!["*".into()], ..Guard::default() };
    assert_eq!(status(&all, true, &[("sec-fetch-site", "cross-site"), own]), 200);
}
