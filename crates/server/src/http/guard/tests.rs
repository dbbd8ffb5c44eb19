//! Tests of `guard`.

use super::*;

fn status(guard: &Guard, loopback: bool, headers: &[(&str, &str)]) -> u16 {
    let mut request = Request::builder().uri("/");
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
        (&strict, true, vec![], 403),
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
