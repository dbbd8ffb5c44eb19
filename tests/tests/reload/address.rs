//! A listener whose address alone changes moves while it is called: the new one is bound before the old one ends.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use capstan_tests::{client::Request, upstream::Upstream};
use tempfile::TempDir;

use crate::site::{Site, document, free_port, until};

#[test]
fn the_same_port_at_another_address_takes_effect_under_load() {
    let (dir, upstream) = (TempDir::new().unwrap(), Upstream::start());
    let port = free_port();
    let of = |version: &str, address: &str| {
        let text = document(&upstream, "a", version, &[]);
        text.replace("    port: 8080\n", &format!("    port: {port}\n    address: {address}\n"))
    };
    let versions: Vec<String> =
        (0..8).map(|n| of(&format!("v{n}"), if n % 2 == 0 { "127.0.0.1" } else { "0.0.0.0" })).collect();
    fs::write(dir.path().join("a.yaml"), &versions[0]).unwrap();
    let site = Site::serve(dir, upstream, &["a.yaml", "--no-watch"]);
    let ask = move |host: [u8; 4]| Request::new("GET", "/get").with("Host", "127.0.0.1").send((host, port).into());
    let stop = Arc::new(AtomicBool::new(false));
    let callers: Vec<_> = (0..2)
        .map(|_| {
            let stop = stop.clone();
            std::thread::spawn(move || {
                let (mut answered, mut wrong) = (0_u32, Vec::new());
                while !stop.load(Ordering::Relaxed) {
                    match ask([127, 0, 0, 1]) {
                        Ok(answer) if answer.status() == 200 => answered += 1,
                        other => wrong.push(format!("{other:?}")),
                    }
                }
                (answered, wrong)
            })
        })
        .collect();
    for (n, text) in versions.iter().enumerate().skip(1) {
        fs::write(site.path("a.yaml"), text).unwrap();
        let (status, outcome) = site.control("POST", "/config/reload");
        assert_eq!((status, &outcome["status"]), (200, &"applied".into()), "{outcome}");
        let open = n % 2 == 1;
        let address = SocketAddr::new(if open { Ipv4Addr::UNSPECIFIED } else { Ipv4Addr::LOCALHOST }.into(), port);
        let at = |site: &Site| {
            site.status()["listeners"].to_string().contains(&format!("\"{address}\",\"declared\":{port}"))
        };
        assert!(at(&site), "{}", site.status()["listeners"]);
        until("the other address is answered, or not any more", || (ask([127, 0, 0, 2]).is_ok() == open).then_some(()));
        until("this version answers", || ask([127, 0, 0, 1]).unwrap().text().contains(&format!("v{n}")).then_some(()));
        // The port is not to be had by anyone else meanwhile.
        assert!(TcpListener::bind(("127.0.0.1", port)).is_err());
    }
    stop.store(true, Ordering::Relaxed);
    let (answered, wrong): (Vec<u32>, Vec<Vec<String>>) =
        callers.into_iter().map(|caller| caller.join().unwrap()).unzip();
    let (answered, wrong) = (answered.iter().sum::<u32>(), wrong.concat());
    assert!(answered > 20 && wrong.is_empty(), "{answered} {wrong:#?}");
}
