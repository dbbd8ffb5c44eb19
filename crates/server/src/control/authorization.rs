//! `/.well-known/oauth-protected-resource`: the metadata of the exposure a path means. Open to everyone.

use std::sync::Arc;

use axum::{
    extract::{Extension, Request},
    response::Response,
};
use http::StatusCode;

use super::{
    answers::{ours, problem},
    operator::Arrival,
};
use crate::{
    auth::{self, Gate, WELL_KNOWN},
    capability::exposed::Exposed,
    publication::table::Table,
};

/// Whether a path asks for the metadata of something that has any here.
pub(crate) fn is_known(table: &Table, path: &str) -> bool {
    resource_path(path).is_some_and(|path| find(table, path).is_some())
}

/// The metadata.
pub(super) async fn metadata(Extension(arrival): Extension<Arrival>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let table: &Arc<Table> = &arrival.table;
    let answer = || {
        let path = resource_path(parts.uri.path())?;
        let exposed = find(table, path)?;
        Some(auth::metadata(exposed.gate()?.resource()?, &parts, path))
    };
    match answer() {
        Some(response) => ours(response),
        None => problem(StatusCode::NOT_FOUND, "no-route", "nothing here has such metadata"),
    }
}

/// The path of the resource whose metadata is at `path`.
fn resource_path(path: &str) -> Option<&str> {
    let rest = path.strip_prefix(WELL_KNOWN).filter(|rest| rest.is_empty() || rest.starts_with('/'))?;
    Some(rest.trim_end_matches('/'))
}

/// The exposure meant: by the path of its public URL, else by the path on this listener, else whoever is the only choice for the
/// root form.
fn find<'t>(table: &'t Table, path: &str) -> Option<&'t Exposed> {
    let resource = |exposed: &Exposed| exposed.gate().and_then(Gate::resource).is_some();
    let public =
        |exposed: &Exposed| exposed.gate().and_then(Gate::resource).and_then(|resource| resource.path()) == Some(path);
    let guarded: Vec<&Exposed> =
        table.adapters().into_iter().map(|adapter| adapter.exposed()).filter(|exposed| resource(exposed)).collect();
    let by_url = guarded.iter().find(|exposed| public(exposed)).copied();
    by_url
        .or_else(|| table.exposed_at(path).filter(|exposed| resource(exposed)))
        .or_else(|| guarded.first().filter(|_| path.is_empty()).copied())
}
