//! Requests that share a connection: one whose caller takes nothing is given up, and the others go on.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use capstan_tests::upstream::Reply;

use super::site::{Site, sent};

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const WINDOW: u8 = 8;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A request for a path, by the static table and literals that are not indexed.
fn get(stream: u32, path: &str) -> Vec<u8> {
    let text = |text: &str| [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    let headers = [&[0x82, 0x86, 0x04], &*text(path), &[0x01], &*text("localhost")].concat();
    // The end of the headers and of the stream.
    frame(HEADERS, 0x5, stream, &headers)
}

/// The next frame: kind, stream and payload.
fn next(from: &mut TcpStream) -> (u8, u32, Vec<u8>) {
    let mut head = [0; 9];
    from.read_exact(&mut head).expect("the connection goes on");
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut payload = vec![0; length as usize];
    from.read_exact(&mut payload).expect("the frame is whole");
    (head[3], u32::from_be_bytes([head[5], head[6], head[7], head[8]]), payload)
}

#[test]
fn a_stream_nobody_takes_is_reset_and_the_others_go_on() {
    let site = Site::new(&["--stall-timeout", "500ms"]);
    site.upstream.answer_at("GET", "/large", Reply { body: vec![b' '; 1 << 20], ..Reply::default() });
    // No window for any stream.
    let settings = frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0]);
    let begin = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice(), &settings, &get(1, "/pass/large"), &get(3, "/orders")]
        .concat();
    let mut stream = sent(site.rest(), begin);
    let mut reset = Vec::new();
    while reset.len() < 2 {
        let (kind, of, payload) = next(&mut stream);
        assert!(kind != DATA || payload.is_empty(), "there is no window");
        if kind == RESET {
            reset.push(of);
        }
    }
    reset.sort_unstable();
    assert_eq!(reset, [1, 3]);
    stream.write_all(&[get(5, "/orders"), frame(WINDOW, 0, 5, &[0, 0, 0xff, 0xff])].concat()).unwrap();
    let mut body = Vec::new();
    while body.is_empty() {
        let (kind, of, payload) = next(&mut stream);
        assert!(of == 5 || of == 0, "{kind} of {of}");
        if kind == DATA {
            body.extend(payload);
        }
    }
    assert_eq!(body, b"{\"ok\":true}");
}
