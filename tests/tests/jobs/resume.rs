//! Handles live longer than what gave them out: a reload and a restart lose no job.

use std::fs;

use capstan_tests::upstream::Reply;
use serde_json::json;

use crate::site::{KEY, PICTURE, Site, json as body, until};

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
    assert_eq!(body(&site.get(&at, &[]))["status"], "running", "{}", site.capstan.log());
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
    assert_eq!((answer.status(), &body(&answer)["code"]), (409, &json!("job-changed")), "{}", answer.text());
    assert!(body(&answer)["detail"].as_str().unwrap().contains("poll"), "{}", answer.text());
}

/// A flow whose job stands between two steps that only read; what the last one needs of the first is in the handle.
const STEPS: &str = "\
naftiko: 1.0.0-alpha2
info: {label: Pictures, description: Draws pictures.}
capability:
  consumes:
  - type: http
    namespace: art
    baseUri: UPSTREAM
    resources:
    - {name: who, path: /who, operations: [{name: who, method: GET}]}
    - {name: hang, path: '/walls/{{wall}}/{{id}}', operations: [{name: hang, method: MANNER}]}
    - name: images
      path: /images
      operations:
      - name: draw
        method: POST
        body: {type: json, data: {prompt: '{{prompt}}'}}
        job:
          handle: {url: $.polling_url}
          poll: {url: '{{handle.url}}', status: $.status, pending: [Pending], success: [Ready]}
          every: {first: 20ms, interval: 20ms, max: 40ms}
          timeout: 5m
          result: {value: $.picture}
  exposes:
  - type: rest
    namespace: pictures
    port: 8080
    resources:
    - path: /images
      operations:
      - name: hung
        method: POST
        inputParameters: [{name: prompt, in: body, type: string}]
        steps:
        - {name: who, type: call, call: art.who}
        - {name: drawn, type: call, call: art.draw, with: {prompt: '{{prompt}} for {{who.name}}'}}
        - {name: hung, type: call, call: art.hang, with: {wall: '{{who.wall}}', id: '{{drawn.id}}'}}
        mappings:
        - {target: at, value: $.hung.at}
        - {target: for, value: '{{who.name}}'}
        - {target: asked, value: '{{prompt}}'}
        - {target: cost, value: $.steps.drawn.submit.cost}
  - type: mcp
    namespace: tools
    port: 9090
    tools:
    - {name: who, description: Who., call: art.who}
";

fn of_steps(manner: &str) -> Site {
    let site = Site::of(&STEPS.replace("MANNER", manner), &[("CAPSTAN_JOB_KEY", KEY)]);
    let answers = |method: &str, path: &str, answer: serde_json::Value| {
        site.upstream.answer_at(method, path, Reply::json(200, &answer.to_string()));
    };
    answers("GET", "/who", json!({"name": "Ada", "wall": "north"}));
    answers("POST", "/images", json!({"polling_url": format!("{}/poll/7", site.upstream.url()), "cost": 3}));
    for method in ["GET", "POST"] {
        answers(method, "/walls/north/7", json!({"at": "north 7"}));
    }
    site
}

#[test]
fn another_process_goes_on_with_the_steps_after_a_job() {
    let mut site = of_steps("GET");
    let at = site.begin();
    site.restart(&[]);
    site.is_at("7", json!({"status": "Ready", "picture": {"id": 7}}));
    let result = site.get(&format!("{at}/result"), &[("Prefer", "wait=15")]);
    let expected = json!({"at": "north 7", "for": "Ada", "asked": "a fox", "cost": 3});
    assert_eq!((result.status(), body(&result)), (200, expected), "{}", site.capstan.log());
    let seen = site.upstream.take();
    let count = |path: &str| seen.iter().filter(|seen| seen.target == path).count();
    assert_eq!(
        (count("/who"), count("/images"), count("/walls/north/7")),
        (1, 1, 1),
        "what was over is not done again"
    );
}

#[test]
fn a_flow_that_would_do_something_twice_ends_with_its_process() {
    let mut site = of_steps("POST");
    let at = site.begin();
    site.restart(&[]);
    let answer = site.get(&at, &[]);
    assert_eq!((answer.status(), &body(&answer)["code"]), (410, &json!("job-lost")), "{}", answer.text());
}
