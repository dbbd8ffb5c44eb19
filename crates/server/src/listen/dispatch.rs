//! From a request on a listener to whoever answers it. Takes the listener's table once; whatever is published meanwhile, the
//! request ends on what it began with.

use std::{net::IpAddr, panic::AssertUnwindSafe, sync::Arc};

use futures_util::{FutureExt as _, future::BoxFuture};
use http::{Request, Response, StatusCode};

use super::answer::Answer;
use crate::{
    adapter::{context::Context, paths::Asked, rest},
    capability::exposed::{Exposed, admit_any},
    control::{self, Arrival, authorization},
    http::{
        access::AccessRecord,
        body::Body,
        guard::{self, Guard, Verdict},
        inbound::Inbound,
        problem,
    },
    publication::{
        gateway::{Gateway, GatewayMatch, Mount},
        port::{Port, PortMatch},
        slot::ListenerId,
        snapshot::Live,
        table::Table,
    },
};

/// What the connections of one listener know.
#[derive(Debug)]
pub(crate) struct Dispatch {
    pub(crate) listener: ListenerId,
    pub(crate) loopback: bool,
    pub(crate) live: Arc<Live>,
    pub(crate) guard: Arc<Guard>,
    pub(crate) context: Arc<Context>,
}

impl Answer for Dispatch {
    fn answer(self: Arc<Self>, request: Request<Inbound>, peer: IpAddr) -> BoxFuture<'static, Response<Body>> {
        // Boxed once here: connections stay small, and the compiler sees that the whole is `Send`.
        Box::pin(async move { self.guarded(request, peer).await })
    }
}

impl Dispatch {
    async fn guarded(&self, request: Request<Inbound>, peer: IpAddr) -> Response<Body> {
        let mut record = AccessRecord::begin(&request, peer, || self.context.shared.request_id());
        let mut response = match self.guard.check(&request, self.loopback) {
            Verdict::Answer(response) => response,
            Verdict::Pass => self.caught(request, &mut record).await,
            Verdict::Cors(origin) => {
                let mut response = self.caught(request, &mut record).await;
                guard::decorate(response.headers_mut(), origin);
                response
            }
        };
        record.finish(&mut response);
        response
    }

    async fn caught(&self, request: Request<Inbound>, record: &mut AccessRecord) -> Response<Body> {
        match AssertUnwindSafe(self.dispatch(request, record)).catch_unwind().await {
            Ok(response) => response,
            Err(_) => problem::plain(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "this is a defect of Capstan; the log has more",
            ),
        }
    }

    async fn dispatch(&self, request: Request<Inbound>, record: &mut AccessRecord) -> Response<Body> {
        let Some(table) = self.live.table(self.listener) else {
            return problem::plain(StatusCode::SERVICE_UNAVAILABLE, "draining", "nothing is served here any more");
        };
        if authorization::is_known(&table, request.uri().path()) {
            return Box::pin(self.fixed(&table, request)).await;
        }
        match &*table {
            Table::Port(port) => self.port(port, request, record).await,
            Table::Gateway(gateway) => Box::pin(self.gateway(&table, gateway, request, record)).await,
            Table::Control => {
                let mut request = request;
                request.extensions_mut().insert(control::ALL);
                Box::pin(self.fixed(&table, request)).await
            }
        }
    }

    /// Answers at a fixed route.
    async fn fixed(&self, table: &Arc<Table>, request: Request<Inbound>) -> Response<Body> {
        let mut request = request;
        request.extensions_mut().insert(Arrival { table: table.clone() });
        self.context.fixed.answer(request).await
    }

    async fn port(&self, port: &Port, request: Request<Inbound>, record: &mut AccessRecord) -> Response<Body> {
        // The path borrows from a request that is consumed.
        let uri = request.uri().clone();
        let found = port.at(uri.path(), Some(Asked::of(&request)));
        match found {
            PortMatch::Adapter(adapter) => Box::pin(adapter.answer(uri.path(), request, &self.context, record)).await,
            PortMatch::Routes(routes) => rest::answer(routes, uri.path(), request, &self.context.shared, record).await,
        }
    }

    async fn gateway(
        &self,
        table: &Arc<Table>,
        gateway: &Gateway,
        request: Request<Inbound>,
        record: &mut AccessRecord,
    ) -> Response<Body> {
        let uri = request.uri().clone();
        let found = gateway.at(uri.path(), Some(Asked::of(&request)));
        match found {
            GatewayMatch::Adapter(adapter, path) => adapter.answer(path, request, &self.context, record).await,
            GatewayMatch::Within(mount) => {
                let (parts, _) = request.into_parts();
                let all: Vec<Exposed> = mount.adapters().map(|adapter| adapter.exposed().clone()).collect();
                let refused = Box::pin(admit_any(all, &self.context.shared, &parts)).await;
                refused.unwrap_or_else(|| within(mount, uri.path()))
            }
            GatewayMatch::Index => self.fixed(table, request).await,
            GatewayMatch::Nothing => {
                let detail = format!("no capability is mounted at {}; the index is at /", uri.path());
                problem::plain(StatusCode::NOT_FOUND, "no-capability", detail)
            }
        }
    }
}

/// Below an id, but at none of its adapters.
fn within(mount: &Mount, path: &str) -> Response<Body> {
    if mount.capability.plan().is_none() {
        return mount.capability.failing();
    }
    let detail = format!("`{}` serves nothing at {path}; the index at / lists what it does", mount.capability.id);
    problem::plain(StatusCode::NOT_FOUND, "no-route", detail)
}

#[cfg(test)]
mod tests;
