//! A machine that has no more of something: a disk that is full, a process without file descriptors.

use std::{
    fs::{self, File},
    process::{Command, Stdio},
};

use capstan_tests::{binary, client::Request};

use super::site::{Site, arguments, document, folder, free, sent, until};

/// A file that cannot be written, as on a full disk.
fn full() -> Stdio {
    File::options().write(true).open("/dev/full").expect("Linux has it").into()
}

#[test]
fn a_full_disk_stops_nothing_but_the_log() {
    let folder = folder("http://127.0.0.1:9");
    let control = free();
    let mut child = Command::new(binary::path())
        .arg("serve")
        .args(arguments())
        .args(["--control", &control.to_string()])
        .current_dir(folder.path())
        .env_clear()
        .stdin(Stdio::null())
        .stdout(full())
        .stderr(full())
        .spawn()
        .expect("the binary runs");
    let live = || Request::new("GET", "/health/live").send(control).ok();
    let answer = until("it serves", || {
        assert!(child.try_wait().unwrap().is_none(), "it has ended");
        live()
    });
    assert_eq!(answer.status(), 200);
    // Something to log, loudly.
    fs::write(folder.path().join("capability.yaml"), "capability: [").unwrap();
    assert_eq!(Request::new("POST", "/config/reload").send(control).expect("it answers").status(), 409);
    assert_eq!(live().expect("it goes on").status(), 200);
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    let status = until("it ends", || child.try_wait().unwrap());
    assert_eq!(status.code(), Some(0));
}

#[test]
fn what_cannot_start_says_so_by_its_exit_code_alone() {
    let folder = folder("http://127.0.0.1:9");
    for (arguments, code) in [
        (&["serve", "missing.yaml"][..], 78),
        (&["serve", "capability.yaml", "--log-level", "=="], 78),
        (&["check", "missing.yaml"], 78),
        (&["check", "capability.yaml"], 74),
        (&["check", "--format", "sarif", "capability.yaml"], 74),
        (&["schema"], 74),
        (&["diff", "capability.yaml", "capability.yaml"], 74),
    ] {
        let status = Command::new(binary::path())
            .args(arguments)
            .current_dir(folder.path())
            .env_clear()
            .stdin(Stdio::null())
            .stdout(full())
            .stderr(full())
            .status()
            .expect("the binary runs");
        assert_eq!(status.code(), Some(code), "{arguments:?}");
    }
}

/// Leaves the process so many descriptors; `None` gives back what it had.
fn descriptors(site: &Site, most: &str) {
    let pid = site.capstan.pid().to_string();
    let limited = Command::new("prlimit").args(["--pid", &pid, &format!("--nofile={most}:")]).status();
    assert!(limited.expect("prlimit is there").success());
}

/// How many it has open.
fn open(site: &Site) -> usize {
    fs::read_dir(format!("/proc/{}/fd", site.capstan.pid())).expect("it runs").count()
}

#[test]
fn a_process_without_descriptors_says_so_and_recovers() {
    let site = Site::new(&[]);
    assert_eq!(site.list().status(), 200);
    let most = open(&site).to_string();
    descriptors(&site, &most);
    let idle: Vec<_> = (0..20).map(|_| sent(site.rest(), "")).collect();
    until("it says so", || site.capstan.log().contains("connections cannot be accepted").then_some(()));
    let text = document(&site.upstream.url()).replace(
        "path: /orders\n          operations:\n            - {method: GET",
        "path: /renamed\n          operations:\n            - {method: GET",
    );
    fs::write(site.folder.path().join("capability.yaml"), text).unwrap();
    until("the edit is turned down", || site.capstan.log().contains("capability.yaml").then_some(()));
    drop(idle);
    descriptors(&site, "4096");
    until("it accepts again", || site.capstan.log().contains("connections are accepted again").then_some(()));
    until("the edit is taken without another one", || {
        let answer = Request::new("GET", "/renamed").send(site.rest()).ok()?;
        (answer.status() == 200).then_some(())
    });
}

#[test]
fn callers_who_hold_every_connection_keep_nobody_out() {
    let folder = folder("http://127.0.0.1:9");
    let control = free();
    // Nobody is let go for being slow.
    let command =
        format!("ulimit -n 160; exec \"$0\" serve {} --control {control} --header-timeout 10m", arguments().join(" "));
    let mut child = Command::new("sh")
        .args(["-c", &command])
        .arg(binary::path())
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a shell");
    let status = || {
        let answer = Request::new("GET", "/status").send(control).ok()?;
        serde_json::from_slice::<serde_json::Value>(&answer.body).ok()
    };
    let status = until("it serves", status);
    let listeners = status["listeners"].as_array().unwrap();
    let rest = listeners.iter().find(|listener| listener["declared"] == 9421 || listener["port"] == 9421);
    let rest = rest.and_then(|listener| listener["address"].as_str()).expect("it is listed").parse().unwrap();
    let _idle: Vec<_> = (0..200).map(|_| std::net::TcpStream::connect(rest)).collect();
    for _ in 0..5 {
        let answer = Request::new("GET", "/nowhere").send(rest).expect("there is room");
        assert_eq!(answer.status(), 404);
        assert_eq!(Request::new("GET", "/health/live").send(control).expect("there is room").status(), 200);
    }
    child.kill().unwrap();
    child.wait().unwrap();
}
