//! The direct road of a call: a `tools/call` of the stateless generation that asks for nothing but its result needs no session, no
//! task and no channel. It is read once, called, and its result written once. Anything else, and whatever is unusual or wrong about a
//! message, goes through rmcp, which knows all of the protocol: this road says nothing that rmcp would not.

use std::{borrow::Cow, panic::AssertUnwindSafe, sync::Arc};

use ::http::{HeaderMap, HeaderName, HeaderValue, Response, header};
use capstan_engine::workers::IN_PLACE;
use futures_util::FutureExt as _;
use rmcp::model::{
    CallToolRequestMethod, CallToolResult, ConstString as _, JsonObject, JsonRpcResponse, JsonRpcVersion2_0,
    ProtocolVersion, RequestId, RequestMetaObject,
};
use serde::Deserialize;

use super::{call, core::Core, fault, http, invoke::Waiting};
use crate::{
    capability::instance::Capability,
    http::{accept::accepted, access::CallRecord, body::Body},
};

/// A call of a tool.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call<'m> {
    #[serde(rename = "jsonrpc")]
    _version: JsonRpcVersion2_0,
    id: RequestId,
    #[serde(borrow)]
    method: Cow<'m, str>,
    #[serde(borrow)]
    params: Params<'m>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params<'m> {
    #[serde(borrow)]
    name: Cow<'m, str>,
    #[serde(default)]
    arguments: Option<JsonObject>,
    #[serde(rename = "_meta")]
    meta: RequestMetaObject,
}

/// Answers a message that can take this road; nothing is done for any other one.
pub(super) async fn answer(
    core: &Core,
    capability: &Arc<Capability>,
    (headers, message): (&HeaderMap, &[u8]),
    record: &CallRecord,
) -> Option<Response<Body>> {
    let Call { id, params: Params { name, arguments, .. }, .. } = read(headers, message)?;
    let view = core.view_of(capability).ok()?;
    let tool = view.direct(&name)?;
    let waiting = Waiting { record: Some(record), cancel: None, progress: None };
    let called = AssertUnwindSafe(call::whole(&view, tool, arguments, waiting)).catch_unwind().await;
    let mut result = called.unwrap_or_else(|_| {
        record.ended(500, None);
        fault::panicked()
    });
    result.meta = Some(view.meta.clone());
    written(id, result)
}

/// The message, when it is such a call and nothing about it is unusual.
fn read<'m>(headers: &HeaderMap, message: &'m [u8]) -> Option<Call<'m>> {
    let version = ProtocolVersion::V_2026_07_28;
    let is_plain = message.len() <= IN_PLACE
        && only(headers, &PROTOCOL_VERSION) == Some(version.as_str())
        && only(headers, &METHOD) == Some(CallToolRequestMethod::VALUE)
        && !headers.contains_key(&SESSION)
        && only(headers, &header::CONTENT_TYPE).is_some()
        && http::is_json(headers)
        && accepts(headers)
        && !headers.keys().any(|name| name.as_str().starts_with(PARAM));
    let call: Call<'m> = if is_plain { serde_json::from_slice(message).ok()? } else { return None };
    let meta = &call.params.meta;
    let is_alone = meta.get_progress_token().is_none()
        && meta.protocol_version().is_some_and(|named| named == version)
        && meta.client_capabilities().is_some();
    let is_named = only(headers, &NAME) == Some(&*call.params.name) && !call.params.name.starts_with("=?");
    (is_alone && is_named && call.method == CallToolRequestMethod::VALUE).then_some(call)
}

const PROTOCOL_VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");
const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");

/// How the names of headers begin that repeat an argument.
const PARAM: &str = "mcp-param-";

/// The value of a header that comes once.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// Whether the client reads all that this protocol answers with.
fn accepts(headers: &HeaderMap) -> bool {
    let names = |kind: &str| accepted(headers).any(|range| range == kind);
    names("application/json") && names("text/event-stream")
}

fn written(id: RequestId, result: CallToolResult) -> Option<Response<Body>> {
    let message = JsonRpcResponse { jsonrpc: JsonRpcVersion2_0, id, result };
    let mut response = Response::new(Body::Full(serde_json::to_vec(&message).ok()?.into()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Some(response)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn headers(more: &[(&'static str, &'static str)]) -> HeaderMap {
        let plain = [
            ("content-type", "application/json"),
            ("accept", "application/json, text/event-stream"),
            ("mcp-protocol-version", "2026-07-28"),
            ("mcp-method", "tools/call"),
            ("mcp-name", "hello"),
        ];
        let all = plain.iter().chain(more);
        all.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    fn message(change: impl FnOnce(&mut Value)) -> String {
        let meta = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {"sampling": {}},
        });
        let params = json!({"name": "hello", "arguments": {"a": [1]}, "_meta": meta});
        let mut message = json!({"jsonrpc": "2.0", "id": "x", "method": "tools/call", "params": params});
        change(&mut message);
        message.to_string()
    }

    #[test]
    fn a_plain_call_takes_the_direct_road() {
        let message = message(|_| {});
        let call = read(&headers(&[]), message.as_bytes()).unwrap();
        assert_eq!((call.id, &*call.params.name), (RequestId::String("x".into()), "hello"));
        assert_eq!(call.params.arguments, json!({"a": [1]}).as_object().cloned());
    }

    #[test]
    fn whatever_is_unusual_does_not() {
        let plain = message(|_| {});
        for more in [("mcp-session-id", "s"), ("mcp-param-region", "north"), ("mcp-name", "hello")] {
            assert!(read(&headers(&[more]), plain.as_bytes()).is_none(), "{more:?}");
        }
        for missing in headers(&[]).keys() {
            let mut headers = headers(&[]);
            headers.remove(missing);
            assert!(read(&headers, plain.as_bytes()).is_none(), "{missing}");
        }
        let changed: [fn(&mut Value); 8] = [
            |message| message["id"] = json!(null),
            |message| message["method"] = json!("tools/list"),
            |message| message["surplus"] = json!(1),
            |message| message["params"]["task"] = json!({}),
            |message| message["params"]["name"] = json!("other"),
            |message| message["params"]["_meta"]["progressToken"] = json!(1),
            |message| message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!("2025-11-25"),
            |message| message["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!(3),
        ];
        for change in changed {
            assert!(read(&headers(&[]), message(change).as_bytes()).is_none());
        }
        let long = message(|message| message["params"]["arguments"]["a"] = json!("a".repeat(IN_PLACE)));
        assert!(read(&headers(&[]), long.as_bytes()).is_none());
    }
}
