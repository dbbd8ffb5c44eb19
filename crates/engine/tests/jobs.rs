//! Jobs against a local upstream, by a clock that moves when somebody waits: ten minutes take milliseconds.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used, reason = "tests")]

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use capstan_engine::{
    Answer, AnswerBody, CallerFault, Engine, Fault, FaultKind, Host, Inputs, Invocation, Job, JobBinding, JobOptions,
    JobState, NoJob, Overrides, Report, SameCall, Shared, SystemHost, UpstreamFault, Value,
};
use capstan_plan::{
    Backoff, Base, BasePart, Binding, Body, Call, Client, ClientId, Credential, FieldPlace, Flow, FlowId, Followed,
    Format, HostPattern, Hosts, Job as PlannedJob, JobCall, JobFailure, JobId, JobResult, Origin, Outcome, Outputs,
    PathPart, PathStep, Plan, PollSource, Polling, Progress, ProgressTotal, Request, Selector, SlotId, Step, StepKind,
    StepOutput, Template, Tolerance,
};
use http::Method;
use http_body_util::BodyExt as _;
use serde_json::{Value as Json, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

/// A machine whose clock moves when somebody waits.
#[derive(Clone)]
struct Clock(Arc<AtomicU64>);

impl Default for Clock {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(1_800_000_000_000)))
    }
}

impl Clock {
    fn ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst) - 1_800_000_000_000
    }
}

impl Host for Clock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.0.load(Ordering::SeqCst))
    }

    fn random(&self, buffer: &mut [u8]) {
        SystemHost.random(buffer);
    }

    fn read(&self, _: &str) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let clock = Arc::clone(&self.0);
        Box::pin(async move {
            tokio::task::yield_now().await;
            clock.fetch_add(u64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
        })
    }
}

/// An upstream: what it was asked, and where it is.
struct Upstream {
    base: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Upstream {
    /// `answer` gets the request and how many of the same method and path came before: status, headers, body. A status of 0 closes.
    async fn new(answer: impl Fn(&str, usize) -> (u16, String, Vec<u8>) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::<String>::new()));
        let (log, answer) = (Arc::clone(&seen), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                tokio::spawn(async move {
                    let mut buffer = Vec::new();
                    let mut chunk = [0; 4096];
                    let text = loop {
                        let read = socket.read(&mut chunk).await.unwrap_or(0);
                        if read == 0 {
                            return;
                        }
                        buffer.extend_from_slice(&chunk[..read]);
                        let text = String::from_utf8_lossy(&buffer).into_owned();
                        let Some(end) = text.find("\r\n\r\n") else { continue };
                        let length = text.to_ascii_lowercase().lines().find_map(|line| {
                            line.strip_prefix("content-length: ").and_then(|value| value.trim().parse::<usize>().ok())
                        });
                        if buffer.len() >= end + 4 + length.unwrap_or(0) {
                            break text;
                        }
                    };
                    let line = text.lines().next().unwrap().to_owned();
                    let before = {
                        let mut log = log.lock().unwrap();
                        log.push(text.clone());
                        log.iter().filter(|seen| seen.starts_with(&line)).count() - 1
                    };
                    let (status, headers, body) = answer(&text, before);
                    if status > 0 {
                        let head = format!(
                            "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n",
                            body.len()
                        );
                        let _ = socket.write_all(head.as_bytes()).await;
                        let _ = socket.write_all(&body).await;
                    }
                    let _ = socket.shutdown().await;
                });
            }
        });
        Self { base, seen }
    }

    fn count(&self, start: &str) -> usize {
        self.seen.lock().unwrap().iter().filter(|seen| seen.starts_with(start)).count()
    }

    fn first(&self, start: &str) -> String {
        self.seen.lock().unwrap().iter().find(|seen| seen.starts_with(start)).cloned().unwrap()
    }
}

const JSON: &str = "content-type: application/json\r\n";

fn reply(status: u16, body: &Json) -> (u16, String, Vec<u8>) {
    (status, JSON.to_owned(), body.to_string().into_bytes())
}

/// One that takes a job, and answers questions with `state` by their number.
async fn jobs(state: impl Fn(usize) -> (u16, String, Vec<u8>) + Send + Sync + 'static) -> Upstream {
    Upstream::new(move |request, before| match request.split(' ').next().unwrap() {
        "POST" => reply(200, &json!({"id": "j1", "polling_url": "/poll/j1"})),
        "DELETE" => (204, String::new(), Vec::new()),
        _ => state(before),
    })
    .await
}

fn pending() -> (u16, String, Vec<u8>) {
    reply(200, &json!({"status": "Pending", "progress": 40}))
}

fn ready() -> (u16, String, Vec<u8>) {
    reply(200, &json!({"status": "Ready", "result": {"n": 7}}))
}

fn selector(text: &str) -> Selector {
    Selector::parse(text).unwrap()
}

fn origin(line: u32) -> Origin {
    Origin::new("x.yaml".into(), line, 1)
}

fn request(method: Method, path: &str) -> Request {
    Request {
        client: ClientId(0),
        name: "api.op".into(),
        method,
        base: None,
        path: [PathPart::Literal(path.into())].into(),
        query: [].into(),
        headers: [].into(),
        cookies: [].into(),
        body: Body::None,
        origin: origin(2),
    }
}

fn call(request: Request, job: Option<JobCall>) -> Call {
    Call {
        request,
        format: Format::Json,
        schema: None,
        media_type: None,
        max_binary: None,
        output: StepOutput::Raw,
        job,
    }
}

fn of_handle(member: &str) -> Template {
    Template::Slot(SlotId(0), [PathStep::Field(member.into())].into())
}

fn polling() -> Polling {
    let link = Followed { address: of_handle("url"), client: ClientId(0), hosts: Hosts::OfBase };
    let failure = JobFailure {
        status: 422,
        title: Some("The request was moderated".into()),
        detail: Some(selector("$.details")),
    };
    Polling {
        source: PollSource::Url(link),
        status: selector("$.status"),
        pending: ["Pending".into()].into(),
        success: ["Ready".into()].into(),
        failure: [("Moderated".into(), failure)].into(),
        every: Backoff { first_ms: 500, interval_ms: 1_000, factor: 1.5, max_ms: 5_000, jitter: 0.2 },
        timeout_ms: 600_000,
        tolerate: Tolerance { statuses: [404..=404, 429..=429, 500..=504].into(), for_ms: 15_000 },
        progress: Some(Progress {
            value: Some(selector("$.progress")),
            total: Some(ProgressTotal::Number(100.0)),
            message: Some(selector("$.status")),
        }),
        result: JobResult::Value(selector("$.result")),
    }
}

/// A capability with one flow: a POST that is a job.
fn plan(base: &str, edit: impl FnOnce(&mut PlannedJob, &mut Flow)) -> Arc<Plan> {
    let mut plan = Plan::default();
    let key = (FieldPlace::Header, "x-key".into(), Template::text("sekret-4711"));
    plan.clients.push(Client {
        namespace: "api".into(),
        base_text: base.into(),
        base: Base { parts: [BasePart::Literal(base.into())].into() },
        credential: Some(Credential::Fields([key].into())),
        limits: None,
        origin: origin(1),
    });
    let mut job = PlannedJob {
        name: "api.submit".into(),
        handle: [("id".into(), selector("$.id")), ("url".into(), selector("$.polling_url"))].into(),
        slots: 1,
        slot: SlotId(0),
        polling: polling(),
        cancel: Some(Box::new(call(request(Method::DELETE, "/cancel"), None))),
        block: Box::new(json!({"poll": {"url": "{{handle.url}}"}, "timeout": "10m"})),
        origin: origin(3),
    };
    let submit = Request { body: Body::Json(Template::slot(SlotId(0))), ..request(Method::POST, "/submit") };
    let job_call = JobCall { job: JobId(0), submit: None, poll: None };
    let kind = StepKind::Call(Box::new(call(submit, Some(job_call))));
    let mut flow = Flow {
        name: "generate".into(),
        slots: 4,
        inputs: [].into(),
        bound: [].into(),
        steps: [Step { name: "".into(), slot: SlotId(1), after: [].into(), kind, origin: origin(4) }].into(),
        outcome: Outcome::Response { step: 0, outputs: Outputs::Identity },
        bindings: [].into(),
        origin: origin(5),
    };
    edit(&mut job, &mut flow);
    plan.jobs.push(job);
    plan.flows.push(flow);
    Arc::new(plan)
}

fn engine_with(plan: Arc<Plan>, clock: &Clock, key: Option<&str>) -> Arc<Engine> {
    let shared = Shared::new(Arc::new(clock.clone()), Duration::from_secs(5));
    let key = key.map(str::to_owned);
    let lookup = move |binding: &Binding| Ok((&*binding.name == "CAPSTAN_JOB_KEY").then(|| key.clone()).flatten());
    Arc::new(Engine::activate(plan, &lookup, &Overrides::default(), shared))
}

fn engine(base: &str, clock: &Clock) -> Arc<Engine> {
    engine_with(plan(base, |_, _| {}), clock, None)
}

fn inputs(prompt: &str) -> Inputs {
    let mut inputs = Inputs::with_slots(4);
    inputs.set(SlotId(0), Value::Json(json!({"prompt": prompt})));
    inputs
}

async fn invoke(engine: &Engine) -> Result<Answer, Fault> {
    engine.invoke(FlowId(0), inputs("a cat"), Invocation::default()).await
}

async fn body(answer: Answer) -> (Option<String>, Vec<u8>) {
    let media_type = answer.media_type().map(str::to_owned);
    let bytes = match answer.body {
        AnswerBody::Empty => Vec::new(),
        AnswerBody::Json(json) => json.to_string().into_bytes(),
        AnswerBody::Bytes(bytes) => bytes.to_vec(),
        AnswerBody::Stream(stream) => stream.collect().await.unwrap().to_bytes().to_vec(),
    };
    (media_type, bytes)
}

fn binding(caller: u8) -> JobBinding<'static> {
    JobBinding { capability: "flux", unit: "rest/generate", caller: [caller; 32] }
}

fn options(same: SameCall) -> JobOptions {
    JobOptions { ttl: Duration::from_secs(3_600), same }
}

async fn begin(engine: &Arc<Engine>, prompt: &str, same: SameCall) -> Result<Job, Fault> {
    engine.begin(FlowId(0), inputs(prompt), Invocation::default(), binding(1), options(same)).await
}

#[tokio::test]
async fn a_job_of_ten_minutes_is_one_call() {
    let upstream = jobs(|asked| if asked < 118 { pending() } else { ready() }).await;
    let clock = Clock::default();
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let progress: capstan_engine::Progress = Arc::new(move |report: Report<'_>| {
        if let Report::Job { part, message } = report {
            heard.lock().unwrap().push((part, message.map(str::to_owned)));
        }
    });
    let invocation = Invocation { progress: Some(progress), ..Invocation::default() };
    let log = invocation.exchanges.clone();
    let answer = engine(&upstream.base, &clock).invoke(FlowId(0), inputs("a cat"), invocation).await.unwrap();
    assert_eq!(body(answer).await, (Some("application/json".to_owned()), br#"{"n":7}"#.to_vec()));
    assert!((500_000..600_000).contains(&clock.ms()), "{}", clock.ms());
    assert_eq!((upstream.count("POST /submit"), upstream.count("GET /poll/j1")), (1, 119));
    assert!(upstream.first("GET").contains("x-key: sekret-4711"), "polls bear the credential");
    assert_eq!(told.lock().unwrap()[0], (Some(0.4), Some("Pending".to_owned())));
    assert_eq!(log.entries().len(), 2, "the submit and the last question are written down");
}

#[tokio::test]
async fn trouble_is_tolerated_for_a_while_and_retry_after_wins() {
    for status in [404, 429, 500, 503] {
        let upstream = jobs(move |asked| if asked < 3 { reply(status, &json!({})) } else { ready() }).await;
        assert!(invoke(&engine(&upstream.base, &Clock::default())).await.is_ok(), "{status}");
        let upstream = jobs(move |_| reply(status, &json!({}))).await;
        let fault = invoke(&engine(&upstream.base, &Clock::default())).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Upstream(UpstreamFault::JobFailed), "{status}: {fault}");
        assert!(upstream.count("GET") > 3);
    }
    let upstream = jobs(|asked| if asked < 3 { (0, String::new(), Vec::new()) } else { ready() }).await;
    assert!(invoke(&engine(&upstream.base, &Clock::default())).await.is_ok(), "closed connections");
    let upstream = jobs(|_| reply(401, &json!({}))).await;
    let fault = invoke(&engine(&upstream.base, &Clock::default())).await.unwrap_err();
    assert!(fault.detail.contains("401") && upstream.count("GET") == 1, "{fault}");
    let later = "retry-after: 120\r\n";
    let upstream = jobs(move |asked| match asked {
        0 => (503, later.to_owned(), Vec::new()),
        _ => ready(),
    })
    .await;
    let clock = Clock::default();
    assert!(invoke(&engine(&upstream.base, &clock)).await.is_ok());
    assert!(clock.ms() >= 120_000, "{}", clock.ms());
}

#[tokio::test]
async fn what_the_submit_is_refused_with_reaches_the_caller() {
    for status in [402, 422, 429] {
        let upstream = Upstream::new(move |_, _| {
            let body = json!({"detail": format!("no {status}")}).to_string().into_bytes();
            (status, format!("{JSON}retry-after: 7\r\n"), body)
        })
        .await;
        let engine = engine(&upstream.base, &Clock::default());
        for fault in [invoke(&engine).await.unwrap_err(), begin(&engine, "x", SameCall::Never).await.unwrap_err()] {
            assert_eq!(fault.status().as_u16(), status);
            let error = fault.upstream_error.as_ref().unwrap();
            assert!(String::from_utf8_lossy(&error.body).contains(&format!("no {status}")));
            assert_eq!(fault.retry_after, Some(Duration::from_secs(7)));
        }
        assert_eq!(upstream.count("GET"), 0);
    }
}

#[tokio::test]
async fn an_end_that_is_no_success_says_what_the_author_says() {
    let moderated = || reply(200, &json!({"status": "Moderated", "details": "a rude word"}));
    let upstream = jobs(move |_| moderated()).await;
    let fault = invoke(&engine(&upstream.base, &Clock::default())).await.unwrap_err();
    assert_eq!((fault.status().as_u16(), &*fault.title), (422, "The request was moderated"));
    assert!(fault.detail.contains("a rude word"), "{fault}");
    let upstream = jobs(|_| reply(200, &json!({"status": "Exploded"}))).await;
    let fault = invoke(&engine(&upstream.base, &Clock::default())).await.unwrap_err();
    assert_eq!(fault.status().as_u16(), 502);
    assert!(fault.detail.contains("`Exploded`"), "{fault}");
    let upstream = jobs(|_| pending()).await;
    let clock = Clock::default();
    let fault = invoke(&engine(&upstream.base, &clock)).await.unwrap_err();
    assert_eq!((fault.status().as_u16(), fault.kind), (504, FaultKind::Upstream(UpstreamFault::Timeout)));
    assert!((600_000..610_000).contains(&clock.ms()), "{}", clock.ms());
}

#[tokio::test]
async fn addresses_lead_to_allowed_hosts_alone() {
    let foreign = Upstream::new(|_, _| ready()).await;
    let to = foreign.base.clone();
    let upstream =
        Upstream::new(move |_, _| reply(200, &json!({"id": "j1", "polling_url": format!("{to}/poll")}))).await;
    let fault = invoke(&engine(&upstream.base, &Clock::default())).await.unwrap_err();
    assert_eq!((fault.kind, fault.status().as_u16()), (FaultKind::Upstream(UpstreamFault::Address), 502));
    assert_eq!(foreign.count(""), 0, "no request, so no credential");
    // A redirect keeps the rule.
    let to = foreign.base.clone();
    let upstream = jobs(move |_| (302, format!("location: {to}/poll\r\n"), Vec::new())).await;
    assert!(invoke(&engine(&upstream.base, &Clock::default())).await.is_err());
    assert_eq!(foreign.count(""), 0);
}

/// A plan whose result is behind an address that `hosts` allow.
fn fetching(base: &str, hosts: Hosts) -> Arc<Plan> {
    plan(base, |job, _| {
        let link = Followed { address: selector("$.result.sample"), client: ClientId(0), hosts };
        let within_ms = Some(600_000);
        job.polling.result = JobResult::Fetched { link, within_ms, max_bytes: None, media_type: None };
    })
}

fn only(base: &str) -> Hosts {
    let port = base.rsplit(':').next().unwrap().parse().unwrap();
    Hosts::Named([HostPattern { name: "127.0.0.1".into(), below: false, port: Some(port) }].into())
}

#[tokio::test]
async fn results_are_fetched_without_our_credential_elsewhere() {
    let png = b"\x89PNG the picture".to_vec();
    let picture = png.clone();
    let cdn = Upstream::new(move |_, before| match before {
        0 => (503, String::new(), Vec::new()),
        _ => (200, "content-type: image/png\r\n".to_owned(), picture.clone()),
    })
    .await;
    let at = format!("{}/a.png?sig=1", cdn.base);
    let upstream = jobs(move |_| reply(200, &json!({"status": "Ready", "result": {"sample": at}}))).await;
    let engine = engine_with(fetching(&upstream.base, only(&cdn.base)), &Clock::default(), None);
    let answer = invoke(&engine).await.unwrap();
    assert_eq!(body(answer).await, (Some("image/png".to_owned()), png.clone()));
    assert!(!cdn.first("GET /a.png?sig=1").contains("sekret"), "the credential stays with the API");
    // As a job it is fetched when it ends, and kept.
    let job = begin(&engine, "x", SameCall::Never).await.unwrap();
    assert_eq!(job.ended().await.state, JobState::Succeeded);
    for _ in 0..2 {
        assert_eq!(body(job.answer().unwrap()).await, (Some("image/png".to_owned()), png.clone()));
    }
    assert_eq!(cdn.count("GET"), 3);
}

#[tokio::test]
async fn a_link_that_expired_is_said_to_be() {
    let cdn = Upstream::new(|_, _| (403, String::new(), b"<Error/>".to_vec())).await;
    let at = format!("{}/a.png", cdn.base);
    let upstream = jobs(move |_| reply(200, &json!({"status": "Ready", "result": {"sample": at}}))).await;
    let plan = fetching(&upstream.base, only(&cdn.base));
    let fault = invoke(&engine_with(plan, &Clock::default(), None)).await.unwrap_err();
    assert_eq!((fault.kind, fault.status().as_u16()), (FaultKind::Upstream(UpstreamFault::Link), 502));
    assert!(fault.detail.contains("403") && fault.detail.contains("600 s"), "{fault}");
    let plan = fetching(&upstream.base, Hosts::OfBase);
    let fault = invoke(&engine_with(plan, &Clock::default(), None)).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Upstream(UpstreamFault::Address));
    assert_eq!(cdn.count("GET"), 1);
}

#[tokio::test]
async fn many_look_and_one_asks() {
    let upstream = jobs(|asked| if asked < 20 { pending() } else { ready() }).await;
    let engine = engine(&upstream.base, &Clock::default());
    let job = begin(&engine, "x", SameCall::Never).await.unwrap();
    let handle = job.handle().to_owned();
    drop(job);
    let all = (0..50).map(|_| {
        let job = engine.resume(FlowId(0), &handle, binding(1)).unwrap();
        async move { job.ended().await.state }
    });
    let states = futures_util::future::join_all(all).await;
    assert!(states.iter().all(|state| *state == JobState::Succeeded));
    assert_eq!((upstream.count("POST"), upstream.count("GET")), (1, 21));
}

#[tokio::test]
async fn a_handle_is_of_use_to_its_caller_alone() {
    let upstream = jobs(|_| ready()).await;
    let engine = engine(&upstream.base, &Clock::default());
    let job = begin(&engine, "x", SameCall::Never).await.unwrap();
    let resume = |handle: &str, binding| engine.resume(FlowId(0), handle, binding).map(|_| ()).unwrap_err();
    assert_eq!(resume(job.handle(), binding(2)), NoJob::Unknown);
    assert_eq!(resume(job.handle(), JobBinding { capability: "other", ..binding(1) }), NoJob::Unknown);
    assert_eq!(resume(job.handle(), JobBinding { unit: "rest/other", ..binding(1) }), NoJob::Unknown);
    for forged in ["", "x", &job.handle()[1..], &format!("{}A", job.handle()), &"A".repeat(100_000)] {
        assert_eq!(resume(forged, binding(1)), NoJob::Unknown);
    }
    assert!(engine.resume(FlowId(0), job.handle(), binding(1)).is_ok());
    assert!(!job.handle().contains("j1"));
}

/// 32 bytes.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

#[tokio::test]
async fn another_process_takes_a_job_up_again() {
    let upstream = jobs(|asked| if asked < 2 { pending() } else { ready() }).await;
    let clock = Clock::default();
    let first = engine_with(plan(&upstream.base, |_, _| {}), &clock, Some(KEY));
    let handle = begin(&first, "x", SameCall::Never).await.unwrap().handle().to_owned();
    first.invoke(FlowId(0), Inputs::with_slots(4), Invocation::default()).await.unwrap();
    drop(first);
    // A new process knows nothing but the key.
    let second = engine_with(plan(&upstream.base, |_, _| {}), &clock, Some(KEY));
    let job = second.resume(FlowId(0), &handle, binding(1)).unwrap();
    assert_eq!(job.ended().await.state, JobState::Succeeded);
    assert_eq!(body(job.answer().unwrap()).await.1, br#"{"n":7}"#.to_vec());
    assert_eq!(upstream.count("POST"), 2, "one for each begin, none for the resumption");
    // An edit of the block is named; one elsewhere is fine.
    let edited = plan(&upstream.base, |job, _| *job.block = json!({"poll": {"url": "x"}, "timeout": "10m"}));
    match engine_with(edited, &clock, Some(KEY)).resume(FlowId(0), &handle, binding(1)) {
        Err(NoJob::Changed(why)) => assert!(why.contains("`api.submit`") && why.contains("`poll`"), "{why}"),
        other => panic!("{other:?}"),
    }
    // Another key, or none, opens nothing; and its time passes.
    let other = engine_with(plan(&upstream.base, |_, _| {}), &clock, None);
    assert_eq!(other.resume(FlowId(0), &handle, binding(1)).unwrap_err(), NoJob::Unknown);
    clock.0.fetch_add(3_600_000, Ordering::SeqCst);
    assert_eq!(second.resume(FlowId(0), &handle, binding(1)).unwrap_err(), NoJob::Expired);
}

#[tokio::test]
async fn a_key_that_is_none_is_said_and_nothing_is_submitted() {
    let upstream = jobs(|_| ready()).await;
    let engine = engine_with(plan(&upstream.base, |_, _| {}), &Clock::default(), Some("too-short"));
    let fault = begin(&engine, "x", SameCall::Never).await.unwrap_err();
    assert_eq!(fault.binding.as_deref(), Some("CAPSTAN_JOB_KEY"));
    assert_eq!(upstream.count("POST"), 0);
}

#[tokio::test]
async fn the_same_call_is_submitted_once() {
    let upstream = jobs(|asked| if asked < 5 { pending() } else { ready() }).await;
    let engine = engine(&upstream.base, &Clock::default());
    let key = || SameCall::Key("k-1".into());
    let (first, again) = tokio::join!(begin(&engine, "a", key()), begin(&engine, "a", key()));
    assert_eq!(first.unwrap().handle(), again.unwrap().handle());
    let fault = begin(&engine, "b", key()).await.unwrap_err();
    assert_eq!((fault.kind, fault.status().as_u16()), (FaultKind::Caller(CallerFault::OtherInputs), 422));
    assert_eq!(upstream.count("POST"), 1);
    let within = || SameCall::Within(Duration::from_secs(60));
    let (first, again) = (begin(&engine, "c", within()).await.unwrap(), begin(&engine, "c", within()).await.unwrap());
    assert_eq!(first.handle(), again.handle());
    assert_ne!(begin(&engine, "d", within()).await.unwrap().handle(), first.handle());
    assert_eq!(upstream.count("POST"), 3);
    begin(&engine, "a", SameCall::Never).await.unwrap();
    assert_eq!(upstream.count("POST"), 4);
}

#[tokio::test]
async fn a_submit_that_may_have_arrived_is_not_repeated() {
    let upstream = Upstream::new(|_, _| (0, String::new(), Vec::new())).await;
    let clock = Clock::default();
    let key = || SameCall::Key("k-1".into());
    let engine = engine(&upstream.base, &clock);
    assert!(begin(&engine, "a", key()).await.is_err());
    assert!(begin(&engine, "a", key()).await.is_err());
    assert_eq!(upstream.count("POST"), 1, "the key stands for the call whose end nobody knows");
    // Not even where the method is safe.
    let plan = plan(&upstream.base, |_, flow| {
        let StepKind::Call(call) = &mut flow.steps[0].kind else { panic!() };
        call.request.method = Method::GET;
        call.request.body = Body::None;
    });
    assert!(invoke(&engine_with(plan, &clock, None)).await.is_err());
    assert_eq!(upstream.count("GET"), 1);
    // What the upstream refused can be tried again with the same key.
    let upstream = Upstream::new(|_, before| match before {
        0 => reply(429, &json!({})),
        _ => reply(200, &json!({"id": "j1", "polling_url": "/poll"})),
    })
    .await;
    let engine = engine_with(self::plan(&upstream.base, |_, _| {}), &clock, None);
    assert!(begin(&engine, "a", key()).await.is_err());
    assert!(begin(&engine, "a", key()).await.is_ok());
}

#[tokio::test]
async fn cancelling_tells_the_upstream() {
    let upstream = jobs(|_| pending()).await;
    let engine =
        engine_with(plan(&upstream.base, |job, _| job.polling.timeout_ms = u64::MAX / 4), &Clock::default(), None);
    let job = begin(&engine, "x", SameCall::Never).await.unwrap();
    assert!(job.is_cancellable() && !job.look().state.is_over());
    assert_eq!(job.cancel().await.state, JobState::Cancelled);
    assert_eq!(upstream.count("DELETE /cancel"), 1);
    assert_eq!(job.answer().unwrap_err().kind, FaultKind::Caller(CallerFault::Cancelled));
}

#[tokio::test]
async fn who_leaves_ends_nothing_and_the_job_keeps_its_plan() {
    let upstream = jobs(|asked| if asked < 3 { pending() } else { ready() }).await;
    let engine = engine(&upstream.base, &Clock::default());
    let job = begin(&engine, "x", SameCall::Never).await.unwrap();
    // As after a reload: nobody else has this engine any more.
    drop(engine);
    assert_eq!(job.ended().await.state, JobState::Succeeded);
    let version = job.look().version;
    assert!(job.changed(version - 1).await.version >= version);
}

#[tokio::test]
async fn the_end_of_the_process_ends_the_asking_and_nobody_waits() {
    let upstream = jobs(|_| pending()).await;
    let shared = Shared::new(Arc::new(SystemHost), Duration::from_secs(5));
    let lookup = |_: &Binding| Ok(None);
    let planned = plan(&upstream.base, |_, _| {});
    let engine = Arc::new(Engine::activate(planned, &lookup, &Overrides::default(), Arc::clone(&shared)));
    let job = begin(&engine, "x", SameCall::Never).await.unwrap();
    assert_eq!(shared.jobs().running(), 1);
    let (view, ()) = tokio::join!(job.ended(), async { shared.jobs().stop() });
    assert_eq!(view.state, JobState::Running);
}
