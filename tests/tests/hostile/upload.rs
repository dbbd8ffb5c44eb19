//! What is passed on as it comes: the caller's time is not the upstream's, and it has a size.

use std::{io::Write as _, thread, time::Duration};

use capstan_tests::upstream::{Manner, Reply};

use super::site::{Site, head, rest_of, sent};

#[test]
fn a_long_upload_is_not_a_late_answer() {
    let site = Site::new(&["--timeout", "1s"]);
    let mut stream = sent(site.rest(), head("POST", "/pass/orders", 40));
    for _ in 0..40 {
        stream.write_all(b"x").unwrap();
        thread::sleep(Duration::from_millis(60));
    }
    stream.shutdown(std::net::Shutdown::Write).ok();
    let answer = rest_of(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let seen = site.upstream.take();
    assert_eq!((seen.len(), seen[0].body.len()), (1, 40));
}

#[test]
fn an_upstream_that_has_all_and_says_nothing_is_late() {
    let site = Site::new(&["--timeout", "500ms"]);
    site.upstream.answer(Reply::default().sent(Manner::Hang));
    for body in ["", "x"] {
        let request =
            head("POST", "/pass/orders", body.len()).replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n") + body;
        let answer = rest_of(&mut sent(site.rest(), request));
        assert!(answer.starts_with("HTTP/1.1 504 "), "{answer}");
    }
}

#[test]
fn what_is_passed_on_has_a_limit() {
    let site = Site::new(&[]);
    let mut stream = sent(site.rest(), head("POST", "/pass/orders", 20 << 20));
    assert!(rest_of(&mut stream).starts_with("HTTP/1.1 413 "), "it says itself that it is too long");
    let mut stream =
        sent(site.rest(), head("POST", "/pass/orders", 1).replace("Content-Length: 1", "Transfer-Encoding: chunked"));
    let chunk = [b"100000\r\n".as_slice(), &vec![b' '; 1 << 20], b"\r\n"].concat();
    for _ in 0..20 {
        if stream.write_all(&chunk).is_err() {
            break;
        }
    }
    let answer = rest_of(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    let seen = site.upstream.take();
    assert!(seen.iter().all(|seen| seen.body.len() <= 10 << 20), "no more than the limit reached the upstream");
}
