//! How a process ends: readiness first, then nothing is accepted, the control plane last; a second signal means it.

use std::{io::Write as _, net::TcpStream, thread, time::Duration};

use capstan_tests::{
    client::Request,
    upstream::{Manner, Reply},
};

use super::site::{Site, head, sent, until};

#[test]
fn readiness_says_no_while_callers_are_still_served() {
    let mut site = Site::new(&["--drain-delay", "20m"]);
    let ready = |site: &Site| Request::new("GET", "/health/ready").send(site.control()).expect("it answers");
    assert_eq!(ready(&site).status(), 200);
    site.signal("-TERM");
    let answer = until("readiness says no", || Some(ready(&site)).filter(|answer| answer.status() == 503));
    assert!(answer.text().contains("ENDING"), "{}", answer.text());
    assert_eq!(Request::new("GET", "/health/live").send(site.control()).unwrap().status(), 200);
    for _ in 0..3 {
        assert_eq!(site.list().status(), 200, "new connections are served");
    }
    site.signal("-TERM");
    assert_eq!(site.exit(), 143);
}

#[test]
fn what_runs_is_finished_and_the_control_plane_watches() {
    let mut site = Site::new(&[]);
    site.upstream.answer(Reply::default().sent(Manner::Drip(Duration::from_millis(250))));
    let call = thread::spawn({
        let to = site.rest();
        move || Request::new("GET", "/orders").send(to)
    });
    until("the call runs", || (site.connections(site.rest()) == 1).then_some(()));
    site.signal("-TERM");
    until("nothing is accepted", || TcpStream::connect(site.rest()).is_err().then_some(()));
    assert_eq!(Request::new("GET", "/health/ready").send(site.control()).expect("it answers").status(), 503);
    let answer = call.join().unwrap().expect("it is answered");
    assert!(answer.status() == 200 && answer.complete);
    assert_eq!(site.exit(), 0);
}

#[test]
fn a_second_signal_ends_at_once() {
    for (name, code) in [("-TERM", 143), ("-INT", 130)] {
        let mut site = Site::new(&["--drain-timeout", "20m"]);
        site.upstream.answer(Reply::default().sent(Manner::Hang));
        let stream = sent(site.rest(), "GET /orders HTTP/1.1\r\nHost: localhost\r\n\r\n");
        until("the call runs", || (site.connections(site.rest()) == 1).then_some(()));
        site.signal("-TERM");
        until("it drains", || site.capstan.log().contains("draining").then_some(()));
        assert!(site.capstan.ended().is_none(), "the call is waited for");
        site.signal(name);
        assert_eq!(site.exit(), code);
        drop(stream);
    }
}

#[test]
fn callers_who_stall_do_not_stretch_the_end() {
    let mut site = Site::new(&[
        "--drain-timeout",
        "20m",
        "--stall-timeout",
        "20m",
        "--header-timeout",
        "20m",
        "--idle-timeout",
        "20m",
    ]);
    let mut stalled: Vec<TcpStream> = Vec::new();
    for address in [site.rest(), site.mcp()] {
        stalled.push(sent(address, head("POST", "/orders", 1000) + "{"));
        stalled.push(sent(address, "GET /orders HT"));
        stalled.push(sent(address, "PRI * HTTP/2.0\r\n\r\nSM"));
        stalled.push(sent(address, "GET /orders HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        stalled.push(sent(address, ""));
    }
    until("all are there", || (site.connections(site.rest()) == 5 && site.connections(site.mcp()) == 5).then_some(()));
    site.signal("-TERM");
    assert_eq!(site.exit(), 0);
}

#[test]
fn a_drain_is_never_longer_than_its_limit() {
    let mut site = Site::new(&["--drain-timeout", "1s"]);
    site.upstream.answer(Reply::default().sent(Manner::Hang));
    let mut stream = sent(site.rest(), "GET /orders HTTP/1.1\r\nHost: localhost\r\n\r\n");
    until("the call runs", || (site.connections(site.rest()) == 1).then_some(()));
    site.signal("-INT");
    assert_eq!(site.exit(), 0);
    assert!(site.capstan.log().contains("connections are cut"), "{}", site.capstan.log());
    let _ = stream.write_all(b"x");
}
