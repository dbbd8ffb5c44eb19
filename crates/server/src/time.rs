//! Moments as people and programs read them.

use std::time::Duration;

pub(crate) use capstan_engine::rfc3339;

/// A time span as ISO 8601 has it.
#[must_use]
pub(crate) fn iso8601(span: Duration) -> String {
    format!("PT{}.{:03}S", span.as_secs(), span.subsec_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_spans() {
        assert_eq!(iso8601(Duration::from_millis(61_005)), "PT61.005S");
    }
}
