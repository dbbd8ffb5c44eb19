//! From a request on a listener to the adapter that answers it. Takes the listener's table once; whatever is published
//! meanwhile, the request ends on what it began with.

use std::{
    convert::Infallible,
    panic::AssertUnwindSafe,
    sync::{Arc, Weak},
};

use capstan_plan::{Control, Exposure, ExposureKind};

use futures_util::{FutureExt as _, future::BoxFuture};
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;

use crate::{
    adapter::{rest, skill},
    auth::{self, admit},
    control::{endpoints, index},
    http::{
        access::Trace,
        body::Body,
        guard::{self, Guard, Verdict},
        problem,
    },
    publication::{
        gateway::{Gateway, Mount, Place},
        snapshot::{ListenerId, Live},
        table::{AdapterRef, McpMount, Table},
    },
    serve::Running,
    shared::Shared,
};

/// What the connections of one listener know.
#[derive(Debug)]
pub(crate) struct Dispatch {
    pub(crate) listener: ListenerId,
    pub(crate) loopback: bool,
    pub(crate) live: Arc<Live>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) guard: Arc<Guard>,
    /// What the control plane controls.
    pub(crate) running: Weak<Running>,
}

impl Dispatch {
    /// Answers, whatever happens.
    pub(crate) fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> BoxFuture<'static, Result<Response<Body>, Infallible>> {
        // Boxed once here: connections stay small, and the compiler sees that the whole is `Send`.
        Box::pin(async move { Ok(self.guarded(request).await) })
    }

    async fn guarded(&self, request: Request<Incoming>) -> Response<Body> {
        let mut trace = Trace::new(&request, &self.shared);
        let mut response = match self.guard.check(&request, self.loopback) {
            Verdict::Answer(response) => response,
            Verdict::Pass => self.caught(request, &mut trace).await,
            Verdict::Cors(origin) => {
                let mut response = self.caught(request, &mut trace).await;
                guard::decorate(response.headers_mut(), origin);
                response
            }
        };
        trace.finish(&mut response);
        response
    }

    async fn caught(&self, request: Request<Incoming>, trace: &mut Trace) -> Response<Body> {
        match AssertUnwindSafe(self.dispatch(request, trace)).catch_unwind().await {
            Ok(response) => response,
            Err(_) => problem::plain(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "this is a defect of Capstan; the log has more",
            ),
        }
    }

    async fn dispatch(&self, request: Request<Incoming>, trace: &mut Trace) -> Response<Body> {
        let Some(table) = self.live.table(self.listener) else {
            return problem::plain(StatusCode::SERVICE_UNAVAILABLE, "draining", "nothing is served here any more");
        };
        if request.uri().path().starts_with(auth::WELL_KNOWN) {
            let (parts, body) = request.into_parts();
            if let Some(metadata) = auth::metadata(&table, &parts) {
                return metadata;
            }
            return self.placed(&table, Request::from_parts(parts, body), trace).await;
        }
        self.placed(&table, request, trace).await
    }

    async fn placed(&self, table: &Table, request: Request<Incoming>, trace: &mut Trace) -> Response<Body> {
        match table {
            Table::Port(port) => {
                if let Some(mount) = &port.mcp
                    && matches!(request.uri().path(), "/" | "/mcp")
                {
                    return Box::pin(self.mcp(mount, request, trace)).await;
                }
                if let Some(adapter) = &port.control
                    && endpoints::is_below(request.uri().path())
                    && port.rest_at(request.uri().path()).is_none()
                {
                    return Box::pin(self.controlled(adapter, request, trace)).await;
                }
                // The path borrows from a request that is consumed.
                let path = request.uri().clone();
                if skill::is_below(path.path())
                    && let Some(adapter) = port.skill()
                    && port.rest_at(path.path()).is_none()
                {
                    return Box::pin(skill::answer(adapter, path.path(), request, &self.shared, trace)).await;
                }
                rest::answer(port, path.path(), request, &self.shared, trace).await
            }
            Table::Gateway(gateway) => Box::pin(self.gateway(gateway, request, trace)).await,
            Table::Control => Box::pin(self.control(&endpoints::ALL, request.method(), request.uri().path())).await,
        }
    }

    /// Answers at a control adapter.
    async fn controlled(&self, adapter: &AdapterRef, request: Request<Incoming>, trace: &mut Trace) -> Response<Body> {
        trace.capability(&adapter.capability);
        let (Some(engine), Some(Exposure { kind: ExposureKind::Control(served), .. })) =
            (adapter.capability.engine(), adapter.exposure())
        else {
            return problem::failing(&adapter.capability);
        };
        let (parts, _) = request.into_parts();
        if let Some(refused) = admit(adapter.gate(), engine, &self.shared, &parts).await {
            return refused;
        }
        self.control(served, &parts.method, parts.uri.path()).await
    }

    async fn control(&self, served: &Control, method: &Method, path: &str) -> Response<Body> {
        match self.running.upgrade() {
            Some(running) => endpoints::answer(&running, served, method, path).await,
            None => problem::plain(StatusCode::SERVICE_UNAVAILABLE, "draining", "this process ends"),
        }
    }

    async fn gateway(&self, gateway: &Gateway, request: Request<Incoming>, trace: &mut Trace) -> Response<Body> {
        let uri = request.uri().clone();
        match gateway.place(uri.path()) {
            Place::Rest(port, path) => {
                let path = if path.is_empty() { "/" } else { path };
                rest::answer(port, path, request, &self.shared, trace).await
            }
            Place::Mcp(mount) => Box::pin(self.mcp(mount, request, trace)).await,
            Place::Skill(adapter, path) => Box::pin(skill::answer(adapter, path, request, &self.shared, trace)).await,
            Place::Within(mount) => {
                let (parts, _) = request.into_parts();
                let refused = Box::pin(auth::admit_any(mount.adapters(), &self.shared, &parts)).await;
                refused.unwrap_or_else(|| within(mount, uri.path()))
            }
            Place::Index if matches!(*request.method(), Method::GET | Method::HEAD) => {
                index::answer(&self.live.current(), gateway, request.headers())
            }
            Place::Index => {
                problem::plain(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "the index is read with GET")
            }
            Place::Nothing => {
                let detail = format!("no capability is mounted at {}; the index is at /", uri.path());
                problem::plain(StatusCode::NOT_FOUND, "no-capability", detail)
            }
        }
    }

    async fn mcp(&self, mount: &McpMount, request: Request<Incoming>, trace: &mut Trace) -> Response<Body> {
        trace.capability(&mount.capability);
        let (Some(engine), Some(index)) = (mount.capability.engine(), mount.capability.position(&mount.at.key)) else {
            return problem::failing(&mount.capability);
        };
        let (parts, body) = request.into_parts();
        if let Some(refused) = admit(mount.capability.gate(index), engine, &self.shared, &parts).await {
            return refused;
        }
        let request = Request::from_parts(parts, body);
        mount.endpoint(&self.live, &self.shared).answer(request, mount.capability.clone()).await
    }
}

/// Below an id, but at none of its adapters.
fn within(mount: &Mount, path: &str) -> Response<Body> {
    if mount.capability.plan().is_none() {
        return problem::failing(&mount.capability);
    }
    let detail = format!("`{}` serves nothing at {path}; the index at / lists what it does", mount.capability.id);
    problem::plain(StatusCode::NOT_FOUND, "no-route", detail)
}

#[cfg(test)]
mod tests;
