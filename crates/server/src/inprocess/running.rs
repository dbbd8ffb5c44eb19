//! A capability that runs without a listener, and the calls it is sent.

use std::{borrow::Cow, collections::BTreeMap, fmt, net::Ipv4Addr, sync::Arc};

use bytes::Bytes;
use capstan_engine::{BindingResolver, Engine, ExchangeLog, Overrides, UpstreamExchange};
use http::{HeaderMap, Request, Response, header};
use http_body_util::BodyExt as _;
use serde::Deserialize;
use serde_json::{Map, Value, json, value::RawValue};

use super::document::Document;
use crate::{
    adapter::{Adapter, context::Context, mcp},
    bundle::fingerprint::Fingerprint,
    capability::{
        exposed::Exposed,
        instance::{Capability, State},
    },
    control::{self, Operator},
    http::{access::AccessRecord, body::Body, inbound::Inbound},
    openapi,
    publication::snapshot::{Live, Snapshot},
    reload::operations::ProcessOperations,
    routing::router::RouteMatch,
    shared::{Limits, Shared},
};

/// The protocol version of the messages that are sent to MCP adapters here: the one without sessions.
const MCP_VERSION: &str = "2026-07-28";

/// Who may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Whoever proves what the exposure asks for, as when it is served.
    Checked,
    /// Whoever runs the process: checks are left out.
    Operator,
}

/// What a capability runs with.
pub struct Setting<'s> {
    /// The values of its bindings.
    pub values: &'s dyn BindingResolver,
    /// What is changed about its upstreams.
    pub overrides: &'s Overrides,
    /// The machine, and how upstreams are reached.
    pub engine: Arc<capstan_engine::Shared>,
    /// Who may call.
    pub access: Access,
}

/// A capability that runs without a listener.
pub struct Running {
    capability: Arc<Capability>,
    adapters: Vec<Adapter>,
    context: Context,
    /// MCP looks up what is published.
    _live: Arc<Live>,
}

/// The answer to a call, whole.
#[derive(Debug)]
pub struct Answered {
    /// Its head and what came of its body.
    pub response: Response<Bytes>,
    /// Why the body ended early: then its caller sees a broken connection.
    pub cut: Option<String>,
    /// The namespace of the exposure that answered, and the unit it called.
    pub unit: Option<(String, String)>,
    /// What happened upstream, in order.
    pub exchanges: Vec<Arc<UpstreamExchange>>,
}

/// A call of a tool.
#[derive(Clone, Debug, Default)]
pub struct ToolCall {
    /// Which tool.
    pub name: String,
    /// What it is given.
    pub arguments: Map<String, Value>,
    /// Headers of the HTTP request, such as `authorization`.
    pub headers: HeaderMap,
}

impl Answered {
    /// Where nobody answers.
    #[must_use]
    pub fn nothing() -> Self {
        let mut response = Response::new(Bytes::from_static(b"nothing is exposed that could answer"));
        *response.status_mut() = http::StatusCode::NOT_FOUND;
        Self { response, cut: None, unit: None, exchanges: Vec::new() }
    }
}

impl Running {
    /// Gives a document its values. Never fails: what is missing fails the calls that need it. Reads the files the document names.
    #[must_use]
    pub fn start(document: &Document, setting: Setting<'_>) -> Self {
        let Setting { values, overrides, engine: shared, access } = setting;
        let (plan, id) = (document.plan.clone(), document.id.clone());
        let engine = Arc::new(Engine::activate(plan.clone(), values, overrides, shared.clone()));
        let state = State::Serving { plan, engine };
        let findings = document.findings.clone();
        let capability = Capability::new(id.clone(), document.path.clone(), Fingerprint::default(), findings, state);
        let capability = Arc::new(if access == Access::Operator { capability.open() } else { capability });
        let shared = Arc::new(Shared::new(shared, Limits::default()));
        let live = Arc::<Live>::default();
        let catalogue = Arc::new(live.current().catalogue.next(BTreeMap::from([(id, capability.clone())])));
        live.publish(Snapshot { catalogue, ..Snapshot::default() });
        let context = Context {
            endpoints: Arc::new(mcp::Endpoints::new(live.catalogue(), shared.clone())),
            // There is no process to operate: what asks for it is told so.
            fixed: control::routes(Operator::new(std::sync::Weak::<ProcessOperations>::new()), shared.engine.secrets()),
            shared,
        };
        let adapters = Exposed::all(&capability).filter_map(Adapter::new).collect();
        Self { capability, adapters, context, _live: live }
    }

    /// What runs.
    #[must_use]
    pub fn engine(&self) -> Option<&Arc<Engine>> {
        self.capability.engine()
    }

    /// Sends a request to the REST, skill or control exposure of that namespace; without one, to the first that has a route for it.
    /// Nothing when there is no such exposure.
    pub async fn http(&self, namespace: Option<&str>, request: Request<Bytes>) -> Option<Answered> {
        let named = |adapter: &&Adapter| namespace.is_none_or(|name| namespace_of(adapter) == name);
        let routed = |adapter: &&Adapter| match adapter {
            Adapter::Rest(rest) => {
                let found = rest.routes().find(request.method(), request.uri().path(), request.uri().query());
                matches!(found, RouteMatch::Found(_))
            }
            _ => false,
        };
        let http = |adapter: &&Adapter| namespace.is_some() || matches!(adapter, Adapter::Rest(_));
        let mut all = self.adapters.iter().filter(named).filter(http);
        let adapter = all.clone().find(routed).or_else(|| all.next())?;
        Some(self.answered(adapter, request).await)
    }

    /// Calls a tool of the MCP exposure of that namespace; without one, of the first that has it. The answer is a JSON-RPC message.
    /// Nothing when there is no such exposure.
    pub async fn tool(&self, namespace: Option<&str>, call: &ToolCall) -> Option<Answered> {
        let named = |adapter: &&Adapter| namespace.is_none_or(|name| namespace_of(adapter) == name);
        let has = |adapter: &&Adapter| {
            adapter.units().into_iter().filter_map(capstan_plan::UnitRef::unit).any(|unit| *unit.name == *call.name)
        };
        let mut all = self.adapters.iter().filter(named).filter(|adapter| matches!(adapter, Adapter::Mcp(_)));
        let adapter = all.clone().find(has).or_else(|| all.next())?;
        Some(self.answered(adapter, call_of(call)?).await)
    }

    /// What the REST exposure of that namespace offers, as an OpenAPI document; nothing when there is no such exposure.
    #[must_use]
    pub fn openapi(&self, namespace: &str, server: Option<&str>) -> Option<Value> {
        let rest = |adapter: &&Adapter| matches!(adapter, Adapter::Rest(_)) && namespace_of(adapter) == namespace;
        let adapter = self.adapters.iter().find(rest)?;
        Some(openapi::document(std::slice::from_ref(adapter.exposed()), server))
    }

    /// The tools of the MCP exposure of that namespace as clients list them: the text of each page's `tools`, as one list. Nothing
    /// when there is no such exposure, or when it does not answer.
    pub async fn tools(&self, namespace: &str) -> Option<String> {
        let mcp = |adapter: &&Adapter| matches!(adapter, Adapter::Mcp(_)) && namespace_of(adapter) == namespace;
        let adapter = self.adapters.iter().find(mcp)?;
        let (mut tools, mut cursor) = (Vec::new(), None);
        loop {
            let params = cursor.map_or_else(|| json!({}), |cursor: String| json!({ "cursor": cursor }));
            let answered = self.answered(adapter, message("tools/list", None, params)?).await;
            let page: Page<'_> = serde_json::from_slice(answered.response.body()).ok()?;
            tools.extend(page.result.tools.iter().map(|tool| tool.get().to_owned()));
            match page.result.next_cursor {
                Some(next) => cursor = Some(next.into_owned()),
                None => return Some(format!("[{}]", tools.join(","))),
            }
        }
    }

    async fn answered(&self, adapter: &Adapter, request: Request<Bytes>) -> Answered {
        let path = request.uri().path().to_owned();
        let asked = unit_at(adapter, &request);
        let peer = Ipv4Addr::LOCALHOST.into();
        let mut record = AccessRecord::begin(&request, peer, || self.context.shared.request_id());
        let response = adapter.answer(&path, request.map(Inbound::held), &self.context, &mut record).await;
        let (response, cut) = whole(response).await;
        let (unit, exchanges) = (record.unit_name(), record.exchanges());
        // Whoever is not let in called a unit all the same.
        let unit = unit.or(asked).map(|unit| (namespace_of(adapter).to_owned(), unit.into()));
        Answered { response, cut, unit, exchanges: ExchangeLog::entries(&exchanges) }
    }
}

/// The namespace of what an adapter exposes.
fn namespace_of(adapter: &Adapter) -> &str {
    adapter.exposed().exposure().map_or("", |exposure| &exposure.namespace)
}

/// The unit of the route a request is for.
fn unit_at(adapter: &Adapter, request: &Request<Bytes>) -> Option<Box<str>> {
    let Adapter::Rest(rest) = adapter else { return None };
    let routes = rest.routes();
    match routes.find(request.method(), request.uri().path(), request.uri().query()) {
        RouteMatch::Found(found) => {
            let target = routes.target(&found.entries.first()?.value)?;
            Some(target.route.unit.name.clone())
        }
        RouteMatch::Method(_) | RouteMatch::Nothing => None,
    }
}

/// All of an answer, and why there is no more of it.
async fn whole(response: Response<Body>) -> (Response<Bytes>, Option<String>) {
    let (parts, mut body) = response.into_parts();
    let mut bytes = Vec::new();
    let mut cut = None;
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => bytes.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data)),
            Err(error) => {
                cut = Some(error.to_string());
                break;
            }
        }
    }
    (Response::from_parts(parts, bytes.into()), cut)
}

/// The message that calls a tool.
fn call_of(call: &ToolCall) -> Option<Request<Bytes>> {
    let params = json!({"name": call.name, "arguments": call.arguments});
    let mut request = message("tools/call", Some(&call.name), params)?;
    request.headers_mut().extend(call.headers.clone());
    Some(request)
}

/// A message of MCP, about something with a name or not.
fn message(method: &str, name: Option<&str>, mut params: Value) -> Option<Request<Bytes>> {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": MCP_VERSION,
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    params.as_object_mut()?.insert("_meta".to_owned(), meta);
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
    let mut request = Request::post("http://localhost/mcp")
        .header(header::CONTENT_TYPE, "application/json")
        .header("mcp-protocol-version", MCP_VERSION)
        .header("mcp-method", method);
    if let Some(name) = name {
        request = request.header("mcp-name", name);
    }
    request.body(Bytes::from(body)).ok()
}

/// The answer to `tools/list`.
#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    result: Tools<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tools<'a> {
    #[serde(borrow)]
    tools: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    next_cursor: Option<Cow<'a, str>>,
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("capability", &self.capability.id).finish_non_exhaustive()
    }
}
