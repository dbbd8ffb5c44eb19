//! An MCP server by hand: one tool that calls the upstream, as text and in structured form.

use std::sync::Arc;

use axum::Router;
use reqwest::Client;
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ListToolsResult, PaginatedRequestParams,
        ServerCapabilities, ServerConfig, Tool,
    },
    service::RequestContext,
    transport::{
        StreamableHttpServerConfig, StreamableHttpService, streamable_http_server::session::local::LocalSessionManager,
    },
};
use serde_json::Value;

#[derive(Clone)]
struct Server {
    client: Client,
    base: Arc<str>,
    tool: Tool,
}

/// The server at `/mcp`. Clients of the stateless generation never have sessions.
pub(crate) fn router(base: String, sessions: bool) -> Router {
    let schema = serde_json::json!({
        "type": "object",
        "properties": { "name": { "type": "string" }, "limit": { "type": "integer" } },
        "required": ["name"],
    });
    let schema = schema.as_object().cloned().unwrap_or_default();
    let tool = Tool::new("read-small", "Reads the small document.", Arc::new(schema));
    let server = Server { client: Client::new(), base: base.into(), tool };
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(sessions)
        .with_json_response(true)
        .with_sse_retry(None);
    let sessions = Arc::new(LocalSessionManager::default());
    let service = StreamableHttpService::new(move || Ok(server.clone()), sessions, config);
    Router::new().route_service("/mcp", service)
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(vec![self.tool.clone()]))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        (*self.tool.name == *name).then(|| self.tool.clone())
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let failed = |error: reqwest::Error| ErrorData::internal_error(error.to_string(), None);
        let invalid = |what: &str| ErrorData::invalid_params(what.to_owned(), None);
        if *request.name != *self.tool.name {
            return Err(invalid("unknown tool"));
        }
        let arguments = request.arguments.unwrap_or_default();
        let name = arguments.get("name").and_then(Value::as_str).ok_or_else(|| invalid("name is missing"))?;
        let mut query = vec![("name", name.to_owned())];
        if let Some(limit) = arguments.get("limit") {
            query.push(("limit", limit.as_u64().ok_or_else(|| invalid("limit is no number"))?.to_string()));
        }
        let url = reqwest::Url::parse_with_params(&format!("{}/small.json", self.base), query)
            .map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
        let text = self.client.get(url).send().await.map_err(failed)?.text().await.map_err(failed)?;
        let value = serde_json::from_str::<Value>(&text).ok();
        let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
        result.structured_content = value;
        Ok(result.into())
    }
}
