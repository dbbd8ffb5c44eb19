//! Answers that come while the caller still writes: they arrive, whatever the caller goes on to send.

use std::io::Write as _;

use capstan_tests::client::Request;

use super::site::{Site, head, rest_of, sent};

#[test]
fn an_early_answer_arrives_though_the_caller_goes_on_to_write() {
    let site = Site::new(&[]);
    let body = vec![b' '; 24 << 20];
    for (address, path, status) in [
        (site.rest(), "/orders", 413),
        (site.rest(), "/pass/orders", 413),
        (site.rest(), "/nowhere", 404),
        (site.mcp(), "/mcp", 413),
    ] {
        for _ in 0..4 {
            let answer = Request::new("POST", path).json(body.clone()).send(address).expect("the answer arrives");
            assert_eq!(answer.status(), status, "{path}");
            assert!(answer.complete, "{path}");
        }
        // Without a length it is too long only when so much has come.
        let mut stream =
            sent(address, head("POST", path, 1).replace("Content-Length: 1", "Transfer-Encoding: chunked"));
        for piece in body.chunks(1 << 20) {
            let chunk = [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
            if stream.write_all(&chunk).is_err() {
                break;
            }
        }
        let answer = rest_of(&mut stream);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {answer}");
    }
    let large = format!("GET /orders?{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "a".repeat(4 << 20));
    let mut stream = sent(site.rest(), "");
    let _ = stream.write_all(large.as_bytes());
    assert!(rest_of(&mut stream).starts_with("HTTP/1.1 4"), "a head that is too large is refused");
}

#[test]
fn a_connection_goes_on_after_a_refusal_that_left_nothing_unread() {
    let site = Site::new(&[]);
    let mut stream = sent(
        site.rest(),
        head("POST", "/nowhere", 2) + "{}" + "GET /orders HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    );
    let answers = rest_of(&mut stream);
    assert_eq!(answers.matches("HTTP/1.1 ").count(), 2, "{answers}");
    assert!(answers.contains("HTTP/1.1 404 ") && answers.contains("HTTP/1.1 200 "), "{answers}");
}
