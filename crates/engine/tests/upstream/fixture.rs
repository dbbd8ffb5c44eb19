//! A raw upstream, and plans that call it.

pub(crate) use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

pub(crate) use capstan_engine::{
    Answer, AnswerBody, CallerFault, CapabilityFault, CollectedBody, Engine, Fault, FaultKind, Inputs, Invocation,
    Overrides, Report, Shared, Timeouts, UpstreamFault, UpstreamRule, Value, workers::Turns,
};
pub(crate) use capstan_plan::{
    Base, BasePart, Binding, BindingId, BindingSource, Body, Call as CallStep, Client, ClientId, Credential,
    FieldPlace, Flow, FlowId, Format, HeaderPart, Mapping, Origin, Outcome, Outputs, PathPart, Plan, Request, Selector,
    Shape, SlotId, Step, StepKind, StepOutput, Template,
};
pub(crate) use http::Method;
pub(crate) use http_body_util::BodyExt as _;
pub(crate) use serde_json::json;
pub(crate) use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpListener, TcpStream},
};

use crate::raw;

pub(crate) type Seen = Arc<Mutex<Vec<String>>>;

/// An upstream that answers raw bytes: `(bytes, then wait)` pieces, then closes.
pub(crate) async fn upstream<F>(answer: F) -> (String, Seen)
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

pub(crate) async fn serve<F: Fn(&str, usize) -> Vec<(Vec<u8>, u64)>>(mut socket: TcpStream, log: Seen, answer: Arc<F>) {
    let Some(text) = raw::request(&mut socket).await else { return };
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
}

pub(crate) fn ok(content_type: &str, body: &str) -> Vec<(Vec<u8>, u64)> {
    whole("200 OK", content_type, body)
}

pub(crate) fn whole(status: &str, content_type: &str, body: &str) -> Vec<(Vec<u8>, u64)> {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nSet-Cookie: a=b\r\nX-Request-Id: r1\r\n\
         Retry-After: 3\r\nServer: s\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    vec![(head.into_bytes(), 0)]
}

pub(crate) fn origin() -> Origin {
    Origin::new("flux.yaml".into(), 7, 3)
}

pub(crate) fn request(path: &str) -> Request {
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

pub(crate) fn call(request: Request) -> CallStep {
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

pub(crate) fn step(name: &str, slot: u32, after: &[usize], request: Request) -> Step {
    Step {
        name: name.into(),
        slot: SlotId(slot),
        after: after.into(),
        kind: StepKind::Call(Box::new(call(request))),
        origin: origin(),
    }
}

pub(crate) fn flow(steps: Vec<Step>, outcome: Outcome) -> Flow {
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

pub(crate) fn simple(request: Request, outputs: Outputs) -> Flow {
    flow(vec![step("", 7, &[], request)], Outcome::Response { step: 0, outputs })
}

pub(crate) fn plan(base: &str, credential: Option<Credential>, flow: Flow) -> Plan {
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

pub(crate) const KEY: &str = "s3cret-key/+";

pub(crate) fn engine_with(plan: Plan, overrides: &Overrides) -> Engine {
    let lookup = |_: &Binding| Ok(Some(KEY.to_owned()));
    Engine::activate(Arc::new(plan), &lookup, overrides, Shared::system())
}

pub(crate) fn engine(plan: Plan) -> Engine {
    engine_with(plan, &Overrides::default())
}

pub(crate) async fn invoke(engine: &Engine, inputs: Inputs) -> Result<Answer, Fault> {
    engine.invoke(FlowId(0), inputs, Invocation::default()).await
}

pub(crate) async fn text(answer: Answer) -> String {
    match answer.collect(&Arc::default(), &Turns::default(), 1 << 20).await.unwrap().body {
        CollectedBody::Empty => String::new(),
        CollectedBody::Json(value) => value.to_string(),
        CollectedBody::Bytes(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
    }
}
