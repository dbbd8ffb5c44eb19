//! Reads amounts: sizes, durations, counts, fractions and statuses.

use std::ops::RangeInclusive;

use capstan_plan::{
    Backoff,
    duration::{BareUnit, parse_duration},
};

use crate::{
    diagnostic::{Code, Sink},
    fields::Fields,
};

/// A size such as `10MiB`, in bytes.
pub(super) fn size(fields: &Fields<'_>, key: &'static str, sink: &mut Sink) -> Option<u64> {
    let text = fields.text(key, sink)?.value.trim();
    let found = parse_size(text);
    if found.is_none() {
        fields
            .error(key, Code::BadValue, format!("`{text}` is not a size"), sink)
            .help("write a number and B, KiB, MiB or GiB, such as 10MiB");
    }
    found
}

fn parse_size(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at(text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len()));
    let factor = match unit.trim() {
        "" | "B" => 1.0,
        "KiB" => 1024.0,
        "MiB" => 1024.0 * 1024.0,
        "GiB" => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    let bytes = number.parse::<f64>().ok()? * factor;
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be finite; there is no sign"
    )]
    bytes.is_finite().then_some(bytes as u64)
}

/// A duration such as `200ms`, `1.5s` or `2m`, in milliseconds; a number alone is milliseconds.
pub(super) fn duration(fields: &Fields<'_>, key: &'static str, sink: &mut Sink) -> Option<u64> {
    let text = fields.text(key, sink)?.value;
    let found = parse_duration(text, BareUnit::Milliseconds);
    if found.is_none() {
        fields
            .error(key, Code::BadValue, format!("`{}` is not a duration", text.trim()), sink)
            .help("write it as 200ms, 1s or 2m");
    }
    u64::try_from(found?.as_millis()).ok()
}

/// A duration that is longer than nothing.
pub(super) fn interval(fields: &Fields<'_>, key: &'static str, sink: &mut Sink) -> Option<u64> {
    let found = duration(fields, key, sink)?;
    if found == 0 {
        fields
            .error(key, Code::BadValue, format!("`{key}` must be longer than nothing"), sink)
            .help("write it as 500ms or 1s");
        return None;
    }
    Some(found)
}

/// `2s`, or `1s..5s`: from the first interval to the longest.
pub(super) fn range(text: &str) -> Option<Backoff> {
    let millis = |text: &str| {
        let duration = parse_duration(text, BareUnit::Milliseconds)?;
        u64::try_from(duration.as_millis()).ok().filter(|millis| *millis > 0)
    };
    let Some((first, max)) = text.split_once("..") else {
        let even = millis(text)?;
        return Some(Backoff { first_ms: even, interval_ms: even, max_ms: even, factor: 1.0, ..Backoff::DEFAULT });
    };
    let (first_ms, max_ms) = (millis(first)?, millis(max)?);
    (first_ms <= max_ms).then_some(Backoff { first_ms, interval_ms: first_ms, max_ms, ..Backoff::DEFAULT })
}

/// A whole number that is at least this.
pub(super) fn count(fields: &Fields<'_>, key: &'static str, least: u32, sink: &mut Sink) -> Option<u32> {
    let written = fields.integer(key, sink)?;
    let found = u32::try_from(written.value).ok().filter(|count| *count >= least);
    if found.is_none() {
        fields
            .error(key, Code::BadValue, format!("`{key}` cannot be {}", written.value), sink)
            .help(format!("write {least} or more"));
    }
    found
}

/// A share: `0.2`, or `20%`.
pub(super) fn fraction(fields: &Fields<'_>, key: &'static str, sink: &mut Sink) -> Option<f64> {
    let text = fields.text(key, sink)?.value.trim();
    let number = match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().map(|percent| percent / 100.0),
        None => text.parse(),
    };
    let found = number.ok().filter(|number| (0.0..=1.0).contains(number));
    if found.is_none() {
        fields.error(key, Code::BadValue, format!("`{text}` is not a share"), sink).help("write 0 to 1, or 0% to 100%");
    }
    found
}

/// The status of a problem under `status`.
pub(super) fn failing_status(fields: &Fields<'_>, sink: &mut Sink) -> Option<u16> {
    let written = fields.integer("status", sink)?;
    let status = u16::try_from(written.value).ok().filter(|status| (400..=599).contains(status));
    if status.is_none() {
        fields
            .error("status", Code::BadValue, format!("{} is not an HTTP error status", written.value), sink)
            .help("use 400 to 599");
    }
    status
}

/// One error status, or a class of them: `404`, `5xx`.
pub(super) fn statuses(text: &str) -> Option<RangeInclusive<u16>> {
    match text.trim().to_ascii_lowercase().as_str() {
        "4xx" => Some(400..=499),
        "5xx" => Some(500..=599),
        one => one.parse().ok().filter(|status| (400..=599).contains(status)).map(|status| status..=status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_often_is_one_duration_or_two() {
        let parsed = |text| range(text).map(|every| (every.first_ms, every.interval_ms, every.max_ms, every.factor));
        assert_eq!(parsed("2s"), Some((2_000, 2_000, 2_000, 1.0)));
        assert_eq!(parsed("1s..5s"), Some((1_000, 1_000, 5_000, 1.5)));
        assert_eq!(parsed("500ms .. 1m"), Some((500, 500, 60_000, 1.5)));
        for bad in ["", "0s", "5s..1s", "1s...5s", "often"] {
            assert_eq!(parsed(bad), None, "{bad}");
        }
    }

    #[test]
    fn statuses_are_one_or_a_class() {
        assert_eq!(statuses("404"), Some(404..=404));
        assert_eq!(statuses(" 5XX "), Some(500..=599));
        assert_eq!(statuses("200"), None);
        assert_eq!(statuses("6xx"), None);
    }
}
