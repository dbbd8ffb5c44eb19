//! Owns what is said of an operation in sentences: what it does, and how it fails where that is short.

use super::typed::{TypedOperation, TypedResponse};
use serde_json::Value;

/// Longest description that is taken over, and longest list of failures, in bytes.
const LONGEST: usize = 1_000;
const LONGEST_FAILURES: usize = 120;

impl TypedOperation {
    /// What it does.
    pub(crate) fn prose(&self) -> Option<String> {
        match (self.summary.as_deref(), self.description.as_deref().filter(|text| text.len() <= LONGEST)) {
            (Some(summary), Some(more)) if more.starts_with(summary.trim_end_matches('.')) => Some(more.to_owned()),
            (Some(summary), Some(more)) => Some(format!("{}. {more}", summary.trim_end_matches('.'))),
            (Some(text), None) | (None, Some(text)) => Some(text.to_owned()),
            (None, None) => None,
        }
    }

    /// How it fails; nothing when that is a long story.
    pub(crate) fn failures(&self) -> Option<String> {
        let failures = self.responses.iter().filter(|response| response.status.starts_with(['4', '5']));
        let said: Vec<String> = failures.filter_map(failure).collect();
        let said = format!("Fails with {}.", Some(said).filter(|said| !said.is_empty())?.join(", "));
        (said.len() <= LONGEST_FAILURES).then_some(said)
    }
}

/// A status with what it means, and the members its answer has.
fn failure(response: &TypedResponse) -> Option<String> {
    let meaning = response.description.as_deref()?.trim().trim_end_matches('.');
    let members = response.media.iter().find_map(|(_, schema)| schema.get("properties")?.as_object());
    let members: Vec<&str> = members.into_iter().flatten().map(|(name, _): (&String, &Value)| name.as_str()).collect();
    let members = if members.is_empty() { String::new() } else { format!(": {}", members.join(", ")) };
    Some(format!("{} ({meaning}{members})", response.status))
}
