//! A minimal MCP client over HTTP, of either generation: the stateless one and the one with `initialize`. It checks nothing
//! but that an answer is JSON-RPC.

use std::{io, net::SocketAddr};

use serde_json::{Value, json};

use crate::{client::Request, wire::Message};

/// The stateless protocol version.
pub const MODERN: &str = "2026-07-28";
/// The last protocol version with `initialize`.
pub const LEGACY: &str = "2025-11-25";

/// A client of one endpoint.
#[derive(Debug)]
pub struct Client {
    address: SocketAddr,
    path: String,
    session: Option<String>,
    legacy: bool,
}

/// An answer: the whole JSON-RPC message, and the HTTP message that brought it.
#[derive(Debug)]
pub struct Answer {
    /// The JSON-RPC message; null when there is none.
    pub message: Value,
    /// What came over HTTP.
    pub http: Message,
}

impl Client {
    /// A stateless client.
    #[must_use]
    pub fn modern(address: SocketAddr, path: &str) -> Self {
        Self { address, path: path.to_owned(), session: None, legacy: false }
    }

    /// A client that has said `initialize` and `notifications/initialized`.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn legacy(address: SocketAddr, path: &str) -> io::Result<Self> {
        let mut client = Self { address, path: path.to_owned(), session: None, legacy: true };
        let info = json!({"name": "capstan-tests", "version": "1"});
        let params = json!({"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": info});
        let answer = client.call("initialize", params)?;
        client.session = answer.http.header("mcp-session-id").map(str::to_owned);
        let ready = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        client.post("notifications/initialized", &Value::Null, ready.to_string())?;
        Ok(client)
    }

    /// Calls a method.
    ///
    /// # Errors
    /// When the connection fails.
    pub fn call(&self, method: &str, mut params: Value) -> io::Result<Answer> {
        if !self.legacy
            && let Some(params) = params.as_object_mut()
        {
            let meta = params.entry("_meta").or_insert_with(|| json!({}));
            meta["io.modelcontextprotocol/protocolVersion"] = MODERN.into();
            meta["io.modelcontextprotocol/clientInfo"] = json!({"name": "capstan-tests", "version": "1"});
            if meta.get("io.modelcontextprotocol/clientCapabilities").is_none() {
                meta["io.modelcontextprotocol/clientCapabilities"] = json!({});
            }
        }
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let http = self.post(method, &params, body.to_string())?;
        Ok(Answer { message: message(&http), http })
    }

    /// Calls a tool.
    ///
    /// # Errors
    /// When the connection fails.
    pub fn tool(&self, name: &str, arguments: Value) -> io::Result<Answer> {
        self.call("tools/call", json!({"name": name, "arguments": arguments}))
    }

    fn post(&self, method: &str, params: &Value, body: String) -> io::Result<Message> {
        let mut request = Request::new("POST", &self.path).with("Accept", "application/json, text/event-stream");
        if self.legacy {
            if let Some(session) = &self.session {
                request = request.with("Mcp-Session-Id", session).with("MCP-Protocol-Version", LEGACY);
            }
        } else {
            request = request.with("MCP-Protocol-Version", MODERN).with("Mcp-Method", method);
            if let Some(name) =
                ["name", "uri", "taskId"].iter().find_map(|name| params.get(name)).and_then(Value::as_str)
            {
                request = request.with("Mcp-Name", name);
            }
        }
        request.json(body).send(self.address)
    }
}

/// Every JSON-RPC message in the body of an answer.
#[must_use]
pub fn messages(http: &Message) -> Vec<Value> {
    let text = http.text();
    let lines = text.lines().map(|line| line.strip_prefix("data:").unwrap_or(line));
    lines.filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// The JSON-RPC answer in a body: the body itself, or the last event of a stream that has an id.
fn message(http: &Message) -> Value {
    let text = http.text();
    if http.header("content-type").is_some_and(|kind| kind.starts_with("text/event-stream")) {
        let mut events =
            text.lines().filter_map(|line| serde_json::from_str::<Value>(line.strip_prefix("data:")?).ok());
        return events.rfind(|event| event.get("id").is_some()).unwrap_or_default();
    }
    serde_json::from_str(&text).unwrap_or_default()
}
