//! Whether the process lives, and whether it is ready to be called.

use axum::{extract::State, response::Response};
use http::StatusCode;
use serde_json::json;

use super::{
    answers::{Refused, json},
    operator::Operator,
    status,
};

/// It answers, so it lives.
pub(super) async fn live() -> Response {
    json(StatusCode::OK, &json!({"status": "UP"}))
}

/// Ready is who serves and goes on serving; a reload that was rejected changes nothing about that, unless the operator is strict.
pub(super) async fn ready(State(operator): State<Operator>) -> Result<Response, Refused> {
    let overview = operator.get()?.overview();
    let up = overview.snapshot.catalogue.generation > 0 && (!overview.strict || overview.is_in_sync());
    let (status, word) = match (overview.ending, up) {
        (true, _) => (StatusCode::SERVICE_UNAVAILABLE, "ENDING"),
        (false, true) => (StatusCode::OK, "UP"),
        (false, false) => (StatusCode::SERVICE_UNAVAILABLE, "DEGRADED"),
    };
    Ok(json(status, &json!({"status": word, "adapters": status::adapters(&overview)})))
}
