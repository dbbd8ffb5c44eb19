//! Callers who hold the room for large bodies: by sending slowly, or by sending what takes much more room once it is read.

use std::{
    io::Write as _,
    thread,
    time::{Duration, Instant},
};

use capstan_tests::{
    client::Request,
    upstream::{Manner, Reply},
};

use super::site::{Site, head, sent, until};

/// More than all the room there is for large bodies.
const CALLERS: usize = 24;
const LENGTH: usize = 10_000_000;

#[test]
fn callers_who_hold_the_room_for_large_bodies_give_way_to_those_who_send() {
    // Nothing but the need of others ends them.
    let site = Site::new(&["--stall-timeout", "120s", "--min-rate", "1"]);
    let opening = [head("POST", "/orders", LENGTH).into_bytes(), vec![b' '; LENGTH - 200_000]].concat();
    let mut holding: Vec<_> = (0..CALLERS)
        .map(|_| {
            let mut stream = sent(site.rest(), &opening[..200]);
            stream.set_write_timeout(Some(Duration::from_secs(30))).expect("a socket");
            // One that finds no room is told so before it sent all.
            let _ = stream.write_all(&opening[200..]);
            stream
        })
        .collect();
    let body = format!(r#"{{"note": "{}"}}"#, "n".repeat(9_000_000));
    // Room is given back by those who are slow, once they have been slow for a while.
    let end = Instant::now() + Duration::from_secs(60);
    let served = loop {
        let status = Request::new("POST", "/orders").json(body.clone()).send(site.rest()).map_or(0, |a| a.status());
        if status == 200 {
            break true;
        }
        if Instant::now() > end {
            break false;
        }
        thread::sleep(Duration::from_millis(200));
    };
    assert!(served, "no large body finds room");
    let turned_away = holding.iter_mut().filter(|stream| {
        stream.set_read_timeout(Some(Duration::from_millis(200))).expect("a socket");
        let mut first = [0; 12];
        stream.peek(&mut first).is_ok() && first.ends_with(b" 503")
    });
    assert!(turned_away.count() > 4, "they are told");
    drop(holding);
    assert_eq!(site.list().status(), 200);
}

#[test]
fn values_made_of_bodies_take_room_too() {
    let site = Site::new(&["--timeout", "120s"]);
    site.upstream.answer_at("POST", "/orders", Reply::default().sent(Manner::Hang));
    // 1.2 million values: 2.4 MB as they are sent, 38 MB as they are held.
    let body = format!(r#"{{"note": [{}0]}}"#, "0,".repeat(1_200_000));
    let request = [head("POST", "/orders", body.len()).into_bytes(), body.into_bytes()].concat();
    let buffered = || {
        let metrics = Request::new("GET", "/metrics").send(site.control()).expect("it answers").text();
        let line = metrics.lines().find_map(|line| line.strip_prefix("capstan_buffered_bytes ")).map(str::to_owned);
        line.and_then(|bytes| bytes.parse::<f64>().ok()).expect("it is counted")
    };
    let mut waiting = Vec::new();
    let refused = until("there is no room for one more", || {
        let stream = sent(site.rest(), &request);
        let before = buffered();
        until("it is held or refused", || {
            stream.set_read_timeout(Some(Duration::from_millis(50))).expect("a socket");
            let mut first = [0; 12];
            match stream.peek(&mut first) {
                Ok(12) => Some(()),
                _ => (buffered() > before + 30e6 || buffered() > 180e6).then_some(()),
            }
        });
        let mut first = [0; 12];
        let answered = stream.peek(&mut first).is_ok();
        waiting.push(stream);
        answered.then_some(first)
    });
    assert!(refused.ends_with(b" 503"), "{}", String::from_utf8_lossy(&refused));
    // As they are sent there would be room for 80.
    assert!((3..40).contains(&waiting.len()), "{} wait", waiting.len());
    // Small ones have room of their own.
    assert_eq!(site.list().status(), 200);
    drop(waiting);
    until("the room is given back", || (buffered() < 1e6).then_some(()));
}
