//! The protocol core: every MCP method over what is served at the moment of the request. Both generations and all transports
//! come here; a panic never leaves a request unanswered.

use std::{panic::AssertUnwindSafe, sync::Arc};

use capstan_plan::{self as plan, suggest::nearest};
use futures_util::FutureExt as _;
use rmcp::{
    ErrorData, Peer, RoleServer, ServerHandler,
    model::{
        CallToolRequestMethod, CallToolRequestParams, CallToolResponse, CallToolResult, CancelTaskParams,
        CompleteRequestMethod, CompleteRequestParams, CompleteResult, ConstString, CustomRequest, CustomResult,
        DiscoverResult, ErrorCode, GetPromptRequestMethod, GetPromptRequestParams, GetPromptResponse, GetTaskParams,
        GetTaskResult, JsonObject, ListPromptsRequestMethod, ListPromptsResult, ListResourceTemplatesRequestMethod,
        ListResourceTemplatesResult, ListResourcesRequestMethod, ListResourcesResult, ListToolsResult,
        PaginatedRequestParams, ReadResourceRequestMethod, ReadResourceRequestParams, ReadResourceResponse,
        ServerConfig, SubscriptionFilter, Tool, UpdateTaskParams,
    },
    service::{NotificationContext, RequestContext, SubscriptionContext},
};

use super::{
    call, changes,
    core::Core,
    fault, job,
    job_tools::JobTool,
    page::page,
    prompts,
    request::{self, is_modern},
    resources,
    view::View,
};

type Context = RequestContext<RoleServer>;

/// What rmcp asks. Cheap to clone: it is made anew for every stateless request.
#[derive(Clone)]
pub(super) struct Handler(Arc<Core>);

impl Handler {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// The result of an earlier call of a tool whose answer takes long.
    async fn collected(
        &self,
        view: &View,
        of: (&plan::Tool, &JobTool),
        given: Option<JsonObject>,
        mut context: Context,
    ) -> CallToolResult {
        let record = self.0.record(&mut context.extensions);
        let work = AssertUnwindSafe(Box::pin(job::collect(view, of, given, &context)));
        let mut result = work.catch_unwind().await.unwrap_or_else(|_| panicked(&context));
        drop(record);
        result.meta = is_modern(&context).then(|| view.meta.clone());
        result
    }

    /// Calls a tool.
    async fn call(&self, request: CallToolRequestParams, mut context: Context) -> Result<CallToolResponse, ErrorData> {
        let view = self.0.view_for(&context.extensions)?;
        let Some(tool) = view.tool(&request.name) else {
            if let Some(of) = view.companion(&request.name) {
                return Ok(self.collected(&view, of, request.arguments, context).await.into());
            }
            if let Some(removal_notice) = self.0.catalogue().removal_notice(&self.0.at, &request.name) {
                return Ok(fault::gone(removal_notice).into());
            }
            let near = nearest(&request.name, view.tools.iter().map(|tool| &*tool.name));
            let meant = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return Err(ErrorData::invalid_params(format!("Unknown tool: {}{meant}", request.name), None));
        };
        let meta = is_modern(&context).then(|| view.meta.clone());
        let record = self.0.record(&mut context.extensions);
        let called = AssertUnwindSafe(call::call(&view, tool, request.arguments, &context)).catch_unwind().await;
        let mut response = called.unwrap_or_else(|_| panicked(&context).into());
        drop(record);
        match &mut response {
            CallToolResponse::Complete(result) => result.meta = meta,
            CallToolResponse::Task(task) => task.meta = meta,
            _ => {}
        }
        Ok(response)
    }
}

/// The result when a defect of ours was met.
fn panicked(context: &Context) -> CallToolResult {
    request::record(&context.extensions).into_iter().for_each(|record| record.ended(500, None));
    fault::panicked()
}

/// A list result with the next page's cursor, caching hints and, for the stateless generation, who answers.
macro_rules! list {
    ($view:ident, $items:expr, $request:ident, $context:ident, $result:ident) => {{
        let (items, next) = page($items, $request.as_ref().and_then(|r| r.cursor.as_deref()))?;
        let mut result = $result::with_all_items(items);
        result.next_cursor = next;
        if is_modern(&$context) {
            result.ttl_ms = Some($view.ttl_ms);
            result.cache_scope = Some($view.scope);
            result.meta = Some($view.meta.clone());
        }
        Ok(result)
    }};
}

impl ServerHandler for Handler {
    fn get_info(&self) -> ServerConfig {
        match self.0.view() {
            Ok(view) => view.info.clone(),
            Err(_) => {
                let name = rmcp::model::Implementation::new(&*self.0.at.key, "unspecified");
                ServerConfig::default().with_server_info(name)
            }
        }
    }

    async fn discover(&self, context: Context) -> Result<DiscoverResult, ErrorData> {
        let view = self.0.view_for(&context.extensions)?;
        let versions = self.supported_protocol_versions().into_owned();
        let mut result = DiscoverResult::from_server_info(versions, view.info.clone());
        result.ttl_ms = view.ttl_ms;
        result.cache_scope = view.scope;
        Ok(result)
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        context: Context,
    ) -> Result<ListToolsResult, ErrorData> {
        let view = self.0.view_for(&context.extensions)?;
        list!(view, &view.tools, request, context, ListToolsResult)
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        // The request has no message yet, but a capability already: a reload in between changes nothing for it.
        let view = match request::present() {
            Some(capability) => self.0.view_of(&capability),
            None => self.0.view(),
        };
        let view = view.ok()?;
        // Only its schema is looked at.
        view.listed(name).map(|tool| Tool::new_with_raw(tool.name.clone(), None, tool.input_schema.clone()))
    }

    async fn call_tool(&self, request: CallToolRequestParams, context: Context) -> Result<CallToolResponse, ErrorData> {
        // In a box: the future of a message has room for the largest of all methods and is moved several times.
        Box::pin(self.call(request, context)).await
    }

    async fn get_task(&self, request: GetTaskParams, mut context: Context) -> Result<GetTaskResult, ErrorData> {
        let view = self.0.view_for(&context.extensions)?;
        let record = self.0.record(&mut context.extensions);
        let result = guarded(Box::pin(job::state(&view, &request.task_id, &context))).await;
        drop(record);
        let mut result = result?;
        result.meta = is_modern(&context).then(|| view.meta.clone());
        Ok(result)
    }

    async fn update_task(&self, request: UpdateTaskParams, context: Context) -> Result<(), ErrorData> {
        let view = self.0.view_for(&context.extensions)?;
        job::update(&view, &request.task_id, &context)
    }

    async fn cancel_task(&self, request: CancelTaskParams, context: Context) -> Result<(), ErrorData> {
        let view = self.0.view_for(&context.extensions)?;
        guarded(Box::pin(job::cancel(&view, &request.task_id, &context))).await
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        context: Context,
    ) -> Result<ListResourcesResult, ErrorData> {
        let view = self.0.view_for(&context.extensions)?;
        declared::<ListResourcesRequestMethod>(view.info.capabilities.resources.is_some())?;
        let resources = view.resources.clone();
        list!(view, &resources, request, context, ListResourcesResult)
    }

    async fn list_resource_templates(
        &self,
        request: Option<PaginatedRequestParams>,
        context: Context,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let view = self.0.view_for(&context.extensions)?;
        declared::<ListResourceTemplatesRequestMethod>(view.info.capabilities.resources.is_some())?;
        list!(view, &view.templates, request, context, ListResourceTemplatesResult)
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        mut context: Context,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let view = self.0.view_for(&context.extensions)?;
        declared::<ReadResourceRequestMethod>(view.info.capabilities.resources.is_some())?;
        let record = self.0.record(&mut context.extensions);
        let result = guarded(Box::pin(resources::read(&view, &request.uri, &context))).await;
        drop(record);
        let mut result = result?;
        if is_modern(&context) {
            (result.ttl_ms, result.cache_scope) = view.reads.unzip();
            result.meta = Some(view.meta.clone());
        }
        Ok(result.into())
    }

    async fn list_prompts(
        &self,
        request: Option<PaginatedRequestParams>,
        context: Context,
    ) -> Result<ListPromptsResult, ErrorData> {
        let view = self.0.view_for(&context.extensions)?;
        declared::<ListPromptsRequestMethod>(has_prompts(&view))?;
        list!(view, &view.prompts, request, context, ListPromptsResult)
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: Context,
    ) -> Result<GetPromptResponse, ErrorData> {
        let view = self.0.view_for(&context.extensions)?;
        declared::<GetPromptRequestMethod>(has_prompts(&view))?;
        let mut result = prompts::get(&view, &request.name, request.arguments.unwrap_or_default())?;
        result.meta = is_modern(&context).then(|| view.meta.clone());
        Ok(result.into())
    }

    async fn complete(&self, request: CompleteRequestParams, context: Context) -> Result<CompleteResult, ErrorData> {
        let view = self.0.view_for(&context.extensions)?;
        declared::<CompleteRequestMethod>(has_prompts(&view))?;
        let mut result = prompts::complete(&view, &request)?;
        result.meta = is_modern(&context).then(|| view.meta.clone());
        Ok(result)
    }

    async fn on_custom_request(&self, request: CustomRequest, context: Context) -> Result<CustomResult, ErrorData> {
        // A known method whose parameters do not fit comes here too.
        let handshake = request.method == "initialize" && !is_modern(&context);
        if handshake || NEEDS_PARAMS.contains(&&*request.method) {
            let message = format!("Invalid params: {} is called with other parameters", request.method);
            return Err(ErrorData::invalid_params(message, None));
        }
        Err(ErrorData::new(ErrorCode::METHOD_NOT_FOUND, request.method, None))
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        let peer: Peer<RoleServer> = context.peer;
        changes::join(&self.0, peer);
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        Some(requested.supported_by(&self.get_info().capabilities))
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        Box::pin(changes::listen(&self.0, &context)).await;
        Ok(())
    }
}

/// Methods that mean nothing without parameters.
const NEEDS_PARAMS: [&str; 5] = [
    CallToolRequestMethod::VALUE,
    GetPromptRequestMethod::VALUE,
    ReadResourceRequestMethod::VALUE,
    CompleteRequestMethod::VALUE,
    "subscriptions/listen",
];

fn has_prompts(view: &View) -> bool {
    view.info.capabilities.prompts.is_some()
}

/// Methods of a capability that was not declared do not exist.
fn declared<M: ConstString>(it_is: bool) -> Result<(), ErrorData> {
    if it_is { Ok(()) } else { Err(ErrorData::method_not_found::<M>()) }
}

/// The same, but a panic becomes an error.
async fn guarded<T>(work: impl Future<Output = Result<T, ErrorData>>) -> Result<T, ErrorData> {
    let done = AssertUnwindSafe(work).catch_unwind().await;
    done.unwrap_or_else(|_| Err(ErrorData::internal_error("this is a defect of Capstan; the log has more", None)))
}

#[cfg(test)]
mod tests;
