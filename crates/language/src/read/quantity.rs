//! Reads amounts with a unit: sizes and durations.

use crate::{
    diagnostic::{Code, Sink},
    fields::Fields,
};

/// A size such as `10MiB`, in bytes.
pub(super) fn size(fields: &Fields<'_>, key: &'static str, sink: &mut Sink) -> Option<u64> {
    let factor = |unit: &str| match unit {
        "" | "B" => Some(1.0),
        "KiB" => Some(1024.0),
        "MiB" => Some(1024.0 * 1024.0),
        "GiB" => Some(1024.0 * 1024.0 * 1024.0),
        _ => None,
    };
    amount(fields, key, factor, ("a size", "write a number and B, KiB, MiB or GiB, such as 10MiB"), sink)
}

/// A duration such as `200ms`, `1.5s` or `2m`, in milliseconds; a number alone is milliseconds.
pub(super) fn duration(fields: &Fields<'_>, key: &'static str, sink: &mut Sink) -> Option<u64> {
    let factor = |unit: &str| match unit {
        "" | "ms" => Some(1.0),
        "s" => Some(1_000.0),
        "m" => Some(60_000.0),
        _ => None,
    };
    amount(fields, key, factor, ("a duration", "write it as 200ms, 1s or 2m"), sink)
}

fn amount(
    fields: &Fields<'_>,
    key: &'static str,
    factor: impl Fn(&str) -> Option<f64>,
    (what, help): (&str, &str),
    sink: &mut Sink,
) -> Option<u64> {
    let text = fields.text(key, sink)?.value.trim();
    let split = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let found = number.parse::<f64>().ok().zip(factor(unit.trim())).map(|(number, factor)| number * factor);
    match found {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be finite and positive")]
        Some(amount) if amount.is_finite() => Some(amount as u64),
        _ => {
            fields.error(key, Code::BadValue, format!("`{text}` is not {what}"), sink).help(help);
            None
        }
    }
}
