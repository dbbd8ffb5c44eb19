//! Flows of several steps, and what is written down of their exchanges.

use super::fixture::*;

#[tokio::test]
async fn independent_steps_run_together_and_feed_mappings() {
    let (base, _) = upstream(|text, _| {
        let body = if text.starts_with("GET /a ") {
            "{\"id\": 7}"
        } else if text.starts_with("GET /b ") {
            "{\"name\": \"n\"}"
        } else {
            assert!(text.starts_with("GET /c/7 "), "{text}");
            "[1]"
        };
        let mut pieces = ok("application/json", body);
        pieces.insert(0, (Vec::new(), 300));
        pieces
    })
    .await;
    let field =
        |slot: u32, name: &str| Template::Slot(SlotId(slot), [capstan_plan::PathStep::Field(name.into())].into());
    let mut third = request("/c/");
    third.path = [PathPart::Literal("/c/".into()), PathPart::value("id", field(1, "id"))].into();
    let steps = vec![step("a", 1, &[], request("/a")), step("b", 2, &[], request("/b")), step("c", 3, &[0], third)];
    let mapping =
        |target: &str, value: Template| Mapping { target: target.split('.').map(Into::into).collect(), value };
    let outcome = Outcome::Mapped {
        mappings: [
            mapping("user.id", field(1, "id")),
            mapping("user.name", field(2, "name")),
            mapping("list", Template::slot(SlotId(3))),
            mapping("gone", field(2, "none")),
        ]
        .into(),
        fallback: None,
    };
    let engine = engine(plan(&base, None, flow(steps, outcome)));
    let progress = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&progress);
    let invocation = Invocation {
        progress: Some(Arc::new(move |report: Report<'_>| {
            if let Report::Step { done, total, name } = report {
                log.lock().unwrap().push((done, total, name.to_owned()));
            }
        })),
        ..Invocation::default()
    };
    let started = std::time::Instant::now();
    let answer = engine.invoke(FlowId(0), Inputs::with_slots(8), invocation).await.unwrap();
    assert!(started.elapsed() < Duration::from_millis(850), "{:?}", started.elapsed());
    let AnswerBody::Json(body) = answer.body else { panic!("not JSON") };
    assert_eq!(body, json!({"user": {"id": 7, "name": "n"}, "list": [1]}));
    assert_eq!(progress.lock().unwrap().last(), Some(&(3, 3, "c".to_owned())));
}

#[tokio::test]
async fn a_refused_step_stops_the_flow() {
    let (base, seen) = upstream(|_, _| whole("404 Not Found", "application/json", "{\"no\":1}")).await;
    let steps = vec![step("first", 1, &[], request("/a")), step("second", 2, &[0], request("/b"))];
    let engine = engine(plan(&base, None, flow(steps, Outcome::Response { step: 1, outputs: Outputs::Identity })));
    let fault = invoke(&engine, Inputs::with_slots(8)).await.unwrap_err();
    assert_eq!(fault.status(), 404);
    assert_eq!(fault.step.as_deref(), Some("first"));
    let passed = fault.upstream_error.as_ref().unwrap();
    assert_eq!((&passed.body[..], passed.complete), (&b"{\"no\":1}"[..], true));
    assert_eq!(seen.lock().unwrap().len(), 1);
}

/// Runs the flow and tells, besides the outcome, what was written down: names and statuses.
async fn recorded(engine: &Engine, invocation: Invocation) -> (Result<Answer, Fault>, Vec<(Box<str>, Option<u16>)>) {
    let exchanges = invocation.exchanges.clone();
    let outcome = engine.invoke(FlowId(0), Inputs::with_slots(8), invocation).await;
    let written = exchanges.entries();
    (outcome, written.iter().map(|one| (one.name.clone(), one.status.map(|status| status.as_u16()))).collect())
}

#[tokio::test]
async fn every_exchange_is_written_down_whatever_becomes_of_the_invocation() {
    let (base, _) = upstream(|seen, _| match seen.starts_with("GET /slow") {
        true => vec![(Vec::new(), 5_000)],
        false if seen.starts_with("GET /no") => whole("409 Conflict", "application/json", "{}"),
        false => ok("application/json", "{}"),
    })
    .await;
    let named = |name: &str, path: &str| Request { name: name.into(), ..request(path) };
    let two = |last: &str| {
        let steps = vec![step("a", 6, &[], named("api.a", "/a")), step("b", 7, &[0], named("api.b", last))];
        engine(plan(&base, None, flow(steps, Outcome::Response { step: 1, outputs: Outputs::Identity })))
    };
    let (outcome, written) = recorded(&two("/b"), Invocation::default()).await;
    assert!(outcome.is_ok());
    assert_eq!(written, [("api.a".into(), Some(200)), ("api.b".into(), Some(200))]);
    let (outcome, written) = recorded(&two("/no"), Invocation::default()).await;
    assert_eq!(outcome.unwrap_err().kind, FaultKind::Upstream(UpstreamFault::Status));
    assert_eq!(written, [("api.a".into(), Some(200)), ("api.b".into(), Some(409))]);
    let soon = std::time::Instant::now() + Duration::from_millis(300);
    let invocation = Invocation { deadline: Some(soon), ..Invocation::default() };
    let (outcome, written) = recorded(&two("/slow"), invocation).await;
    assert_eq!(outcome.unwrap_err().kind, FaultKind::Upstream(UpstreamFault::Timeout));
    assert_eq!(written, [("api.a".into(), Some(200)), ("api.b".into(), None)]);
}
