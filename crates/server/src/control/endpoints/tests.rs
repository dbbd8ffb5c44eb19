//! Tests of `endpoints`.

use std::sync::{Arc, Weak};

use http::Request;
use http_body_util::BodyExt as _;

use super::*;
use crate::{
    bundle::proposal::Proposal,
    control::operations::{Acceptance, Accepted, OperationError, Operations, Overview},
    http::body::Body,
    publication::report::{Preview, Report},
};

/// A process that has ended.
#[derive(Debug)]
struct Ended;

impl Operations for Ended {
    fn reload(self: Arc<Self>) -> futures_util::future::BoxFuture<'static, Result<Report, OperationError>> {
        unreachable!("it has ended")
    }

    fn validate(
        self: Arc<Self>,
        _: Option<Proposal>,
    ) -> futures_util::future::BoxFuture<'static, Result<Preview, OperationError>> {
        unreachable!("it has ended")
    }

    fn accept(
        self: Arc<Self>,
        _: Acceptance,
    ) -> futures_util::future::BoxFuture<'static, Result<Accepted, OperationError>> {
        unreachable!("it has ended")
    }

    fn overview(&self) -> Overview {
        unreachable!("it has ended")
    }
}

async fn ask(method: &str, path: &str, control: Option<Control>) -> (u16, Option<String>, String) {
    let operations: Weak<dyn Operations> = Weak::<Ended>::new();
    let routes = routes(Operator::new(operations), &Secrets::default());
    let mut request = Request::builder().method(method).uri(path).body(Body::Empty).unwrap();
    request.extensions_mut().insert(Arrival { table: Arc::new(Table::Control) });
    if let Some(control) = control {
        request.extensions_mut().insert(control);
    }
    let response = routes.answer(request).await;
    let allow = response.headers().get("allow").map(|value| value.to_str().unwrap().to_owned());
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, allow, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn methods_and_switches_follow_from_the_table() {
    let only_health = Control { health: true, ..Control::default() };
    for (method, path, control, status, allow, part) in [
        ("GET", "/health/live", Some(ALL), 200, None, "UP"),
        ("HEAD", "/health/live", Some(ALL), 200, None, ""),
        ("POST", "/health/live", Some(ALL), 405, Some("GET, HEAD"), "method-not-allowed"),
        ("GET", "/config/reload", Some(ALL), 405, Some("POST"), "/config/reload is not for GET, only for POST"),
        ("POST", "/config/reload", Some(ALL), 503, None, "this process ends"),
        ("GET", "/status", Some(only_health), 404, None, "as far as they are switched on"),
        ("POST", "/config/validate", None, 404, None, "no-route"),
        ("GET", "/nowhere", Some(ALL), 404, None, "there are /health/live, /health/ready, /status, /config/contract"),
        ("GET", "/", Some(ALL), 404, None, "no-route"),
        ("GET", "/.well-known/oauth-protected-resource/x", Some(ALL), 404, None, "no-route"),
    ] {
        let (got, allowed, body) = ask(method, path, control).await;
        assert_eq!((got, allowed.as_deref()), (status, allow), "{method} {path}: {body}");
        assert!(body.contains(part), "{method} {path}: {body}");
    }
}
