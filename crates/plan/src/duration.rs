//! How people write durations, in documents and on the command line: `200ms`, `1.5s`, `2m`, `1h`.

use std::time::Duration;

/// What a number without a unit means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BareUnit {
    /// Thousandths of a second, as documents have it.
    Milliseconds,
    /// Seconds, as the command line has it.
    Seconds,
}

/// The duration a text stands for: a decimal number and `ms`, `s`, `m`, `min` or `h`.
#[must_use]
pub fn parse_duration(text: &str, bare: BareUnit) -> Option<Duration> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits)?;
    let number: f64 = number.parse().ok()?;
    let seconds = match (unit.trim(), bare) {
        ("ms", _) | ("", BareUnit::Milliseconds) => number / 1000.0,
        ("s", _) | ("", BareUnit::Seconds) => number,
        ("m" | "min", _) => number * 60.0,
        ("h", _) => number * 3600.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_a_unit() {
        let parse = |text| parse_duration(text, BareUnit::Milliseconds);
        assert_eq!(parse("200ms"), Some(Duration::from_millis(200)));
        assert_eq!(parse(" 1.5 s "), Some(Duration::from_millis(1500)));
        assert_eq!(parse("2m"), parse("2min"));
        assert_eq!(parse("1h"), parse("60m"));
        assert_eq!(parse("250"), Some(Duration::from_millis(250)));
        assert_eq!(parse_duration("30", BareUnit::Seconds), Some(Duration::from_secs(30)));
        for bad in ["", "s", "-1s", "1d", "1.2.3s", "ms200"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
