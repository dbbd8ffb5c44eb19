//! Whom a request is for, and what a browser says of where it comes from.

use super::site::{Site, rest_of, sent};

#[test]
fn a_request_names_one_host_and_names_it_right() {
    let site = Site::new(&[]);
    for (headers, status) in [
        ("Host: localhost\r\n", 200),
        ("Host: 127.0.0.1:1\r\n", 200),
        ("Host: [::1]\r\n", 200),
        ("Host: localhost:abc\r\n", 400),
        ("Host: 127.0.0.1:99999\r\n", 400),
        ("Host: user@localhost\r\n", 400),
        ("Host: localhost\r\nHost: localhost\r\n", 400),
        ("Host: localhost\r\nHost: evil.example\r\n", 400),
        ("Host: \r\n", 400),
        ("Host: localhost/../x\r\n", 400),
        ("", 400),
        ("Host: evil.example\r\n", 403),
        ("Host: localhost\r\nSec-Fetch-Site: cross-site\r\n", 403),
        ("Host: localhost\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n", 403),
        ("Host: localhost\r\nSec-Fetch-Site: same-site\r\nSec-Fetch-Mode: no-cors\r\n", 403),
        ("Host: localhost\r\nSec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\n", 200),
    ] {
        let request = format!("GET /orders HTTP/1.1\r\n{headers}Connection: close\r\n\r\n");
        let answer = rest_of(&mut sent(site.rest(), request));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{headers:?}: {answer}");
    }
    let target = |line: &str| rest_of(&mut sent(site.rest(), format!("{line}\r\nConnection: close\r\n\r\n")));
    assert!(target("GET http://evil.example/orders HTTP/1.1\r\nHost: localhost").starts_with("HTTP/1.1 400 "));
    assert!(target("GET http://localhost/orders HTTP/1.1\r\nHost: evil.example").starts_with("HTTP/1.1 400 "));
    assert!(target("GET http://localhost/orders HTTP/1.1\r\nHost: localhost").starts_with("HTTP/1.1 200 "));
    assert!(target("GET /orders HTTP/1.0").starts_with("HTTP/1.0 200 "));
    assert_eq!(site.upstream.take().len(), 6, "nothing that was refused went on");
}
