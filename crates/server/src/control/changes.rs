//! `POST /config/reload` and `POST /config/validate`: do it, or say what it would do. What is validated is what is on disk, or the
//! body: one document (`?id=ID` says which one it stands for), or an archive of the whole bundle.

use std::path::Path;

use axum::{
    body::Body as AxumBody,
    extract::{Query, State},
    response::Response,
};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    answers::{Refused, full, held, json, problem},
    operations::OperationError,
    operator::Operator,
    received::{self, Kind},
};
use crate::{
    bundle::proposal::{LARGEST, Proposal},
    capability::surface::Change,
    publication::{
        report::{Preview, Report},
        state::HeldBack,
    },
};

/// What a reload came to.
#[derive(Clone, Copy, Debug)]
enum Outcome {
    Applied,
    PartlyApplied,
    Unchanged,
    Held,
    Rejected,
}

impl Outcome {
    fn of(report: &Report) -> Self {
        let sound = report.rejected.is_empty() && report.findings.is_empty();
        match (report.published, sound, report.held.is_empty()) {
            (true, true, true) => Self::Applied,
            (true, ..) => Self::PartlyApplied,
            (false, true, true) => Self::Unchanged,
            (false, true, false) => Self::Held,
            (false, false, _) => Self::Rejected,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::PartlyApplied => "partly-applied",
            Self::Unchanged => "unchanged",
            Self::Held => "held",
            Self::Rejected => "rejected",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::Applied | Self::Unchanged => StatusCode::OK,
            Self::PartlyApplied | Self::Held | Self::Rejected => StatusCode::CONFLICT,
        }
    }
}

/// Reads everything anew.
pub(super) async fn reload(State(operator): State<Operator>) -> Result<Response, Refused> {
    Ok(ran(&operator.get()?.reload().await.map_err(refused)?))
}

/// What a run came to.
pub(super) fn ran(report: &Report) -> Response {
    let outcome = Outcome::of(report);
    json(outcome.status(), &reloaded(outcome, report))
}

/// Which document a body stands for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Meant {
    id: Option<String>,
}

/// Says what a reload would do.
pub(super) async fn validate(
    State(operator): State<Operator>,
    meant: Result<Query<Meant>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
    body: AxumBody,
) -> Result<Response, Refused> {
    let body = received::bytes(body, LARGEST).await?;
    let proposal = match body.is_empty() {
        true => None,
        false => {
            let kind = received::kind(&headers)?;
            let Ok(Query(meant)) = meant else {
                let detail = "only `id` is known here: it says which document the body stands for";
                return Err(problem(StatusCode::BAD_REQUEST, "invalid-query", detail).into());
            };
            Some(match kind {
                Kind::Document => Proposal::Document { id: meant.id, text: body },
                Kind::Archive(packing) => Proposal::Archive { packing, bytes: body },
            })
        }
    };
    let preview = operator.get()?.validate(proposal).await.map_err(refused)?;
    let mut value = previewed(&preview);
    if let Some(root) = &preview.root {
        relative(&mut value, root);
    }
    Ok(json(StatusCode::OK, &value))
}

/// Leaves out where an archive was unpacked: its files are named as they are in it.
fn relative(value: &mut Value, root: &Path) {
    match value {
        Value::String(text) => *text = text.replace(&format!("{}/", root.display()), ""),
        Value::Array(items) => items.iter_mut().for_each(|item| relative(item, root)),
        Value::Object(members) => members.values_mut().for_each(|member| relative(member, root)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn waiting(all: &HeldBack) -> Vec<Value> {
    all.iter().map(|(id, one)| held(id, one)).collect()
}

pub(super) fn refused(error: OperationError) -> Refused {
    let response = match error {
        OperationError::Rejected(error) => {
            json(StatusCode::CONFLICT, &json!({"status": Outcome::Rejected.name(), "reason": error.message}))
        }
        OperationError::Unusable(detail) => problem(StatusCode::BAD_REQUEST, "unusable-proposal", detail),
        OperationError::Defect(detail) => problem(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail),
    };
    response.into()
}

fn reloaded(outcome: Outcome, report: &Report) -> Value {
    let rejected: Vec<Value> = report
        .rejected
        .iter()
        .map(|capability| {
            let diagnostics: Vec<Value> = capability.errors().map(full).collect();
            json!({"capability": capability.id, "diagnostics": diagnostics})
        })
        .collect();
    let of_rejected = report.rejected.iter().flat_map(|capability| capability.errors());
    let found = of_rejected.chain(&report.findings).next().map(|finding| finding.message.to_string());
    let breaks = || {
        let change = report.held.values().flat_map(|held| &held.changes).find(|change| change.is_breaking())?;
        Some(format!("{}: {}; POST /config/accept confirms it", change.capability, change.sentence()))
    };
    let reason = found.or_else(breaks);
    json!({
        "status": outcome.name(),
        "reason": reason,
        "generation": report.generation,
        "milliseconds": u64::try_from(report.took.as_millis()).unwrap_or(u64::MAX),
        "changes": report.changes,
        "breaking": report.changes.iter().any(Change::is_breaking),
        "held": waiting(&report.held),
        "rejected": rejected,
        "diagnostics": report.findings.iter().map(full).collect::<Vec<_>>(),
    })
}

fn previewed(preview: &Preview) -> Value {
    let of_rejected = preview.rejected.iter().flat_map(|one| one.errors().map(|finding| (Some(&one.id), finding)));
    let of_new = preview.new.iter().map(|(id, finding)| (Some(id), finding));
    let of_nobody = preview.findings.iter().map(|finding| (None, finding));
    let diagnostic = |(id, finding): (Option<&std::sync::Arc<str>>, _)| {
        let mut full = full(finding);
        if let (Some(id), Value::Object(members)) = (id, &mut full) {
            members.insert("capability".to_owned(), (**id).into());
        }
        full
    };
    let diagnostics: Vec<Value> = of_rejected.chain(of_new).chain(of_nobody).map(diagnostic).collect();
    let valid = diagnostics.is_empty();
    let Some(listeners) = &preview.listeners else {
        return json!({"valid": valid, "reloadable": valid, "diagnostics": diagnostics});
    };
    json!({
        "valid": valid,
        "reloadable": valid && preview.held.is_empty(),
        "structuralChanges": !(listeners.added.is_empty() && listeners.dropped.is_empty()),
        "warnings": preview.warnings,
        "diagnostics": diagnostics,
        "changes": preview.changes,
        "breaking": preview.changes.iter().chain(preview.held.values().flat_map(|held| &held.changes)).any(Change::is_breaking),
        "held": waiting(&preview.held),
        "listeners": {"kept": listeners.kept, "added": listeners.added, "dropped": listeners.dropped},
        "milliseconds": u64::try_from(preview.took.as_millis()).unwrap_or(u64::MAX),
    })
}
