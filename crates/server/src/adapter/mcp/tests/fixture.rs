//! A small capability, its endpoint, and requests to it.

use std::{collections::BTreeMap, net::IpAddr, sync::Arc};

use bytes::Bytes;
use capstan_engine::{Engine, Overrides};
use capstan_plan::{
    Annotations, ContentSource, Exposure, ExposureKind, FileId, FilePath, FileUse, Flow, FlowId, Info, Listen, Mcp,
    Mock, MockBody, MockCase, Origin, Outcome, Plan, PlanFile, Prompt, PromptArgument, PromptContent, PromptMessage,
    PromptRole, PromptText, Reading, Resource, Target, Template, Tool, Transport, Unavailable, Unit,
};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};

use super::super::McpEndpoint;
use crate::{
    auth::Principal,
    bundle::fingerprint::Fingerprint,
    capability::instance::{Capability, ExposureRef, State},
    finding::Findings,
    http::{access::AccessRecord, body::Body},
    publication::snapshot::{Live, Snapshot},
    shared::{Limits, Shared},
};

pub(in super::super) fn origin() -> Origin {
    Origin::new("demo.yaml".into(), 7, 3)
}

/// A flow that answers `value`.
pub(in super::super) fn flow(name: &str, value: Value) -> Flow {
    let case = MockCase {
        when: None,
        bound: Box::new([]),
        status: 200,
        headers: Box::new([]),
        body: MockBody::Json(Template::literal(value)),
        delay_ms: 0,
    };
    Flow {
        name: name.into(),
        slots: 0,
        inputs: Box::new([]),
        bound: Box::new([]),
        steps: Box::new([]),
        outcome: Outcome::Mock(Box::new(Mock { cases: Box::new([case]), request: None })),
        bindings: Box::new([]),
        origin: origin(),
    }
}

fn unit(name: &str, target: Target) -> Unit {
    Unit {
        name: name.into(),
        title: None,
        description: Some("Does something.".into()),
        target,
        reading: Reading::Declared,
        policy: None,
        upstream: None,
        origin: origin(),
    }
}

/// A tool without arguments.
pub(in super::super) fn tool(name: &str, flow: FlowId) -> Tool {
    Tool {
        unit: unit(name, Target::Flow(flow)),
        input_schema: json!({ "type": "object", "properties": {} }).into(),
        output_schema: None,
        structured: capstan_plan::Structured::default(),
        annotations: Annotations::default(),
        arguments: Box::new([]),
        body: None,
        fixed: Box::default(),
    }
}

/// A capability with the tools named, one of which (`broken`) cannot be called.
pub(in super::super) fn capability(tools: &[&str], more: impl FnOnce(&mut Mcp)) -> Arc<Capability> {
    activated(Plan::default(), tools, more)
}

/// A capability whose only resource is the folder at `path`.
pub(in super::super) fn with_folder(path: &str) -> Arc<Capability> {
    let mut plan = Plan::default();
    let path = FilePath::beside("", path).unwrap();
    let file = plan.files.push(PlanFile { path, usage: FileUse::Folder, origin: origin() });
    activated(plan, &[], |mcp| mcp.resources = Box::new([folder(file)]))
}

fn activated(mut plan: Plan, tools: &[&str], more: impl FnOnce(&mut Mcp)) -> Arc<Capability> {
    plan.info = Info { label: "Demo".into(), ..Info::default() };
    let hello = plan.flows.push(flow("hello", json!({ "greeting": "hello" })));
    let mut slow = flow("slow", json!({ "greeting": "at last" }));
    if let Outcome::Mock(mock) = &mut slow.outcome {
        mock.cases[0].delay_ms = 300;
    }
    let slow = plan.flows.push(slow);
    let unavailable =
        Unavailable { code: "unresolved-call".into(), message: "`x.y` is not there".into(), origin: origin() };
    let mut mcp = Mcp {
        transport: Transport::Http,
        tools: tools
            .iter()
            .map(|name| match *name {
                "broken" => Tool { unit: unit("broken", Target::Unavailable(unavailable.clone())), ..tool("", hello) },
                "slow" => tool("slow", slow),
                name => tool(name, hello),
            })
            .collect(),
        ..Mcp::default()
    };
    more(&mut mcp);
    plan.exposures.push(Exposure {
        namespace: "demo".into(),
        description: Some("A demonstration.".into()),
        listen: Listen::default(),
        authenticator: None,
        kind: ExposureKind::Mcp(mcp),
        origin: origin(),
    });
    let plan = Arc::new(plan);
    let lookup = |_: &capstan_plan::Binding| Ok(None);
    let engine = Engine::activate(plan.clone(), &lookup, &Overrides::default(), capstan_engine::Shared::system());
    let state = State::Serving { plan, engine: Arc::new(engine) };
    Arc::new(Capability::new("demo".into(), "demo.yaml".into(), Fingerprint::default(), Findings::default(), state))
}

/// A prompt with a required argument.
pub(in super::super) fn prompt() -> Prompt {
    Prompt {
        name: "greet".into(),
        title: None,
        description: None,
        arguments: Box::new([PromptArgument {
            name: "who".into(),
            title: None,
            description: None,
            required: true,
            values: Box::new(["world".into(), "you".into()]),
        }]),
        content: PromptContent::Inline(Box::new([PromptMessage {
            role: PromptRole::User,
            text: PromptText::parse("Greet {{who}}."),
        }])),
        origin: origin(),
    }
}

/// A resource that is a folder.
fn folder(file: FileId) -> Resource {
    Resource {
        name: "docs".into(),
        title: None,
        description: None,
        uri: "docs://all".into(),
        mime_type: None,
        source: ContentSource::Folder(file),
        origin: origin(),
    }
}

/// An endpoint and what it serves.
pub(in super::super) struct Site {
    pub(in super::super) live: Arc<Live>,
    pub(in super::super) endpoint: McpEndpoint,
    pub(in super::super) capability: Arc<Capability>,
}

impl Site {
    pub(in super::super) fn new(capability: Arc<Capability>) -> Self {
        Self::limited(capability, Limits::default())
    }

    pub(in super::super) fn limited(capability: Arc<Capability>, limits: Limits) -> Self {
        let live = Arc::new(Live::default());
        let at = ExposureRef { capability: "demo".into(), key: "demo".into() };
        let shared = Arc::new(Shared::new(capstan_engine::Shared::system(), limits));
        let endpoint = McpEndpoint::new(at, live.catalogue(), shared);
        let mut site = Self { live, endpoint, capability: capability.clone() };
        site.publish(capability);
        site
    }

    pub(in super::super) fn publish(&mut self, capability: Arc<Capability>) {
        let capabilities = BTreeMap::from([(capability.id.clone(), capability.clone())]);
        let catalogue = Arc::new(self.live.current().catalogue.next(capabilities));
        self.live.publish(Snapshot { catalogue, ..Snapshot::default() });
        self.capability = capability;
    }

    pub(in super::super) async fn send(
        &self,
        method: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Response<Body> {
        let mut request = Request::builder().method(method).uri("http://localhost/mcp").header("host", "localhost");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body.into())).unwrap();
        self.send_as(Principal::Anyone, [127, 0, 0, 1].into(), request).await
    }

    /// A request of somebody from somewhere.
    pub(in super::super) async fn send_as(
        &self,
        principal: Principal,
        peer: IpAddr,
        request: Request<Full<Bytes>>,
    ) -> Response<Body> {
        let mut record = AccessRecord::begin(&request, peer, || "1".to_owned());
        self.endpoint.answer(request, self.capability.clone(), principal, &mut record).await
    }

    /// A request of the stateless generation: its status and answer.
    pub(in super::super) async fn modern(&self, method: &str, mut params: Value) -> (u16, Value) {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let name = params.get("name").or(params.get("uri")).and_then(Value::as_str).unwrap_or("").to_owned();
        let mut headers = vec![
            ("content-type", "application/json"),
            ("accept", "application/json, text/event-stream"),
            ("mcp-protocol-version", "2026-07-28"),
            ("mcp-method", method),
        ];
        if !name.is_empty() {
            headers.push(("mcp-name", &name));
        }
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let response = self.send("POST", &headers, body.to_string()).await;
        let status = response.status().as_u16();
        (status, message(response).await)
    }

    /// A message in a session of the older generation, and the session's id.
    pub(in super::super) async fn legacy(
        &self,
        session: Option<&str>,
        body: Value,
    ) -> (Option<String>, Response<Body>) {
        let mut headers = vec![("content-type", "application/json"), ("accept", "application/json, text/event-stream")];
        if let Some(session) = session {
            headers.push(("mcp-session-id", session));
            headers.push(("mcp-protocol-version", "2025-06-18"));
        }
        let response = self.send("POST", &headers, body.to_string()).await;
        let session = response.headers().get("mcp-session-id").map(|id| id.to_str().unwrap().to_owned());
        (session, response)
    }

    /// Opens a session.
    pub(in super::super) async fn session(&self) -> String {
        let (session, response) = self.legacy(None, initialize("2025-06-18")).await;
        message(response).await;
        let session = session.unwrap();
        let initialized = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        let (_, response) = self.legacy(Some(&session), initialized).await;
        assert_eq!(response.status(), 202);
        session
    }
}

/// An `initialize` request.
pub(in super::super) fn initialize(version: &str) -> Value {
    let client = json!({ "name": "test", "version": "1" });
    let params = json!({ "protocolVersion": version, "capabilities": {}, "clientInfo": client });
    json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params })
}

/// The one message of an answer, JSON or stream.
pub(in super::super) async fn message(response: Response<Body>) -> Value {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let json = text.lines().find_map(|line| line.strip_prefix("data:")).unwrap_or(&text);
    serde_json::from_str(json.trim()).unwrap_or_else(|_| panic!("{text}"))
}

/// The next notification on a stream.
pub(in super::super) async fn event(body: &mut Body) -> Option<Value> {
    let mut seen = String::new();
    loop {
        let frame = body.frame().await?.unwrap().into_data().unwrap();
        seen.push_str(std::str::from_utf8(&frame).unwrap());
        if let Some(data) = seen.lines().find_map(|line| line.strip_prefix("data:"))
            && seen.ends_with("\n\n")
        {
            return Some(serde_json::from_str(data.trim()).unwrap());
        }
        if seen.ends_with("\n\n") {
            seen.clear();
        }
    }
}
