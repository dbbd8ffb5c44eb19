//! The index of a gateway: what is mounted, where, and in what state; JSON for programs, a page for people.

mod entry;
mod page;

use axum::{
    extract::{Extension, State},
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use self::entry::{Entry, Index};
use super::{
    answers::{ours, problem},
    operator::{Arrival, Operator},
};
use crate::publication::table::Table;

/// The answer at `/`.
pub(super) async fn index(
    State(operator): State<Operator>,
    Extension(arrival): Extension<Arrival>,
    headers: HeaderMap,
) -> Response {
    let Table::Gateway(gateway) = &*arrival.table else {
        return problem(StatusCode::NOT_FOUND, "no-route", "there is no index here");
    };
    let overview = match operator.get() {
        Ok(operations) => operations.overview(),
        Err(refused) => return refused.into_response(),
    };
    let generation = overview.snapshot.catalogue.generation;
    let capabilities = overview.snapshot.catalogue.capabilities.values();
    let entries = capabilities
        .map(|capability| Entry::new(&overview, gateway.get(&capability.id).map(|mount| &**mount), capability))
        .collect();
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if accept.contains("text/html") {
        return ours(page::response(generation, entries));
    }
    let index = Index { generation, capabilities: entries };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::VARY, HeaderValue::from_static("accept")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, serde_json::to_vec(&index).unwrap_or_default()).into_response()
}
