//! Mocks: conditions, computed values, ids that carry their time, schema checks, files. Time and files are the test's.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use capstan_engine::{
    AnswerBody, CapabilityFault, Engine, Fault, FaultKind, Host, Inputs, Invocation, Overrides, Shared, Value,
};
use capstan_plan::{
    Binding, Expression, FileId, FilePath, FileUse, Flow, FlowId, Mock, MockBody, MockCase, Origin, Outcome, Plan,
    PlanFile, SlotId, Template,
};
use serde_json::{Value as Json, json};

/// A machine whose clock stands until it is moved.
struct Still(Arc<AtomicU64>);

impl Host for Still {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.0.load(Ordering::Relaxed))
    }

    fn random(&self, buffer: &mut [u8]) {
        buffer.fill(0xab);
    }

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        match path {
            "bundle/schema.yaml" => {
                Ok(b"components:\n  schemas:\n    In:\n      type: object\n      required: [prompt]\n      \
                properties:\n        prompt: {type: string}\n        size: {$ref: '#/components/schemas/Size'}\n    \
                Size: {type: integer, minimum: 256, maximum: 1440}\n"
                    .to_vec())
            }
            "bundle/a.png" => Ok(vec![1, 2, 3]),
            _ => Err(io::Error::from(io::ErrorKind::NotFound)),
        }
    }
}

/// Schema references of expressions, all of which the plan lists.
const SCHEMA: &str = "schema.yaml";

fn expression(source: &str) -> Template {
    let compiled = Expression::compile(source, |name| match name {
        "request" => Some(Template::slot(SlotId(0))),
        "task" => Some(Template::slot(SlotId(1))),
        _ => None,
    });
    // As the linker does it: files that are not beside the document are not listed.
    let files = |reference: &str| match reference.split('#').next() {
        Some(SCHEMA) => Some(FileId(2)),
        Some("gone.yaml") => Some(FileId(3)),
        _ => None,
    };
    Template::Expression(Box::new(compiled.unwrap().with_schemas(files)))
}

fn case(when: Option<&str>, status: u16, body: MockBody) -> MockCase {
    MockCase { when: when.map(expression), bound: [].into(), status, headers: [].into(), body, delay_ms: 0 }
}

fn json_body(members: &[(&str, &str)]) -> MockBody {
    MockBody::Json(Template::Object(
        members.iter().map(|(name, source)| ((*name).into(), expression(source))).collect(),
    ))
}

async fn answer(cases: Vec<MockCase>, request: Json, clock: &Arc<AtomicU64>) -> Result<(u16, AnswerBody), Fault> {
    let origin = Origin::new("bundle/x.sandbox.yaml".into(), 1, 1);
    let mut plan = Plan::default();
    for name in ["a.png", "none.png"] {
        let path = FilePath::beside("bundle", name).unwrap();
        plan.files.push(PlanFile { path, usage: FileUse::MockBody, origin: origin.clone() });
    }
    for name in [SCHEMA, "gone.yaml"] {
        let path = FilePath::beside("bundle", name).unwrap();
        let usage = FileUse::JsonSchema { pointers: vec!["/components/schemas/In".into()] };
        plan.files.push(PlanFile { path, usage, origin: origin.clone() });
    }
    plan.flows.push(Flow {
        name: "mock".into(),
        slots: 2,
        inputs: [].into(),
        bound: [].into(),
        steps: [].into(),
        outcome: Outcome::Mock(Box::new(Mock { cases: cases.into(), request: Some(SlotId(0)) })),
        bindings: [].into(),
        origin,
    });
    let shared = Shared::new(Arc::new(Still(Arc::clone(clock))), Duration::from_secs(5));
    let lookup = |_: &Binding| Ok(None);
    let engine = Engine::activate(Arc::new(plan), &lookup, &Overrides::default(), shared);
    let mut inputs = Inputs::with_slots(2);
    inputs.set(SlotId(0), Value::Json(request));
    let answer = engine.invoke(FlowId(0), inputs, Invocation::default()).await?;
    Ok((answer.status.as_u16(), answer.body))
}

async fn body(cases: Vec<MockCase>, request: Json, clock: &Arc<AtomicU64>) -> Json {
    match answer(cases, request, clock).await.unwrap().1 {
        AnswerBody::Json(value) => value,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_first_case_that_holds_answers() {
    let clock = Arc::new(AtomicU64::new(0));
    let cases = || {
        vec![
            case(Some("not request.headers['x-key']"), 401, MockBody::None),
            case(Some("'forbidden' in (request.body.prompt or '')|lower"), 422, MockBody::None),
            case(
                None,
                200,
                json_body(&[("n", "1 + 1"), ("yes", "true"), ("gone", "request.body.none"), ("null", "none")]),
            ),
        ]
    };
    assert_eq!(answer(cases(), json!({"headers": {}}), &clock).await.unwrap().0, 401);
    let bad = json!({"headers": {"x-key": "k"}, "body": {"prompt": "FORBIDDEN fruit"}});
    assert_eq!(answer(cases(), bad, &clock).await.unwrap().0, 422);
    let good = json!({"headers": {"x-key": "k"}});
    assert_eq!(body(cases(), good, &clock).await, json!({"n": 2, "yes": true, "null": null}));
    assert_eq!(answer(vec![case(Some("false"), 200, MockBody::None)], json!({}), &clock).await.unwrap().0, 204);
}

#[tokio::test]
async fn ids_age_with_the_clock() {
    let clock = Arc::new(AtomicU64::new(1_800_000_000_000));
    let mut minting = case(None, 200, json_body(&[("id", "task"), ("same", "task")]));
    minting.bound = [(SlotId(1), expression("new_id(5)"))].into();
    let minted = body(vec![minting], json!({}), &clock).await;
    assert_eq!(minted["id"], minted["same"]);
    clock.fetch_add(2_500, Ordering::Relaxed);
    let reading = || vec![case(None, 200, json_body(&[("age", "id_age(request.id)"), ("tag", "id_tag(request.id)")]))];
    assert_eq!(body(reading(), json!({"id": minted["id"]}), &clock).await, json!({"age": 2.5, "tag": 5}));
    for other in [json!("x"), json!(7), json!(null)] {
        assert_eq!(body(reading(), json!({"id": other}), &clock).await, json!({"age": null, "tag": null}));
    }
    assert_eq!(body(reading(), json!({}), &clock).await, json!({"age": null, "tag": null}));
    let times =
        vec![case(None, 200, json_body(&[("at", "timestamp()"), ("now", "now()"), ("h", "hash('a', 10) < 10")]))];
    let expected = json!({"at": 1_800_000_002_u64, "now": "2027-01-15T08:00:02.500Z", "h": true});
    assert_eq!(body(times, json!({}), &clock).await, expected);
}

#[tokio::test]
async fn schemas_beside_the_document_are_checked() {
    let clock = Arc::new(AtomicU64::new(0));
    let call = "violations(request.body, 'schema.yaml#/components/schemas/In', 'fastapi')";
    let cases = || vec![case(Some(call), 422, json_body(&[("detail", call)])), case(None, 200, MockBody::None)];
    assert_eq!(answer(cases(), json!({"body": {"prompt": "x", "size": 512}}), &clock).await.unwrap().0, 200);
    let detail = body(cases(), json!({"body": {"size": 5}}), &clock).await;
    let mut found: Vec<(String, String)> = detail["detail"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["loc"].to_string(), error["type"].as_str().unwrap().to_owned()))
        .collect();
    found.sort();
    assert_eq!(
        found,
        [
            ("[\"body\",\"prompt\"]".to_owned(), "missing".to_owned()),
            ("[\"body\",\"size\"]".to_owned(), "greater_than_equal".to_owned())
        ]
    );
    assert_eq!(body(cases(), json!({}), &clock).await["detail"][0]["loc"], json!(["body"]));
    // A reference that is put together finds the files other expressions name.
    let computed = "violations(request.body, 'schema' ~ '.yaml#/components/schemas/' ~ 'In')";
    let cases = vec![case(None, 200, json_body(&[("detail", computed)]))];
    assert_eq!(body(cases, json!({"body": {"prompt": "x"}}), &clock).await["detail"], json!([]));
    for broken in ["'gone.yaml#/x'", "'schema.yaml#/nowhere'", "'../schema.yaml'", "'/etc/passwd'"] {
        let cases = vec![case(Some(&format!("violations(1, {broken})")), 200, MockBody::None)];
        let fault = answer(cases, json!({}), &clock).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Capability(CapabilityFault::TemplateFailed), "{broken}");
    }
}

#[tokio::test]
async fn files_are_served_as_they_are() {
    let clock = Arc::new(AtomicU64::new(0));
    let file = |id| MockBody::File { file: FileId(id), media_type: "image/png".into() };
    let (status, body) = answer(vec![case(None, 200, file(0))], json!({}), &clock).await.unwrap();
    assert_eq!(status, 200);
    assert!(matches!(body, AnswerBody::Bytes(bytes) if bytes[..] == [1, 2, 3]));
    let fault = answer(vec![case(None, 200, file(1))], json!({}), &clock).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Capability(CapabilityFault::FileUnreadable));
}
