//! Handles live longer than what gave them out: a reload and a restart lose no job.

use std::fs;

use crate::site::{KEY, PICTURE, Site, json, until};

#[test]
fn a_reload_in_between_loses_nothing() {
    let site = Site::start();
    let at = site.begin();
    let text = fs::read_to_string(site.document()).unwrap();
    fs::write(site.document(), text.replace("Draws pictures.", "Draws pictures, slowly.")).unwrap();
    until("it is read again", || site.capstan.log().contains("reloaded").then_some(()));
    site.is_ready("7");
    let result = site.get(&format!("{at}/result"), &[("Prefer", "wait=15")]);
    assert_eq!((result.status(), &*result.body), (200, PICTURE), "{}", site.capstan.log());
    assert_eq!(site.submits(), 1);
}

#[test]
fn another_process_with_the_same_key_goes_on() {
    let mut site = Site::of(crate::site::DOCUMENT, &[("CAPSTAN_JOB_KEY", KEY)]);
    let at = site.begin();
    site.restart(&[]);
    assert_eq!(json(&site.get(&at, &[]))["status"], "running", "{}", site.capstan.log());
    site.restart(&[]);
    site.is_ready("7");
    let result = site.get(&format!("{at}/result"), &[("Prefer", "wait=15")]);
    assert_eq!((result.status(), &*result.body), (200, PICTURE), "{}", site.capstan.log());
    assert_eq!(site.submits(), 1);
    // The key may change, as long as the old one is known.
    let newer = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY=";
    site.restart(&[("CAPSTAN_JOB_KEY", &format!("{newer},{KEY}"))]);
    assert_eq!(site.get(&format!("{at}/result"), &[("Prefer", "wait=15")]).body, PICTURE);
    site.restart(&[("CAPSTAN_JOB_KEY", newer)]);
    assert_eq!(site.get(&at, &[]).status(), 404);
}

#[test]
fn a_process_without_a_key_says_that_its_handles_die_with_it() {
    let mut site = Site::start();
    assert!(site.capstan.log().contains("CAPSTAN_JOB_KEY"), "{}", site.capstan.log());
    let at = site.begin();
    site.restart(&[]);
    assert_eq!(site.get(&at, &[]).status(), 404);
}

#[test]
fn a_job_that_means_something_else_now_is_a_conflict() {
    let mut site = Site::of(crate::site::DOCUMENT, &[("CAPSTAN_JOB_KEY", KEY)]);
    let at = site.begin();
    let text = fs::read_to_string(site.document()).unwrap();
    fs::write(site.document(), text.replace("pending: [Pending]", "pending: [Pending, Queued]")).unwrap();
    site.restart(&[]);
    let answer = site.get(&at, &[]);
    assert_eq!(
        (answer.status(), &json(&answer)["code"]),
        (409, &serde_json::json!("job-changed")),
        "{}",
        answer.text()
    );
    assert!(json(&answer)["detail"].as_str().unwrap().contains("poll"), "{}", answer.text());
}
