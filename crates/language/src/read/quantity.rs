//! Reads amounts with a unit: sizes and durations.

use capstan_plan::duration::{BareUnit, parse_duration};

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
