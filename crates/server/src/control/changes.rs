//! `POST /config/reload` and `POST /config/validate`: do it, or say what it would do.

use axum::{extract::State, response::Response};
use http::StatusCode;
use serde_json::{Value, json};

use super::{
    answers::{Refused, full, json, problem},
    operations::OperationError,
    operator::Operator,
};
use crate::publication::report::{Preview, Report};

/// What a reload came to.
#[derive(Clone, Copy, Debug)]
enum Outcome {
    Applied,
    PartlyApplied,
    Unchanged,
    Rejected,
}

impl Outcome {
    fn of(report: &Report) -> Self {
        let clean = report.rejected.is_empty() && report.findings.is_empty();
        match (report.published, clean) {
            (true, true) => Self::Applied,
            (true, false) => Self::PartlyApplied,
            (false, true) => Self::Unchanged,
            (false, false) => Self::Rejected,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::PartlyApplied => "partly-applied",
            Self::Unchanged => "unchanged",
            Self::Rejected => "rejected",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::Applied | Self::Unchanged => StatusCode::OK,
            Self::PartlyApplied | Self::Rejected => StatusCode::CONFLICT,
        }
    }
}

/// Reads everything anew.
pub(super) async fn reload(State(operator): State<Operator>) -> Result<Response, Refused> {
    let report = operator.get()?.reload().await.map_err(refused)?;
    let outcome = Outcome::of(&report);
    Ok(json(outcome.status(), &reloaded(outcome, &report)))
}

/// Says what a reload would do.
pub(super) async fn validate(State(operator): State<Operator>) -> Result<Response, Refused> {
    let preview = operator.get()?.validate().await.map_err(refused)?;
    Ok(json(StatusCode::OK, &previewed(&preview)))
}

fn refused(error: OperationError) -> Refused {
    let response = match error {
        OperationError::Rejected(error) => {
            json(StatusCode::CONFLICT, &json!({"status": Outcome::Rejected.name(), "reason": error.message}))
        }
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
    let reason = of_rejected.chain(&report.findings).next().map(|finding| &finding.message);
    json!({
        "status": outcome.name(),
        "reason": reason,
        "generation": report.generation,
        "milliseconds": u64::try_from(report.took.as_millis()).unwrap_or(u64::MAX),
        "changes": report.changes,
        "breaking": report.changes.iter().any(|change| change.breaking),
        "rejected": rejected,
        "diagnostics": report.findings.iter().map(full).collect::<Vec<_>>(),
    })
}

fn previewed(preview: &Preview) -> Value {
    let of_rejected = preview.rejected.iter().flat_map(|capability| {
        capability.errors().map(|finding| {
            let mut full = full(finding);
            if let Value::Object(members) = &mut full {
                members.insert("capability".to_owned(), (*capability.id).into());
            }
            full
        })
    });
    let diagnostics: Vec<Value> = of_rejected.chain(preview.findings.iter().map(full)).collect();
    let valid = diagnostics.is_empty();
    let Some(listeners) = &preview.listeners else {
        return json!({"valid": valid, "reloadable": valid, "diagnostics": diagnostics});
    };
    json!({
        "valid": valid,
        "reloadable": valid,
        "structuralChanges": !(listeners.added.is_empty() && listeners.dropped.is_empty()),
        "warnings": preview.warnings,
        "diagnostics": diagnostics,
        "changes": preview.changes,
        "breaking": preview.changes.iter().any(|change| change.breaking),
        "listeners": {"kept": listeners.kept, "added": listeners.added, "dropped": listeners.dropped},
        "milliseconds": u64::try_from(preview.took.as_millis()).unwrap_or(u64::MAX),
    })
}
