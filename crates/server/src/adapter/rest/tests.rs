//! Tests of `rest`.

use capstan_engine::Overrides;
use capstan_plan::{
    Base, BasePart, Body as Sent, Client, Exposure, ExposureKind, Flow, FlowId, Format, Input, Listen, Origin, Outcome,
    Outputs, PathPart, Pattern, Place, Plan, QueryPart, Reading, Rest, Route, RouteInput, SlotId, Step, StepKind,
    StepOutput, TakenField, Template, Unit,
};
use http::Method;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::*;
use crate::{
    bundle::fingerprint::Fingerprint,
    capability::instance::{Capability, State},
    finding::Findings,
    fixture,
    shared::Limits,
};

fn origin() -> Origin {
    Origin::new("fixture.yaml".into(), 7, 1)
}

fn input(name: &str, slot: u32, required: bool) -> Input {
    Input {
        name: name.into(),
        slot: SlotId(slot),
        required,
        schema: serde_json::json!({}).into(),
        enforced: false,
        default: None,
        whole_body: name == "body",
        delimiter: None,
        origin: origin(),
    }
}

fn flow(name: &str, method: Method, required: bool) -> Flow {
    let request = capstan_plan::Request {
        client: 0.into(),
        name: format!("api.{name}").into(),
        method,
        base: None,
        path: Box::new([
            PathPart::Literal(format!("/{name}/").into()),
            PathPart::value("id", Template::slot(SlotId(0))),
        ]),
        query: Box::new([QueryPart::new("q", Template::slot(SlotId(1)))]),
        headers: Box::default(),
        cookies: Box::default(),
        body: Sent::Inbound(Template::slot(SlotId(2))),
        origin: origin(),
    };
    let call = capstan_plan::Call {
        request,
        format: Format::Json,
        schema: None,
        media_type: None,
        max_binary: None,
        output: StepOutput::Raw,
        job: None,
    };
    Flow {
        name: name.into(),
        slots: 4,
        inputs: Box::new([input("id", 0, true), input("q", 1, required), input("body", 2, false)]),
        bound: Box::default(),
        steps: Box::new([Step {
            name: "".into(),
            slot: SlotId(3),
            after: Box::default(),
            kind: StepKind::Call(Box::new(call)),
            origin: origin(),
        }]),
        outcome: Outcome::Response { step: 0, outputs: Outputs::Identity },
        bindings: Box::default(),
        origin: origin(),
    }
}

fn route(flow: FlowId, name: &str, method: Method) -> Route {
    let place = |slot, places: Vec<Place>| RouteInput { slot: SlotId(slot), places: places.into() };
    Route {
        method: Some(method),
        pattern: Pattern::parse("/things/{id}", None).unwrap(),
        query: Box::default(),
        answer: None,
        fixed: Box::default(),
        unit: Unit {
            name: name.into(),
            title: None,
            description: None,
            target: Target::Flow(flow),
            reading: Reading::Declared,
            policy: None,
            upstream: None,
            origin: origin(),
        },
        inputs: Box::new([
            place(0, vec![Place::Path("id".into())]),
            place(1, vec![Place::Query("q".into()), Place::Field("q".into())]),
            place(2, vec![Place::Body { minus: Box::new([TakenField { name: "q".into(), unless: Box::default() }]) }]),
        ]),
    }
}

/// An upstream that answers each request with the request itself; the path `/get/cut` is answered with half of it.
async fn echo() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut seen = Vec::new();
                let mut buffer = [0; 4096];
                while let Ok(n @ 1..) = stream.read(&mut buffer).await {
                    seen.extend_from_slice(&buffer[..n]);
                    let text = String::from_utf8_lossy(&seen).to_lowercase();
                    let Some(end) = text.find("\r\n\r\n") else { continue };
                    let length = text.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
                    if seen.len() < end + 4 + length.map_or(0, |n| n.parse().unwrap()) {
                        continue;
                    }
                    let claimed = if text.contains("/cut") { seen.len() * 2 } else { seen.len() };
                    let status = if text.contains("/gone") { "410 Gone" } else { "200 OK" };
                    let head = format!(
                        "HTTP/1.1 {status}\r\ncontent-type: x/echo\r\netag: \"e\"\r\nset-cookie: a=b\r\ncontent-length: {claimed}\r\nconnection: close\r\n\r\n"
                    );
                    stream.write_all(head.as_bytes()).await.unwrap();
                    stream.write_all(&seen).await.unwrap();
                    return;
                }
            });
        }
    });
    address
}

async fn ask(address: std::net::SocketAddr, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let request = format!(
        "{head}\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn requests_go_up_and_answers_come_down() {
    let upstream = echo().await;
    let mut plan = Plan::default();
    plan.clients.push(Client {
        namespace: "api".into(),
        base_text: format!("http://{upstream}").into(),
        base: Base { parts: Box::new([BasePart::Literal(format!("http://{upstream}").into())]) },
        credential: None,
        limits: None,
        origin: origin(),
    });
    let get = plan.flows.push(flow("get", Method::GET, false));
    let find = plan.flows.push(flow("find", Method::GET, true));
    let post = plan.flows.push(flow("post", Method::POST, false));
    let routes = [route(get, "get", Method::GET), route(find, "find", Method::GET), route(post, "post", Method::POST)];
    plan.exposures.push(Exposure {
        namespace: "r".into(),
        description: None,
        listen: Listen::default(),
        authenticator: None,
        kind: ExposureKind::Rest(Rest { routes: Box::new(routes) }),
        origin: origin(),
    });
    let plan = Arc::new(plan);
    let engine_shared = capstan_engine::Shared::system();
    let lookup = |_: &capstan_plan::Binding| Ok(None);
    let engine = Engine::activate(plan.clone(), &lookup, &Overrides::default(), engine_shared.clone());
    let state = State::Serving { plan, engine: Arc::new(engine) };
    let one =
        Arc::new(Capability::new("one".into(), "one.yaml".into(), Fingerprint::default(), Findings::default(), state));
    let shared = Shared::new(engine_shared, Limits::default());
    let table = fixture::port(&one);
    let listening = fixture::listen(fixture::snapshot(&[one], Some(table)), shared);

    for (head, body, parts) in [
        (
            "GET /things/a%2Fb HTTP/1.1",
            "",
            &["HTTP/1.1 200", "GET /get/a%2Fb HTTP", "content-type: x/echo", "etag: \"e\""][..],
        ),
        // Rule E1: the more of a route's inputs are there, the better it fits; all else equal, the first.
        ("GET /things/1?q=2 HTTP/1.1", "", &["GET /get/1?q=2 "]),
        ("GET /things/1:find?q=2 HTTP/1.1", "", &["GET /find/1?q=2 "]),
        ("GET /things/1:find HTTP/1.1", "", &["HTTP/1.1 400", "\"code\":\"missing-input\"", "\"in\":\"query\""]),
        ("GET /things/gone HTTP/1.1", "", &["HTTP/1.1 410", "GET /get/gone"]),
        ("POST /things/1 HTTP/1.1", "{\"b\": 1}", &["POST /post/1 ", "{\"b\": 1}"]),
        ("POST /things/1 HTTP/1.1", "{\"q\":7,\"b\":[1]}", &["POST /post/1?q=7 ", "{\"b\":[1]}"]),
    ] {
        let answer = ask(listening.address, head, body).await;
        for part in parts {
            assert!(answer.contains(part), "{head}: {part} is not in {answer}");
        }
        assert!(!answer.contains("set-cookie"), "{answer}");
    }
    // An answer that is cut short upstream is cut short here.
    let cut = ask(listening.address, "GET /things/cut HTTP/1.1", "").await;
    let claimed: usize = cut.split("content-length: ").nth(1).unwrap().lines().next().unwrap().parse().unwrap();
    assert!(cut.split("\r\n\r\n").skip(1).map(str::len).sum::<usize>() < claimed);
}
