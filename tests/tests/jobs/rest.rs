//! One operation: it waits, or it answers with a job that can be looked at, followed, fetched and ended.

use serde_json::{Value, json};

use crate::site::{DOCUMENT, PICTURE, Site, json};

#[test]
fn who_waits_gets_the_picture() {
    let site = Site::start();
    site.is_ready("7");
    let plain = site.draw(&[]);
    assert_eq!((plain.status(), &*plain.body), (200, PICTURE), "{}", site.capstan.log());
    assert_eq!(plain.header("content-type"), Some("image/png"));
    assert_eq!(plain.header("preference-applied"), None);
    let preferring = site.draw(&[("Prefer", "wait=5")]);
    assert_eq!((preferring.status(), &*preferring.body), (200, PICTURE));
    assert_eq!(preferring.header("preference-applied"), Some("wait=5"));
}

#[test]
fn who_does_not_wait_gets_a_job() {
    let site = Site::start();
    let accepted = site.draw(&[("Prefer", "respond-async")]);
    assert_eq!(accepted.status(), 202, "{}", site.capstan.log());
    assert_eq!(accepted.header("preference-applied"), Some("respond-async"));
    assert_eq!(accepted.header("content-type"), Some("application/json"));
    assert!(accepted.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    let at = accepted.header("location").unwrap().to_owned();
    let document = json(&accepted);
    assert_eq!(at, format!("/images/jobs/{}", document["id"].as_str().unwrap()));
    assert_eq!(
        document["links"],
        json!({"self": at, "result": format!("{at}/result"), "cancel": at, "events": format!("{at}/events")})
    );
    assert!(document["expiresAt"].as_str() > document["createdAt"].as_str(), "{document}");

    // How far it is; and nothing new to somebody who knows that.
    site.is_at("7", json!({"status": "Pending", "progress": 0.25}));
    let document = crate::site::until("its progress is seen", || {
        let answer = site.get(&at, &[]);
        Some(json(&answer)).filter(|document| document["progress"] == 0.25)
    });
    assert_eq!((&document["status"], &document["message"]), (&json!("running"), &json!("Pending")));
    let known = site.get(&at, &[]).header("etag").unwrap().to_owned();
    let same = site.get(&at, &[("If-None-Match", &known)]);
    assert_eq!((same.status(), same.body.len(), same.header("etag")), (304, 0, Some(&*known)));
    assert!(same.header("retry-after").is_some());

    let early = site.get(&format!("{at}/result"), &[]);
    assert_eq!((early.status(), &json(&early)["code"]), (409, &json!("job-running")));

    // Who has a document waits for another one, who has none for the end.
    site.is_ready("7");
    let ended = site.get(&at, &[("Prefer", "wait=15")]);
    assert_eq!(ended.header("preference-applied"), Some("wait=15"));
    assert_eq!((&json(&ended)["status"], &json(&ended)["progress"]), (&json!("succeeded"), &json!(1.0)));
    assert_eq!(ended.header("retry-after"), None);
    assert_eq!(site.get(&at, &[("If-None-Match", &known), ("Prefer", "wait=15")]).status(), 200);
    let result = site.get(&format!("{at}/result"), &[]);
    assert_eq!((result.status(), &*result.body), (200, PICTURE));
    assert_eq!(result.header("content-type"), Some("image/png"));
    // It is over: nothing to end.
    assert_eq!(site.send("DELETE", &at, &[]).status(), 204);
    assert_eq!(site.submits(), 1);
}

#[test]
fn a_job_is_ended_here_and_upstream() {
    let site = Site::start();
    let at = site.begin();
    let ended = site.send("DELETE", &at, &[]);
    assert_eq!((ended.status(), &json(&ended)["status"]), (202, &json!("cancelled")));
    let seen = site.upstream.take();
    assert!(seen.iter().any(|seen| seen.method == "DELETE" && seen.target == "/images/7"), "{seen:?}");
    assert_eq!(json(&site.get(&at, &[]))["status"], "cancelled");
    assert_eq!(site.send("DELETE", &at, &[]).status(), 204);
    let result = site.get(&format!("{at}/result"), &[]);
    assert_eq!((result.status(), &json(&result)["code"]), (410, &json!("job-cancelled")));
}

#[test]
fn what_the_upstream_refuses_to_draw_is_a_clear_problem() {
    let site = Site::start();
    site.is_at("7", json!({"status": "Moderated"}));
    let blocking = site.draw(&[]);
    assert_eq!((blocking.status(), &json(&blocking)["title"]), (422, &json!("The request was moderated")));
    let at = site.begin();
    let document = json(&site.get(&at, &[("Prefer", "wait=15")]));
    assert_eq!((&document["status"], &document["error"]["status"]), (&json!("failed"), &json!(422)), "{document}");
    assert_eq!(document["error"]["title"], "The request was moderated");
    assert_eq!(site.get(&format!("{at}/result"), &[]).status(), 422);
}

#[test]
fn refusals_of_the_submit_are_passed_on() {
    let site = Site::start();
    for status in [402, 422, 429] {
        let refused = capstan_tests::upstream::Reply::json(status, r#"{"detail": "no"}"#);
        site.upstream.answer_at("POST", "/images", refused);
        let answer = site.draw(&[("Prefer", "respond-async")]);
        assert_eq!(answer.status(), status, "{}", answer.text());
    }
}

#[test]
fn nobody_else_finds_a_job() {
    let site = Site::start();
    let at = site.begin();
    let handle = at.rsplit('/').next().unwrap();
    let middle = handle.len() / 2;
    let swapped = if handle.as_bytes()[middle] == b'A' { "B" } else { "A" };
    let forged = format!("{}{swapped}{}", &handle[..middle], &handle[middle + 1..]);
    for wrong in ["x", "jobs", &forged, &format!("{handle}A"), &handle[1..]] {
        for (method, tail) in [("GET", ""), ("GET", "/result"), ("GET", "/events"), ("DELETE", "")] {
            let answer = site.send(method, &format!("/images/jobs/{wrong}{tail}"), &[]);
            assert_eq!((answer.status(), &json(&answer)["code"]), (404, &json!("no-job")), "{method} {wrong}{tail}");
        }
    }
    // Another operation of the same upstream has jobs of its own.
    assert_eq!(site.get(&format!("/others/jobs/{handle}"), &[]).status(), 404);
    assert_eq!(site.get(&at, &[]).status(), 200);
    assert_eq!(site.send("POST", &at, &[]).status(), 405);
}

#[test]
fn a_job_is_followed() {
    let site = Site::start();
    site.is_at("7", json!({"status": "Pending", "progress": 0.5}));
    let at = site.begin();
    crate::site::until("its progress is seen", || (json(&site.get(&at, &[]))["progress"] == 0.5).then_some(()));
    site.is_ready("7");
    let events = site.get(&format!("{at}/events"), &[]);
    assert_eq!(events.header("content-type"), Some("text/event-stream"));
    let (name, last) = last(&events.text());
    assert_eq!((&*name, &last["status"]), ("result", &json!("succeeded")), "{}", events.text());
    // A call may be followed from its beginning.
    let called = site.draw(&[("Accept", "text/event-stream")]);
    assert_eq!(called.status(), 200);
    let (name, document) = self::last(&called.text());
    assert_eq!(name, "result");
    assert_eq!(site.get(document["links"]["result"].as_str().unwrap(), &[]).body, PICTURE);
    site.is_at("7", json!({"status": "Moderated"}));
    let (name, problem) = self::last(&site.draw(&[("Accept", "text/event-stream")]).text());
    assert_eq!((&*name, &problem["status"]), ("error", &json!(422)));
}

/// The last event of a stream.
fn last(events: &str) -> (String, Value) {
    let event = events.trim_end().rsplit("\n\n").next().unwrap();
    let name = event.lines().find_map(|line| line.strip_prefix("event: ")).unwrap();
    let data = event.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
    (name.to_owned(), serde_json::from_str(data).unwrap())
}

#[test]
fn the_same_call_by_name_is_made_once() {
    let site = Site::start();
    let named = [("Prefer", "respond-async"), ("Idempotency-Key", "order-1")];
    let (first, again) = (site.draw(&named), site.draw(&named));
    assert_eq!((first.status(), again.status()), (202, 202));
    assert_eq!(first.header("location"), again.header("location"));
    assert_eq!(site.submits(), 1);
    site.begin();
    assert_eq!(site.submits(), 1);
}

#[test]
fn jobs_are_behind_the_same_check_as_calls() {
    let guarded = DOCUMENT.replace(
        "    namespace: pictures\n",
        "    namespace: pictures\n    authentication: {type: bearer, token: '{{PICTURES_TOKEN}}'}\n",
    );
    let bound = guarded
        .replace("capability:\n", "binds:\n- {namespace: env, keys: {PICTURES_TOKEN: PICTURES_TOKEN}}\ncapability:\n");
    let key = crate::site::KEY;
    let mut site = Site::of(&bound, &[("PICTURES_TOKEN", "first-caller"), ("CAPSTAN_JOB_KEY", key)]);
    let first = ("Authorization", "Bearer first-caller");
    assert_eq!(site.draw(&[]).status(), 401);
    let accepted = site.draw(&[("Prefer", "respond-async"), first]);
    assert_eq!(accepted.status(), 202, "{}", accepted.text());
    let at = accepted.header("location").unwrap().to_owned();
    for (method, tail) in [("GET", ""), ("GET", "/result"), ("GET", "/events"), ("DELETE", "")] {
        assert_eq!(site.send(method, &format!("{at}{tail}"), &[]).status(), 401, "{method} {tail}");
    }
    assert_eq!(site.get(&at, &[first]).status(), 200);
    // Somebody else who is let in.
    site.restart(&[("PICTURES_TOKEN", "second-caller")]);
    assert_eq!(site.get(&at, &[("Authorization", "Bearer second-caller")]).status(), 404);
}
