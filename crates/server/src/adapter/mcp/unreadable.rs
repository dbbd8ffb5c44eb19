//! What is answered to something that is no JSON-RPC message, whatever brought it.

use rmcp::model::RequestId;
use serde_json::{Value, json};

pub(super) const PARSE_ERROR: i32 = -32700;
pub(super) const INVALID_REQUEST: i32 = -32600;

/// An error message; without an id when it is not known whose.
pub(super) fn error(code: i32, message: &str, id: Option<Value>) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
}

/// The answer to bytes that are no message.
pub(super) fn unreadable(bytes: &[u8]) -> Value {
    match serde_json::from_slice::<Value>(bytes) {
        Err(_) if bytes.is_empty() => error(PARSE_ERROR, "Parse error: empty body", None),
        Err(why) => error(PARSE_ERROR, &format!("Parse error: {why}"), None),
        Ok(Value::Array(_)) => {
            error(PARSE_ERROR, "Parse error: batches are not taken; send one message per request", None)
        }
        Ok(value) => {
            let id = value.get("id").filter(|id| id.is_string() || id.is_number()).cloned();
            error(INVALID_REQUEST, "Invalid Request: this is no JSON-RPC 2.0 message", id)
        }
    }
}

/// The answer to a message of more bytes than are taken.
pub(super) fn too_long(limit: usize) -> Value {
    error(INVALID_REQUEST, &format!("Invalid Request: the message has more than {limit} bytes"), None)
}

/// The answer to a request whose id another one has that is not answered yet.
pub(super) fn unanswered(id: &RequestId) -> Value {
    let message =
        format!("Invalid Request: the request with id {id} of this session is not answered yet; take another id");
    error(INVALID_REQUEST, &message, serde_json::to_value(id).ok())
}
