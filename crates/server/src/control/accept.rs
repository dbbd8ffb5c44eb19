//! `POST /config/accept`: confirms what breaks callers. Without a body everything that waits; with one, one capability's, or the one
//! contract whose hash is given, which may also be one that is not saved yet.

use axum::{body::Body as AxumBody, extract::State, response::Response};
use http::{HeaderMap, StatusCode};
use serde_json::json;

use super::{
    answers::{Refused, json, problem},
    changes,
    operations::{Acceptance, Accepted},
    operator::Operator,
    received,
};

/// More than this is no confirmation.
const LARGEST: usize = 64 << 10;

/// Confirms.
pub(super) async fn accept(
    State(operator): State<Operator>,
    headers: HeaderMap,
    body: AxumBody,
) -> Result<Response, Refused> {
    let body = received::bytes(body, LARGEST).await?;
    let what = match body.iter().all(u8::is_ascii_whitespace) {
        true => Acceptance::default(),
        false => {
            received::json_only(&headers)?;
            serde_json::from_slice(&body).map_err(|error| {
                let detail = format!(
                    "{error}; write {{\"capability\": ID, \"hash\": HASH}}, with either left out, or no body to confirm everything that waits"
                );
                Refused::from(problem(StatusCode::BAD_REQUEST, "invalid-body", detail))
            })?
        }
    };
    let accepted = operator.get()?.accept(what).await.map_err(changes::refused)?;
    Ok(match accepted {
        Accepted::Ran(report) => changes::ran(&report),
        Accepted::Noted => json(
            StatusCode::ACCEPTED,
            &json!({"status": "noted", "reason": "nothing waits with that contract; it is taken as soon as it is saved"}),
        ),
        Accepted::Unknown(detail) => problem(StatusCode::NOT_FOUND, "nothing-held", detail),
        Accepted::Differs(detail) => problem(StatusCode::CONFLICT, "other-contract-held", detail),
    })
}
