//! The engine against a local upstream: streaming, bodies cut short, time limits, credentials, steps.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used, reason = "tests")]

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use capstan_engine::{
    Answer, AnswerBody, CallerFault, CapabilityFault, CollectedBody, Engine, Fault, FaultKind, Inputs, Invocation,
    Overrides, Report, Shared, Timeouts, UpstreamFault, UpstreamRule, Value, workers::Turns,
};
use capstan_plan::{
    Base, BasePart, Binding, BindingId, BindingSource, Body, Call as CallStep, Client, ClientId, Credential,
    FieldPlace, Flow, FlowId, Format, HeaderPart, Mapping, Origin, Outcome, Outputs, PathPart, Plan, Request, Selector,
    Shape, SlotId, Step, StepKind, StepOutput, Template,
};
use http::Method;
use http_body_util::BodyExt as _;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

type Seen = Arc<Mutex<Vec<String>>>;

/// An upstream that answers raw bytes: `(bytes, then wait)` pieces, then closes.
async fn upstream<F>(answer: F) -> (String, Seen)
where
    F: Fn(&str, usize) -> Vec<(Vec<u8>, u64)> + Send + Sync + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen: Seen = Seen::default();
    let log = Arc::clone(&seen);
    let answer = Arc::new(answer);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(serve(socket, Arc::clone(&log), Arc::clone(&answer)));
        }
    });
    (format!("http://{address}"), seen)
}

async fn serve<F: Fn(&str, usize) -> Vec<(Vec<u8>, u64)>>(mut socket: TcpStream, log: Seen, answer: Arc<F>) {
    let mut buffer = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let read = socket.read(&mut chunk).await.unwrap_or(0);
        if read == 0 {
            return;
        }
        buffer.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&buffer).into_owned();
        let Some(end) = text.find("\r\n\r\n") else { continue };
        let length = text
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned))
            .and_then(|value| value.trim().parse::<usize>().ok())
            .unwrap_or(0);
        if buffer.len() >= end + 4 + length {
            let count = {
                let mut log = log.lock().unwrap();
                log.push(text.clone());
                log.len()
            };
            for (bytes, wait) in answer(&text, count) {
                let _ = socket.write_all(&bytes).await;
                let _ = socket.flush().await;
                tokio::time::sleep(Duration::from_millis(wait)).await;
            }
            let _ = socket.shutdown().await;
            return;
        }
    }
}

fn ok(content_type: &str, body: &str) -> Vec<(Vec<u8>, u64)> {
    whole("200 OK", content_type, body)
}

fn whole(status: &str, content_type: &str, body: &str) -> Vec<(Vec<u8>, u64)> {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nSet-Cookie: a=b\r\nX-Request-Id: r1\r\n\
         Retry-After: 3\r\nServer: s\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    vec![(head.into_bytes(), 0)]
}

fn origin() -> Origin {
    Origin::new("flux.yaml".into(), 7, 3)
}

fn request(path: &str) -> Request {
    Request {
        client: ClientId(0),
        name: "api.op".into(),
        method: Method::GET,
        base: None,
        path: [PathPart::Literal(path.into())].into(),
        query: [].into(),
        headers: [].into(),
        cookies: [].into(),
        body: Body::None,
        origin: origin(),
    }
}

fn call(request: Request) -> CallStep {
    CallStep {
        request,
        format: Format::Json,
        schema: None,
        media_type: None,
        max_binary: None,
        output: StepOutput::Raw,
        job: None,
    }
}

fn step(name: &str, slot: u32, after: &[usize], request: Request) -> Step {
    Step {
        name: name.into(),
        slot: SlotId(slot),
        after: after.into(),
        kind: StepKind::Call(Box::new(call(request))),
        origin: origin(),
    }
}

fn flow(steps: Vec<Step>, outcome: Outcome) -> Flow {
    Flow {
        name: "unit".into(),
        slots: 8,
        inputs: [].into(),
        bound: [].into(),
        steps: steps.into(),
        outcome,
        bindings: [].into(),
        origin: origin(),
    }
}

fn simple(request: Request, outputs: Outputs) -> Flow {
    flow(vec![step("", 7, &[], request)], Outcome::Response { step: 0, outputs })
}

fn plan(base: &str, credential: Option<Credential>, flow: Flow) -> Plan {
    let mut plan = Plan::default();
    plan.clients.push(Client {
        namespace: "api".into(),
        base_text: base.into(),
        base: Base { parts: [BasePart::Literal(base.into())].into() },
        credential,
        limits: None,
        origin: origin(),
    });
    plan.bindings.push(Binding {
        name: "API_KEY".into(),
        namespace: None,
        source: BindingSource::Environment { key: "API_KEY".into() },
        origin: origin(),
        declared: true,
        optional: false,
    });
    plan.flows.push(flow);
    plan
}

const KEY: &str = "s3cret-key/+";

fn engine_with(plan: Plan, overrides: &Overrides) -> Engine {
    let lookup = |_: &Binding| Ok(Some(KEY.to_owned()));
    Engine::activate(Arc::new(plan), &lookup, overrides, Shared::system())
}

fn engine(plan: Plan) -> Engine {
    engine_with(plan, &Overrides::default())
}

async fn invoke(engine: &Engine, inputs: Inputs) -> Result<Answer, Fault> {
    engine.invoke(FlowId(0), inputs, Invocation::default()).await
}

async fn text(answer: Answer) -> String {
    match answer.collect(&Arc::default(), &Turns::default(), 1 << 20).await.unwrap().body {
        CollectedBody::Empty => String::new(),
        CollectedBody::Json(value) => value.to_string(),
        CollectedBody::Bytes(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

#[tokio::test]
async fn identity_streams_body_and_allowed_headers() {
    let (base, seen) = upstream(|_, _| ok("application/vnd.x+json", "{ \"a\" : 1 }")).await;
    let engine = engine(plan(&base, None, simple(request("/v1/x"), Outputs::Identity)));
    let answer = invoke(&engine, Inputs::with_slots(8)).await.unwrap();
    assert_eq!(answer.status, 200);
    assert!(matches!(answer.body, AnswerBody::Stream(_)));
    let names: Vec<&str> = answer.headers.keys().map(http::HeaderName::as_str).collect();
    assert_eq!(names, ["content-type", "content-length", "x-request-id", "retry-after"]);
    assert_eq!(text(answer).await, "{ \"a\" : 1 }");
    let seen = seen.lock().unwrap()[0].to_ascii_lowercase();
    assert!(seen.starts_with("get /v1/x http/1.1\r\n"), "{seen}");
    assert!(seen.contains("user-agent: capstan/") && seen.contains("accept: */*"), "{seen}");
    assert!(!seen.contains("accept-encoding"), "{seen}");
}

#[tokio::test]
async fn the_first_bytes_arrive_before_the_last() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";
    let (base, _) = upstream(move |_, _| vec![(head.into(), 600), (b"2\r\nde\r\n0\r\n\r\n".to_vec(), 0)]).await;
    let engine = engine(plan(&base, None, simple(request("/"), Outputs::Identity)));
    let started = std::time::Instant::now();
    let answer = invoke(&engine, Inputs::with_slots(8)).await.unwrap();
    let AnswerBody::Stream(mut body) = answer.body else { panic!("not streamed") };
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(&first[..], b"abc");
    assert!(started.elapsed() < Duration::from_millis(400));
    assert_eq!(&body.frame().await.unwrap().unwrap().into_data().unwrap()[..], b"de");
    assert!(body.frame().await.is_none());
}

#[tokio::test]
async fn a_body_cut_short_is_an_error() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"a\":";
    for outputs in [Outputs::Identity, Outputs::First([Shape::Select(Selector::parse("$.a").unwrap())].into())] {
        let (base, _) = upstream(move |_, _| vec![(head.into(), 0)]).await;
        let engine = engine(plan(&base, None, simple(request("/"), outputs)));
        let outcome = match invoke(&engine, Inputs::with_slots(8)).await {
            Ok(answer) => answer.collect(&Arc::default(), &Turns::default(), 1 << 20).await.map(|_| ()),
            Err(fault) => Err(fault),
        };
        let fault = outcome.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Upstream(UpstreamFault::CutShort));
        assert_eq!(fault.status(), 502);
    }
}

#[tokio::test]
async fn no_connection_no_answer_no_more_bytes() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let engine = engine(plan(&base, None, simple(request("/"), Outputs::Identity)));
    let fault = invoke(&engine, Inputs::with_slots(8)).await.unwrap_err();
    assert_eq!((fault.kind, fault.status().as_u16()), (FaultKind::Upstream(UpstreamFault::Connect), 502));
    assert!(fault.detail.contains("refused"), "{fault}");
    assert_eq!(fault.origin, Some(origin()));

    let timeouts = Timeouts { first_byte: Duration::from_millis(150), idle: Duration::from_millis(150) };
    let overrides = Overrides { timeouts, ..Overrides::default() };
    let (base, _) = upstream(|_, _| vec![(Vec::new(), 5_000)]).await;
    let hanging = engine_with(plan(&base, None, simple(request("/"), Outputs::Identity)), &overrides);
    let fault = invoke(&hanging, Inputs::with_slots(8)).await.unwrap_err();
    assert_eq!((fault.kind, fault.status().as_u16()), (FaultKind::Upstream(UpstreamFault::Timeout), 504));

    let (base, _) = upstream(|_, _| {
        vec![(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc".to_vec(), 5_000), (b"defghi".to_vec(), 0)]
    })
    .await;
    let stalling = engine_with(plan(&base, None, simple(request("/"), Outputs::Identity)), &overrides);
    let fault = invoke(&stalling, Inputs::with_slots(8))
        .await
        .unwrap()
        .collect(&Arc::default(), &Turns::default(), 1 << 20)
        .await
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::Upstream(UpstreamFault::Timeout));

    let invocation =
        Invocation { deadline: Some(std::time::Instant::now() + Duration::from_millis(50)), ..Invocation::default() };
    let fault = stalling.invoke(FlowId(0), Inputs::with_slots(8), invocation).await;
    assert!(fault.is_ok() || fault.is_err_and(|f| f.status() == 504));
}

#[tokio::test]
async fn upstream_errors_pass_unmapped() {
    let (base, _) = upstream(|_, _| whole("422 Unprocessable Entity", "application/json", "{\"detail\":[1]}")).await;
    let outputs = Outputs::First([Shape::Select(Selector::parse("$.id").unwrap())].into());
    let engine = engine(plan(&base, None, simple(request("/"), outputs)));
    let answer = invoke(&engine, Inputs::with_slots(8)).await.unwrap();
    assert_eq!(answer.status, 422);
    assert!(answer.from_upstream_error);
    assert_eq!(answer.headers["retry-after"], "3");
    assert_eq!(text(answer).await, "{\"detail\":[1]}");
}

#[tokio::test]
async fn mapped_answers_are_json() {
    let (base, seen) = upstream(|_, _| ok("application/json", "{\"id\": \"x\", \"n\": 1.50}")).await;
    let outputs = Outputs::Named(
        [
            ("key".into(), Shape::Select(Selector::parse("$.id").unwrap())),
            ("gone".into(), Shape::Select(Selector::parse("$.none").unwrap())),
        ]
        .into(),
    );
    let engine = engine(plan(&base, None, simple(request("/"), outputs)));
    let answer = invoke(&engine, Inputs::with_slots(8)).await.unwrap();
    assert_eq!(answer.media_type(), Some("application/json"));
    assert!(!answer.headers.contains_key("content-length"));
    assert_eq!(text(answer).await, "{\"key\":\"x\",\"gone\":null}");
    assert!(seen.lock().unwrap()[0].contains("accept-encoding: gzip"));
}

#[tokio::test]
async fn bodies_and_keys_are_sent_and_keys_are_masked() {
    let (base, seen) = upstream(|_, _| ok("application/json", "{}")).await;
    let key = || Template::Binding(BindingId(0));
    let credential = Credential::Fields(
        [(FieldPlace::Header, "X-Key".into(), key()), (FieldPlace::Query, "key".into(), key())].into(),
    );
    let mut post = request("/v1/flux-dev");
    post.method = Method::POST;
    post.body = Body::Json(Template::slot(SlotId(0)));
    let mut flow = simple(post, Outputs::Identity);
    flow.bindings = [BindingId(0)].into();
    let engine = engine(plan(&base, Some(credential), flow));
    let mut inputs = Inputs::with_slots(8);
    inputs.set(SlotId(0), Value::bytes(Some("application/json"), "{ \"prompt\":\"x\" }"));
    let invocation = Invocation::default();
    let exchanges = invocation.exchanges.clone();
    engine.invoke(FlowId(0), inputs, invocation).await.unwrap();
    let url = exchanges.entries()[0].url();
    assert!(url.ends_with("/v1/flux-dev?key=***"), "{url}");
    assert!(!format!("{exchanges:?}").contains("s3cret"));
    let seen = seen.lock().unwrap()[0].clone();
    assert!(seen.starts_with("POST /v1/flux-dev?key=s3cret-key%2F%2B HTTP/1.1\r\n"), "{seen}");
    assert!(seen.to_lowercase().contains(&format!("x-key: {KEY}")), "{seen}");
    assert!(
        seen.contains("content-type: application/json") && seen.ends_with("\r\n\r\n{ \"prompt\":\"x\" }"),
        "{seen}"
    );
}

#[tokio::test]
async fn a_missing_key_stops_before_anything_is_sent() {
    let (base, seen) = upstream(|_, _| ok("application/json", "{}")).await;
    let mut flow = simple(request("/"), Outputs::Identity);
    flow.bindings = [BindingId(0)].into();
    let plan = plan(&base, Some(Credential::Bearer { token: Template::Binding(BindingId(0)) }), flow);
    let lookup = |_: &Binding| Ok(None);
    let engine = Engine::activate(Arc::new(plan), &lookup, &Overrides::default(), Shared::system());
    assert_eq!(&*engine.missing()[0].name, "API_KEY");
    let fault = invoke(&engine, Inputs::with_slots(8)).await.unwrap_err();
    assert_eq!(fault.status(), 503);
    assert_eq!(fault.kind, FaultKind::Capability(CapabilityFault::MissingBinding));
    assert_eq!(fault.binding.as_deref(), Some("API_KEY"));
    assert!(fault.detail.contains("flux.yaml:7:3"), "{fault}");
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn header_values_cannot_end_the_header() {
    let (base, seen) = upstream(|_, _| ok("application/json", "{}")).await;
    let mut get = request("/");
    get.headers = ["x-name", "host", "connection"]
        .map(|name| HeaderPart { name: name.parse().unwrap(), value: Template::slot(SlotId(0)) })
        .into();
    let engine = engine(plan(&base, None, simple(get, Outputs::Identity)));
    for evil in ["a\r\nX-Evil: 1", "a\nb", "a\0b"] {
        let mut inputs = Inputs::with_slots(8);
        inputs.set(SlotId(0), Value::text(evil));
        let fault = invoke(&engine, inputs).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Caller(CallerFault::BadHeader), "{evil:?}");
    }
    let mut inputs = Inputs::with_slots(8);
    inputs.set(SlotId(0), Value::text("fine"));
    invoke(&engine, inputs).await.unwrap();
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 1);
    assert!(
        seen[0].contains("x-name: fine") && !seen[0].contains("host: fine") && !seen[0].contains("connection: fine")
    );
}

#[tokio::test]
async fn an_upstream_override_keeps_host_path_and_query() {
    let (base, seen) = upstream(|_, _| ok("application/json", "{}")).await;
    let rule = UpstreamRule::parse(&format!("https://api.example.com={base}")).unwrap();
    let overrides = Overrides { upstream: vec![rule], ..Overrides::default() };
    let flow = simple(request("/x"), Outputs::Identity);
    let engine = engine_with(plan("https://api.example.com/v1?a=1", None, flow), &overrides);
    invoke(&engine, Inputs::with_slots(8)).await.unwrap();
    let seen = seen.lock().unwrap()[0].clone();
    assert!(seen.starts_with("GET /v1/x?a=1 HTTP/1.1\r\n") && seen.contains("host: api.example.com\r\n"), "{seen}");
}

#[tokio::test]
async fn redirects_stay_on_the_origin() {
    let (base, seen) = upstream(|text, _| {
        let to = if text.starts_with("GET /a ") { "/b?x=1" } else { "http://elsewhere.example/" };
        vec![(
            format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").into(),
            0,
        )]
    })
    .await;
    let engine = engine(plan(&base, None, simple(request("/a"), Outputs::Identity)));
    let answer = invoke(&engine, Inputs::with_slots(8)).await.unwrap();
    assert_eq!(answer.status, 302);
    assert_eq!(answer.headers["location"], "http://elsewhere.example/");
    assert_eq!(seen.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn digest_answers_the_challenge_and_keeps_it() {
    let (base, seen) = upstream(|text, _| {
        if text.to_lowercase().contains("authorization: digest") {
            return ok("application/json", "{}");
        }
        let challenge = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\", \
                         algorithm=SHA-256\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        vec![(challenge.into(), 0)]
    })
    .await;
    let credential = Credential::Digest { username: Template::text("u"), password: Template::Binding(BindingId(0)) };
    let engine = engine(plan(&base, Some(credential), simple(request("/p?q=1"), Outputs::Identity)));
    for _ in 0..2 {
        assert_eq!(invoke(&engine, Inputs::with_slots(8)).await.unwrap().status, 200);
    }
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 3);
    assert!(seen[1].contains("nc=00000001") && seen[2].contains("nc=00000002"), "{seen:?}");
}

#[tokio::test]
async fn a_handshake_outlives_an_activation_that_changes_nothing_of_it() {
    let (base, seen) = upstream(|text, _| {
        if text.to_lowercase().contains("authorization: digest") {
            return ok("application/json", "{}");
        }
        let challenge = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\", \
                         algorithm=SHA-256\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        vec![(challenge.into(), 0)]
    })
    .await;
    let shared = Shared::system();
    let activated = |password: &'static str| {
        let credential =
            Credential::Digest { username: Template::text("u"), password: Template::Binding(BindingId(0)) };
        let plan = plan(&base, Some(credential), simple(request("/"), Outputs::Identity));
        let resolver = move |_: &Binding| Ok(Some(password.to_owned()));
        Engine::activate(Arc::new(plan), &resolver, &Overrides::default(), Arc::clone(&shared))
    };
    let first = activated("same");
    let requests = |expected: usize| assert_eq!(seen.lock().unwrap().len(), expected);
    invoke(&first, Inputs::with_slots(8)).await.unwrap();
    requests(2);
    let second = activated("same");
    drop(first);
    invoke(&second, Inputs::with_slots(8)).await.unwrap();
    requests(3);
    let other = activated("other");
    invoke(&other, Inputs::with_slots(8)).await.unwrap();
    requests(5);
}

#[tokio::test]
async fn an_unusable_signing_key_is_told_before_anything_is_sent() {
    let (base, seen) = upstream(|_, _| ok("application/json", "{}")).await;
    let credential = Credential::OAuth1 {
        consumer_key: Template::text("id"),
        signing_key: Template::text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"),
    };
    let engine = engine(plan(&base, Some(credential), simple(request("/"), Outputs::Identity)));
    let fault = invoke(&engine, Inputs::with_slots(8)).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Capability(CapabilityFault::BadCredential));
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn access_tokens_are_fetched_once_and_renewed_when_refused() {
    let (base, seen) = upstream(|text, count| {
        if text.starts_with("POST /token") {
            return ok(
                "application/json",
                &format!("{{\"access_token\":\"t{count}\",\"token_type\":\"Bearer\",\"expires_in\":3600}}"),
            );
        }
        if text.contains("Bearer t1\r\n") && count > 3 {
            return whole("401 Unauthorized", "application/json", "{}");
        }
        ok("application/json", "{}")
    })
    .await;
    let credential = Credential::OAuth2 {
        token_url: Template::text(&format!("{base}/token")),
        discover: false,
        client_id: Template::text("id"),
        client_secret: Template::Binding(BindingId(0)),
        scope: "".into(),
        audience: None,
        resource: None,
        in_body: true,
    };
    let engine = engine(plan(&base, Some(credential), simple(request("/x"), Outputs::Identity)));
    for _ in 0..3 {
        assert_eq!(invoke(&engine, Inputs::with_slots(8)).await.unwrap().status, 200);
    }
    let seen = seen.lock().unwrap();
    let tokens = seen.iter().filter(|text| text.starts_with("POST /token")).count();
    assert_eq!((seen.len(), tokens), (6, 2), "{seen:?}");
}

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
    third.path = [PathPart::Literal("/c/".into()), PathPart::Value { name: "id".into(), value: field(1, "id") }].into();
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

#[tokio::test]
async fn a_sandbox_covers_or_nothing_leaves() {
    let (base, seen) = upstream(|_, _| ok("application/json", "{}")).await;
    let sandboxes: HashMap<Box<str>, Box<str>> = [("https://api.example.com".into(), base.clone().into())].into();
    let overrides = Overrides { sandboxes: Some(sandboxes), ..Overrides::default() };
    let covered =
        engine_with(plan("https://api.example.com", None, simple(request("/"), Outputs::Identity)), &overrides);
    assert_eq!(invoke(&covered, Inputs::with_slots(8)).await.unwrap().status, 200);
    let not = engine_with(plan(&base, None, simple(request("/"), Outputs::Identity)), &overrides);
    let fault = invoke(&not, Inputs::with_slots(8)).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Upstream(UpstreamFault::NotCovered));
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_safe_request_survives_a_closed_connection_once() {
    let (base, seen) = upstream(|_, count| if count == 1 { vec![] } else { ok("application/json", "{}") }).await;
    let engine = engine(plan(&base, None, simple(request("/"), Outputs::Identity)));
    assert_eq!(invoke(&engine, Inputs::with_slots(8)).await.unwrap().status, 200);
    assert_eq!(seen.lock().unwrap().len(), 2);
    let (base, seen) = upstream(|_, _| vec![]).await;
    let mut post = request("/");
    post.method = Method::POST;
    let engine = engine_with(plan(&base, None, simple(post, Outputs::Identity)), &Overrides::default());
    let fault = invoke(&engine, Inputs::with_slots(8)).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Upstream(UpstreamFault::CutShort));
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_request_that_is_sent_again_bears_the_same_headers() {
    let (base, seen) = upstream(|_, count| if count == 1 { vec![] } else { ok("application/json", "{}") }).await;
    let mut get = request("/");
    let version = HeaderPart { name: http::HeaderName::from_static("x-version"), value: Template::text("7") };
    get.headers = [version].into();
    get.cookies = [("c".into(), Template::text("1"))].into();
    let outputs = Outputs::First([Shape::Select(Selector::parse("$").unwrap())].into());
    let rule = UpstreamRule::parse(&format!("https://api.example.com={base}")).unwrap();
    let overrides = Overrides { upstream: vec![rule], ..Overrides::default() };
    let engine = engine_with(plan("https://api.example.com", None, simple(get, outputs)), &overrides);
    invoke(&engine, Inputs::with_slots(8)).await.unwrap();
    let seen = seen.lock().unwrap();
    let headers = |text: &str| text.lines().skip(1).map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(seen.len(), 2);
    assert_eq!(headers(&seen[0]), headers(&seen[1]));
    assert!(seen[1].contains("x-version: 7") && seen[1].contains("host: api.example.com"), "{seen:?}");
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
