//! Owns what an unquoted scalar means: the YAML 1.2 core schema, narrowed so that names and versions stay text.
//! It knows nothing of places or structure.

use super::node::{NodeKind, Number, Word};
use std::borrow::Cow;

/// What an unquoted scalar is. `y`, `on`, dates, `.inf`, `01`, `1_000` and integers beyond 64 bits are text.
pub(super) fn resolve(text: Cow<'_, str>) -> (NodeKind, Word) {
    match text.as_bytes().first() {
        None | Some(b'~' | b'n' | b'N' | b't' | b'T' | b'f' | b'F') if text.len() <= 5 => {
            if let Some((word, kind)) = word(&text) {
                return (kind, word);
            }
        }
        Some(b'0'..=b'9' | b'+' | b'-' | b'.') => {
            if let Some(value) = number(&text) {
                return (NodeKind::Number(Box::new(Number { value, raw: text.into() })), Word::Empty);
            }
        }
        _ => {}
    }
    (NodeKind::String(text.into()), Word::Empty)
}

/// A word of the core schema, and how it is spelled.
fn word(text: &str) -> Option<(Word, NodeKind)> {
    Some(match text {
        "" => (Word::Empty, NodeKind::Null),
        "~" => (Word::Tilde, NodeKind::Null),
        "null" => (Word::Null, NodeKind::Null),
        "Null" => (Word::NullTitle, NodeKind::Null),
        "NULL" => (Word::NullUpper, NodeKind::Null),
        "true" => (Word::True, NodeKind::Bool(true)),
        "True" => (Word::TrueTitle, NodeKind::Bool(true)),
        "TRUE" => (Word::TrueUpper, NodeKind::Bool(true)),
        "false" => (Word::False, NodeKind::Bool(false)),
        "False" => (Word::FalseTitle, NodeKind::Bool(false)),
        "FALSE" => (Word::FalseUpper, NodeKind::Bool(false)),
        _ => return None,
    })
}

fn number(text: &str) -> Option<serde_json::Number> {
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return radix(digits, 8);
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let well_formed = digits(whole)
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|e| {
            let e = e.strip_prefix(['+', '-']).unwrap_or(e);
            !e.is_empty() && digits(e)
        })
        && !(whole.is_empty() && fraction.is_none_or(str::is_empty));
    let padded = whole.len() > 1 && whole.starts_with('0');
    if !well_formed || padded {
        return None;
    }
    if fraction.is_some() || exponent.is_some() {
        return serde_json::Number::from_f64(text.parse().ok()?);
    }
    let text = text.strip_prefix('+').unwrap_or(text);
    text.parse::<i64>().map(Into::into).or_else(|_| text.parse::<u64>().map(Into::into)).ok()
}

fn digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn radix(digits: &str, radix: u32) -> Option<serde_json::Number> {
    let plain = digits.starts_with(|c: char| c.is_ascii_hexdigit());
    plain.then(|| u64::from_str_radix(digits, radix).ok().map(Into::into)).flatten()
}

#[cfg(test)]
mod tests {
    use super::super::node::{Entry, Node};
    use super::*;
    use serde_json::json;

    #[test]
    fn unquoted_scalars_follow_the_table() {
        let text = |s: &str| json!(s);
        let cases = [
            ("", json!(null)),
            ("~", json!(null)),
            ("null", json!(null)),
            ("NULL", json!(null)),
            ("nULL", text("nULL")),
            ("none", text("none")),
            ("true", json!(true)),
            ("True", json!(true)),
            ("FALSE", json!(false)),
            ("tRUE", text("tRUE")),
            ("y", text("y")),
            ("n", text("n")),
            ("yes", text("yes")),
            ("no", text("no")),
            ("on", text("on")),
            ("off", text("off")),
            ("0", json!(0)),
            ("-0", json!(0)),
            ("00", text("00")),
            ("7", json!(7)),
            ("+7", json!(7)),
            ("-7", json!(-7)),
            ("+-7", text("+-7")),
            ("01234", text("01234")),
            ("-012", text("-012")),
            ("01.5", text("01.5")),
            ("1_000", text("1_000")),
            ("1,000", text("1,000")),
            ("0x1F", json!(31)),
            ("0x1f", json!(31)),
            ("0x", text("0x")),
            ("0x+1", text("0x+1")),
            ("0xG", text("0xG")),
            ("0o17", json!(15)),
            ("0o8", text("0o8")),
            ("017", text("017")),
            ("0b101", text("0b101")),
            ("9223372036854775807", json!(i64::MAX)),
            ("18446744073709551615", json!(u64::MAX)),
            ("-9223372036854775808", json!(i64::MIN)),
            ("18446744073709551616", text("18446744073709551616")),
            ("12345678901234567890123", text("12345678901234567890123")),
            ("1.0", json!(1.0)),
            ("1.10", json!(1.1)),
            ("0.5", json!(0.5)),
            (".5", json!(0.5)),
            ("-.5", json!(-0.5)),
            ("5.", json!(5.0)),
            (".", text(".")),
            ("-", text("-")),
            ("+", text("+")),
            ("1e3", json!(1000.0)),
            ("1E-3", json!(0.001)),
            ("1.5e+2", json!(150.0)),
            ("1e", text("1e")),
            ("e1", text("e1")),
            (".e1", text(".e1")),
            ("1e999", text("1e999")),
            (".inf", text(".inf")),
            ("-.inf", text("-.inf")),
            (".nan", text(".nan")),
            ("1.0.0", text("1.0.0")),
            ("1.0.0-alpha2", text("1.0.0-alpha2")),
            ("2015-02-01", text("2015-02-01")),
            ("2015-02-01T10:00:00Z", text("2015-02-01T10:00:00Z")),
            ("12:30:45", text("12:30:45")),
            ("1 2", text("1 2")),
            ("٣", text("٣")),
        ];
        for (input, expected) in cases {
            let (kind, word) = resolve(input.into());
            let node = Node { span: crate::source::Span::new(crate::source::FileId(0), 0, 0), kind, word };
            assert_eq!(node.to_json(), expected, "{input:?}");
            assert_eq!(node.scalar_text(), Some(input), "{input:?}");
        }
    }

    #[test]
    fn a_node_is_small() {
        assert_eq!(size_of::<Node>(), 40);
        assert_eq!(size_of::<Entry>(), 72);
    }
}
