//! The one place where a fault becomes the result of a tool call: text a model can act on.

use std::fmt::Write as _;

use capstan_engine::{Fault, FaultKind, Mask, Violation};
use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::Value;

use super::result::{described, message, status_line};

/// The most violations that are listed.
const VIOLATIONS: usize = 20;

/// The result for a fault; `example` makes arguments that would do.
pub(super) fn result<'v>(fault: &Fault, example: impl FnOnce() -> Option<&'v Value>, mask: &Mask) -> CallToolResult {
    let mut text = text(fault, mask);
    if !fault.violations.is_empty()
        && let Some(arguments) = example()
    {
        let _ = write!(text, "\nThese arguments would do: {arguments}");
    }
    CallToolResult::error(vec![ContentBlock::text(text)])
}

/// The result when a defect of ours was met.
pub(super) fn panicked() -> CallToolResult {
    let text = "This call failed because of a defect of Capstan, not because of the arguments. The log has more.";
    CallToolResult::error(vec![ContentBlock::text(text)])
}

/// The result for a tool that was there a while ago.
pub(super) fn gone(removal_notice: String) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(removal_notice)])
}

/// A fault in words: what happened, what to change, whether to try again.
pub(super) fn text(fault: &Fault, mask: &Mask) -> String {
    let mut text = match &fault.upstream_error {
        Some(passed) => {
            let content_type = passed.headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
            let body = message(content_type, &passed.body);
            format!("The upstream answered {}{}", status_line(passed.status), described(&body))
        }
        None if fault.violations.is_empty() && !fault.detail.is_empty() => {
            format!("{}: {}.", fault.title, stop(&fault.detail))
        }
        None => format!("{}.", fault.title),
    };
    for violation in fault.violations.iter().take(VIOLATIONS) {
        describe(&mut text, violation);
    }
    if let Some(more) = fault.violations.len().checked_sub(VIOLATIONS).filter(|more| *more > 0) {
        let _ = write!(text, "\n- and {more} more");
    }
    if !fault.violations.is_empty() {
        text.push_str("\nCall again with this mended.");
    }
    if let Some(step) = &fault.step {
        let _ = write!(text, "\nIt happened in step `{step}`.");
    }
    if let (FaultKind::Capability(_), Some(origin)) = (fault.kind, &fault.origin) {
        let code = fault.code.as_ref().map_or_else(String::new, |code| format!(" [{code}]"));
        let _ = write!(text, "\nOther arguments will not help; the cause is at {}:{}{code}.", origin.file, origin.line);
    }
    match fault.retry_after {
        Some(after) => {
            let _ = write!(text, "\nTry again after {} seconds.", after.as_secs().max(1));
        }
        None if fault.retryable => text.push_str("\nTrying again later may help."),
        None => {}
    }
    mask.apply(&text).into_owned()
}

/// `- what is wrong; expected ...; for example ...`
fn describe(text: &mut String, violation: &Violation) {
    let _ = write!(text, "\n- {}", stop(&violation.message));
    if let Some(expected) = &violation.expected {
        let _ = write!(text, "; expected {}", stop(expected));
    }
    if let Some(example) = &violation.example {
        let _ = write!(text, "; for example {example}");
    }
}

/// Without its full stop.
fn stop(text: &str) -> &str {
    text.trim().trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use capstan_engine::{CallerFault, CapabilityFault, UpstreamFault};
    use serde_json::json;

    use super::*;

    #[test]
    fn refused_inputs_name_field_expectation_and_example() {
        let mut fault = Fault::caller(CallerFault::InvalidInput, "");
        fault.violations = vec![
            Violation {
                expected: Some("a multiple of 32 up to 1440".into()),
                example: Some(json!(1024)),
                ..Violation::missing("width")
            },
            Violation::unknown("promt", Some("prompt")),
        ];
        let shown = text(&fault, &Mask::default());
        assert!(
            shown.contains("- `width` is required; expected a multiple of 32 up to 1440; for example 1024\n"),
            "{shown}"
        );
        assert!(shown.contains("- `promt` is not known here; did you mean `prompt`?\n"), "{shown}");
    }

    #[test]
    fn an_unreachable_upstream_is_worth_another_try() {
        let text = text(&Fault::upstream(UpstreamFault::Connect, "connection refused"), &Mask::default());
        assert_eq!(text, "The upstream cannot be reached: connection refused.\nTrying again later may help.");
    }

    #[test]
    fn faults_of_the_capability_name_the_line() {
        let origin = capstan_plan::Origin::new("flux.yaml".into(), 7, 3);
        let fault = Fault::capability(CapabilityFault::MissingBinding, "FLUX_API_KEY is not set").at(&origin);
        let text = text(&fault, &Mask::default());
        assert!(text.contains("FLUX_API_KEY is not set") && text.contains("flux.yaml:7"), "{text}");
    }

    #[test]
    fn secrets_do_not_get_out() {
        let fault = Fault::upstream(UpstreamFault::Protocol, "refused key sekret-123");
        assert!(!text(&fault, &Mask::new(["sekret-123"], &capstan_engine::Secrets::default())).contains("sekret-123"));
    }
}
