//! The table of fixed routes. A new one is a line here and its handler; method, switch, `Allow` and what is said of all of them
//! follow from the line.

use axum::{
    Router,
    extract::Request,
    handler::Handler,
    middleware::{self, Next},
    response::Response,
    routing::{MethodRouter, get, post},
};
use capstan_engine::Secrets;
use capstan_plan::Control;
use http::{Extensions, HeaderValue, Method, StatusCode, Uri, header};

use super::{
    accept,
    answers::problem,
    authorization, changes, health,
    hiding::hidden,
    index, metrics,
    operator::{Arrival, Operator, served},
    status,
};
use crate::{auth::WELL_KNOWN, http::fixed::FixedRoutes, publication::table::Table};

/// Everything, as `--control` serves it.
pub(crate) const ALL: Control = Control { health: true, info: true, reload: true, validate: true, metrics: true };

/// One fixed route.
struct Endpoint {
    path: &'static str,
    /// Whether it is served where the request came in.
    served: fn(&Extensions) -> bool,
    allow: &'static str,
    route: MethodRouter<Operator>,
}

/// All of them.
fn endpoints() -> Vec<Endpoint> {
    vec![
        reads("/health/live", |at| served(at).health, health::live),
        reads("/health/ready", |at| served(at).health, health::ready),
        reads("/status", |at| served(at).info, status::status),
        reads("/config/contract", |at| served(at).info, status::contract),
        reads("/metrics", |at| served(at).metrics, metrics::metrics),
        does("/config/reload", |at| served(at).reload, changes::reload),
        does("/config/accept", |at| served(at).reload, accept::accept),
        does("/config/validate", |at| served(at).validate, changes::validate),
        reads("/", is_gateway, index::index),
        reads(WELL_KNOWN, |_| true, authorization::metadata),
        reads("/.well-known/oauth-protected-resource/{*path}", |_| true, authorization::metadata),
    ]
}

fn reads<T: 'static>(
    path: &'static str,
    served: fn(&Extensions) -> bool,
    handler: impl Handler<T, Operator>,
) -> Endpoint {
    Endpoint { path, served, allow: "GET, HEAD", route: get(handler) }
}

fn does<T: 'static>(
    path: &'static str,
    served: fn(&Extensions) -> bool,
    handler: impl Handler<T, Operator>,
) -> Endpoint {
    Endpoint { path, served, allow: "POST", route: post(handler) }
}

fn is_gateway(at: &Extensions) -> bool {
    at.get::<Arrival>().is_some_and(|arrival| matches!(&*arrival.table, Table::Gateway(_)))
}

/// The routes of a process.
pub(crate) fn routes(operator: Operator, secrets: &Secrets) -> FixedRoutes {
    let secrets = secrets.clone();
    let hide = move |request: Request, next: Next| {
        let secrets = secrets.clone();
        async move { hidden(next.run(request).await, &secrets).await }
    };
    let mut router = Router::new();
    for Endpoint { path, served, allow, route } in endpoints() {
        let refuse = move |method: Method, uri: Uri| async move { not_allowed(allow, &method, &uri) };
        let switch = move |request: Request, next: Next| async move {
            if served(request.extensions()) { next.run(request).await } else { not_found().await }
        };
        router = router.route(path, route.fallback(refuse).layer(middleware::from_fn(switch)));
    }
    FixedRoutes::new(router.fallback(not_found).layer(middleware::from_fn(hide)).with_state(operator))
}

fn not_allowed(allow: &'static str, method: &Method, uri: &Uri) -> Response {
    let detail = format!("{} is not for {method}, only for {allow}", uri.path());
    let mut response = problem(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", detail);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
    response
}

async fn not_found() -> Response {
    let paths: Vec<&str> = endpoints().iter().map(|endpoint| endpoint.path).filter(|path| is_control(path)).collect();
    let detail = format!("there are {}, as far as they are switched on", paths.join(", "));
    problem(StatusCode::NOT_FOUND, "no-route", detail)
}

/// Whether a route is of the control plane.
fn is_control(path: &str) -> bool {
    path != "/" && !path.starts_with(WELL_KNOWN)
}

#[cfg(test)]
mod tests;
