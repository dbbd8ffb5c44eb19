//! Jobs at a local upstream: what it is asked, the plan that asks it, and the engine that does.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use capstan_engine::{
    Engine, Fault, Host, Inputs, Invocation, Job, JobBinding, JobOptions, Overrides, SameCall, Shared, Value,
};
use capstan_plan::{
    Backoff, Base, BasePart, Binding, Body, Call, Client, ClientId, Credential, FieldPlace, Flow, FlowId, Followed,
    Format, Hosts, Job as PlannedJob, JobCall, JobFailure, JobId, JobResult, Origin, Outcome, Outputs, PathPart,
    PathStep, Plan, PollSource, Polling, Progress, ProgressTotal, Request, Selector, SlotId, Step, StepKind,
    StepOutput, Template, Tolerance,
};
use http::Method;
use serde_json::{Value as Json, json};
use tokio::{io::AsyncWriteExt as _, net::TcpListener};

use crate::raw;

/// An upstream: what it was asked, and where it is.
pub(crate) struct Upstream {
    pub(crate) base: String,
    pub(crate) seen: Arc<Mutex<Vec<String>>>,
}

impl Upstream {
    /// `answer` gets the request and how many of the same method and path came before: status, headers, body. A status of 0 closes.
    pub(crate) async fn new(answer: impl Fn(&str, usize) -> (u16, String, Vec<u8>) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::<String>::new()));
        let (log, answer) = (Arc::clone(&seen), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                tokio::spawn(async move {
                    let Some(text) = raw::request(&mut socket).await else { return };
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
}

pub(crate) const JSON: &str = "content-type: application/json\r\n";

pub(crate) fn reply(status: u16, body: &Json) -> (u16, String, Vec<u8>) {
    (status, JSON.to_owned(), body.to_string().into_bytes())
}

/// One that takes a job, and answers questions with `state` by their number.
pub(crate) async fn jobs(state: impl Fn(usize) -> (u16, String, Vec<u8>) + Send + Sync + 'static) -> Upstream {
    Upstream::new(move |request, before| match request.split(' ').next().unwrap() {
        "POST" => reply(200, &json!({"id": "j1", "polling_url": "/poll/j1"})),
        "DELETE" => (204, String::new(), Vec::new()),
        _ => state(before),
    })
    .await
}

pub(crate) fn pending() -> (u16, String, Vec<u8>) {
    reply(200, &json!({"status": "Pending", "progress": 40}))
}

pub(crate) fn selector(text: &str) -> Selector {
    Selector::parse(text).unwrap()
}

pub(crate) fn origin(line: u32) -> Origin {
    Origin::new("x.yaml".into(), line, 1)
}

pub(crate) fn request(method: Method, path: &str) -> Request {
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

pub(crate) fn call(request: Request, job: Option<JobCall>) -> Call {
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

pub(crate) fn of_handle(member: &str) -> Template {
    Template::Slot(SlotId(0), [PathStep::Field(member.into())].into())
}

pub(crate) fn polling() -> Polling {
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
        block: Box::new(json!({"poll": {"url": "{{handle.url}}"}, "timeout": "10m"})),
    }
}

/// A capability with one flow: a POST that is a job.
pub(crate) fn plan(base: &str, edit: impl FnOnce(&mut PlannedJob, &mut Flow)) -> Arc<Plan> {
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

/// An engine on this machine, with this key for handles.
pub(crate) fn engine_on(plan: Arc<Plan>, host: Arc<dyn Host>, key: Option<&str>) -> Arc<Engine> {
    let shared = Shared::new(host, Duration::from_secs(5));
    let key = key.map(str::to_owned);
    let lookup = move |binding: &Binding| Ok((&*binding.name == "CAPSTAN_JOB_KEY").then(|| key.clone()).flatten());
    Arc::new(Engine::activate(plan, &lookup, &Overrides::default(), shared))
}

pub(crate) fn inputs(prompt: &str) -> Inputs {
    let mut inputs = Inputs::with_slots(4);
    inputs.set(SlotId(0), Value::Json(json!({"prompt": prompt})));
    inputs
}

pub(crate) fn binding(caller: u8) -> JobBinding<'static> {
    JobBinding { capability: "flux", unit: "rest/generate", caller: [caller; 32] }
}

pub(crate) fn options(same: SameCall) -> JobOptions {
    JobOptions { ttl: Duration::from_secs(3_600), same }
}

pub(crate) async fn begin(engine: &Arc<Engine>, prompt: &str, same: SameCall) -> Result<Job, Fault> {
    engine.begin(FlowId(0), inputs(prompt), Invocation::default(), binding(1), options(same)).await
}
