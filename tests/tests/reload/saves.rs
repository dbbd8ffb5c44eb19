//! However a file is saved, created, moved or deleted, what is served follows.

use std::{
    fs,
    os::unix::fs::symlink,
    process::Command,
    time::{Duration, Instant},
};

use capstan_tests::upstream::Upstream;
use tempfile::TempDir;

use crate::site::{AWHILE, Site, document, replace, until};

#[test]
fn in_place_by_rename_and_by_backup() {
    let site = Site::start(&[]);
    let file = site.path("caps/a.yaml");
    site.save("a", "in-place");
    site.until("a", "in-place");
    for version in ["renamed", "renamed-again"] {
        replace(&file, &site.document("a", version));
        site.until("a", version);
    }
    for version in ["backed-up", "backed-up-again"] {
        fs::rename(&file, site.path("caps/a.yaml~")).unwrap();
        fs::write(&file, site.document("a", version)).unwrap();
        site.until("a", version);
    }
    site.save("a", "at-last");
    site.until("a", "at-last");
    assert_eq!(site.ask("b"), (200, "b v1".to_owned()));
}

#[test]
fn a_slow_save_is_never_served_half() {
    let site = Site::start(&[]);
    let text = site.document("a", "slow");
    let file = site.path("caps/a.yaml");
    for end in (0..text.len()).step_by(text.len() / 12).chain([text.len()]) {
        fs::write(&file, &text[..end]).unwrap();
        let (status, version) = site.ask("a");
        assert_eq!(status, 200, "after {end} bytes");
        assert!(version == "a v1" || version == "a slow", "{version}");
        std::thread::sleep(Duration::from_millis(30));
    }
    site.until("a", "slow");
}

#[test]
fn a_mounted_config_map_is_swapped() {
    let dir = TempDir::new().unwrap();
    let upstream = Upstream::start();
    let mount = dir.path().join("mount");
    fs::create_dir(&mount).unwrap();
    let fill = |name: &str, version: &str| {
        fs::create_dir(mount.join(name)).unwrap();
        fs::write(mount.join(name).join("a.yaml"), document(&upstream, "a", version, &[])).unwrap();
    };
    fill("..2026_1", "one");
    symlink("..2026_1", mount.join("..data")).unwrap();
    symlink("..data/a.yaml", mount.join("a.yaml")).unwrap();
    let swap = |name: &str| {
        symlink(name, mount.join("..data_tmp")).unwrap();
        fs::rename(mount.join("..data_tmp"), mount.join("..data")).unwrap();
    };
    fill("..2026_2", "two");
    fill("..2026_3", "three");
    let site = Site::serve(dir, upstream, &["mount", "--gateway", "127.0.0.1:0"]);
    site.until("a", "one");
    swap("..2026_2");
    fs::remove_dir_all(site.path("mount/..2026_1")).unwrap();
    site.until("a", "two");
    swap("..2026_3");
    fs::remove_dir_all(site.path("mount/..2026_2")).unwrap();
    site.until("a", "three");
}

#[test]
fn a_link_to_a_release_is_turned() {
    let dir = TempDir::new().unwrap();
    let upstream = Upstream::start();
    for version in ["one", "two"] {
        fs::create_dir_all(dir.path().join("releases").join(version)).unwrap();
        let file = dir.path().join("releases").join(version).join("a.yaml");
        fs::write(file, document(&upstream, "a", version, &[])).unwrap();
    }
    symlink("releases/one", dir.path().join("current")).unwrap();
    let site = Site::serve(dir, upstream, &["current", "--gateway", "127.0.0.1:0"]);
    site.until("a", "one");
    symlink("releases/two", site.path("next")).unwrap();
    fs::rename(site.path("next"), site.path("current")).unwrap();
    site.until("a", "two");
    // And the file behind the link is watched too.
    fs::write(site.path("releases/two/a.yaml"), site.document("a", "three")).unwrap();
    site.until("a", "three");
}

#[test]
fn files_and_folders_come_and_go() {
    let site = Site::start(&[]);
    fs::create_dir_all(site.path("caps/x/y")).unwrap();
    fs::write(site.path("caps/x/y/c.yaml"), site.document("c", "v1")).unwrap();
    let ask = |id: &str| {
        let status =
            capstan_tests::client::Request::new("GET", &format!("/{id}/get")).send(site.gateway).unwrap().status();
        status == 200
    };
    until("a file in a new folder is served", || ask("x/y/c").then_some(()));
    fs::rename(site.path("caps/x/y"), site.path("caps/z")).unwrap();
    until("a folder is moved", || (ask("z/c") && !ask("x/y/c")).then_some(()));
    fs::write(site.path("caps/z/d.yaml"), site.document("d", "v1")).unwrap();
    until("a file in a moved folder is served", || ask("z/d").then_some(()));
    fs::remove_dir_all(site.path("caps/z")).unwrap();
    until("a folder is deleted", || (!ask("z/c") && !ask("z/d")).then_some(()));
    fs::create_dir(site.path("caps/z")).unwrap();
    fs::write(site.path("caps/z/c.yaml"), site.document("c", "v2")).unwrap();
    until("a folder is made anew", || ask("z/c").then_some(()));
    fs::remove_file(site.path("caps/a.yaml")).unwrap();
    until("a deleted file is not served", || (site.ask("a").0 == 404).then_some(()));
    fs::write(site.path("caps/a.yaml"), site.document("a", "v3")).unwrap();
    site.until("a", "v3");
}

#[test]
fn what_editors_leave_beside_a_file_means_nothing() {
    let site = Site::start(&[]);
    std::thread::sleep(AWHILE);
    let before = site.status()["lastReload"]["at"].clone();
    for name in
        [".a.yaml.swp", "4913", "a.yaml~", "#a.yaml#", ".#a.yaml", "a.yaml.tmp", "a.yaml___jb_tmp___", "notes.txt"]
    {
        fs::write(site.path("caps").join(name), "naftiko: [").unwrap();
    }
    std::thread::sleep(AWHILE);
    assert_eq!(site.status()["lastReload"]["at"], before);
}

#[test]
fn a_burst_is_one_change_or_few_and_the_last_save_wins() {
    let site = Site::start(&[]);
    let before = site.generation();
    for n in 0..200 {
        site.save("a", &format!("n{n}"));
    }
    site.until("a", "n199");
    let generations = site.generation() - before;
    assert!((1..=8).contains(&generations), "{generations} generations");
}

#[test]
fn by_polling_signals_and_requests() {
    let site = Site::start(&["--poll", "200ms"]);
    site.save("a", "polled");
    site.until("a", "polled");

    let site = Site::start(&["--no-watch"]);
    site.save("a", "unseen");
    std::thread::sleep(AWHILE);
    assert_eq!(site.ask("a").1, "a v1");
    assert_eq!(site.state("a")["state"], "pending");
    let pid = site.capstan.pid().to_string();
    assert!(Command::new("kill").args(["-HUP", &pid]).status().unwrap().success());
    site.until("a", "unseen");
    site.save("a", "asked");
    let started = Instant::now();
    let (status, outcome) = site.control("POST", "/config/reload");
    assert_eq!((status, &outcome["status"]), (200, &"applied".into()), "{outcome}");
    assert_eq!(site.ask("a").1, "a asked");
    assert!(started.elapsed() < Duration::from_secs(5));
    assert_eq!(site.control("POST", "/config/reload").1["status"], "unchanged");
}

#[test]
fn values_beside_the_document_are_followed_without_compiling_it_again() {
    let dir = TempDir::new().unwrap();
    let upstream = Upstream::start();
    let text = document(&upstream, "a", "v1", &[]);
    let credential = "    authentication:\n      type: bearer\n      token: '{{TOKEN}}'\n";
    let text = text.replace("    resources:\n    - name: r\n", &format!("{credential}    resources:\n    - name: r\n"));
    let binds = "binds:\n- namespace: s\n  keys:\n    TOKEN: TOKEN\n";
    fs::write(dir.path().join("a.yaml"), format!("{text}{binds}")).unwrap();
    fs::write(dir.path().join(".env"), "TOKEN=one\n").unwrap();
    let site = Site::serve(dir, upstream, &["a.yaml", "--gateway", "127.0.0.1:0"]);
    let token = || {
        let _ = site.upstream.take();
        site.ask("a");
        let seen = site.upstream.take();
        capstan_tests::wire::values(&seen.first()?.headers, "authorization").first().map(|text| (*text).to_owned())
    };
    assert_eq!(token().as_deref(), Some("Bearer one"), "{}", site.capstan.log());
    fs::write(site.path(".env"), "TOKEN=two\n").unwrap();
    until("the new value is sent", || (token().as_deref() == Some("Bearer two")).then_some(()));
    assert_eq!(site.status()["lastReload"]["compiled"], 0);
    fs::remove_file(site.path(".env")).unwrap();
    until("a value that is gone is missed", || (site.ask("a").0 == 503).then_some(()));
}
