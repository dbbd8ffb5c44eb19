//! The forms a secret takes in texts: as it is, and as URLs, JSON, HTML, headers and logs write it. Finds nothing itself.

use std::{collections::BTreeSet, fmt::Write as _};

use base64::{Engine as _, prelude::BASE64_STANDARD_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Shorter pieces of an encoded form would be found everywhere.
const PIECE: usize = 8;
/// Lines of a secret of several, such as a key, that are secrets of their own.
const LINE: usize = 16;

/// What percent-encoders leave as it is: RFC 3986, JavaScript, Python, Go, and nothing but letters and digits.
const ENCODERS: [&AsciiSet; 5] = [
    UNRESERVED,
    &UNRESERVED.remove(b'!').remove(b'*').remove(b'\'').remove(b'(').remove(b')'),
    &UNRESERVED.remove(b'/'),
    &UNRESERVED.remove(b'$').remove(b'&').remove(b'+').remove(b'=').remove(b':').remove(b'@'),
    NON_ALPHANUMERIC,
];
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Every form of `secret`, itself included.
pub(super) fn forms(secret: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    all.insert(secret.to_owned());
    percent(secret, &mut all);
    escaped(secret, &mut all);
    if secret.len() >= PIECE {
        let hex = secret.bytes().fold(String::new(), |mut out, byte| {
            // Writing to a string does not fail.
            let _ = write!(out, "{byte:02x}");
            out
        });
        all.insert(hex.to_ascii_uppercase());
        all.insert(hex);
        for before in 0..3 {
            base64(secret, before, &mut all);
        }
    }
    for line in secret.lines().map(str::trim).filter(|line| line.len() >= LINE && !line.starts_with('-')) {
        all.insert(line.to_owned());
    }
    all
}

fn percent(secret: &str, all: &mut BTreeSet<String>) {
    for left in ENCODERS {
        let upper = utf8_percent_encode(secret, left).to_string();
        all.insert(lower_hex(&upper));
        all.insert(upper.replace("%20", "+"));
        all.insert(upper);
    }
    all.insert(url::form_urlencoded::byte_serialize(secret.as_bytes()).collect());
}

/// `%2F` as `%2f`.
fn lower_hex(text: &str) -> String {
    let mut parts = text.split('%');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        out.push('%');
        out.push_str(&code.to_ascii_lowercase());
        out.push_str(rest);
    }
    out
}

fn escaped(secret: &str, all: &mut BTreeSet<String>) {
    let json = in_json(secret);
    all.insert(json.replace('/', "\\/"));
    all.insert(json.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e"));
    all.insert(json.replace('&', "\\u0026").replace('<', "\\u003C").replace('>', "\\u003E").replace('\'', "\\u0027"));
    all.insert(in_ascii(&json));
    // JSON inside JSON, as a body in a log line.
    all.insert(in_json(&json));
    all.insert(json);
    let debug = format!("{secret:?}");
    all.insert(debug.get(1..debug.len() - 1).unwrap_or_default().to_owned());
    let html = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    all.insert(html.replace('\'', "&#39;"));
    all.insert(html.replace('\'', "&#x27;"));
    all.insert(html.replace('\'', "&apos;"));
    all.insert(html);
}

/// As it stands in a JSON text.
fn in_json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned()
}

/// The same for encoders that write nothing but ASCII.
fn in_ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

/// The part of a base64 text that does not depend on what stands before and behind the secret, when so many bytes stand before.
fn base64(secret: &str, before: usize, all: &mut BTreeSet<String>) {
    let mut bytes = vec![0; before];
    bytes.extend_from_slice(secret.as_bytes());
    let text = BASE64_STANDARD_NO_PAD.encode(&bytes);
    let start = if before == 0 { 0 } else { before + 1 };
    let end = text.len() - usize::from(!bytes.len().is_multiple_of(3));
    let Some(piece) = text.get(start..end).filter(|piece| piece.len() >= PIECE) else { return };
    all.insert(piece.replace('+', "-").replace('/', "_"));
    all.insert(piece.to_owned());
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};

    use super::*;

    #[test]
    fn every_way_to_write_a_secret_is_known() {
        let secret = "p@ss/w\"o\\r&d<'\u{e9}+ 9";
        let forms = forms(secret);
        let found = |text: &str| forms.iter().any(|form| text.contains(&**form));
        for text in [
            secret.to_owned(),
            serde_json::json!({ "key": secret }).to_string(),
            serde_json::json!({ "body": serde_json::json!({ "key": secret }).to_string() }).to_string(),
            serde_json::json!({ "key": secret }).to_string().replace('/', "\\/"),
            format!("{:?}", Some(secret)),
            url::form_urlencoded::Serializer::new(String::new()).append_pair("key", secret).finish(),
            utf8_percent_encode(secret, UNRESERVED).to_string(),
            utf8_percent_encode(secret, UNRESERVED).to_string().to_ascii_lowercase(),
            BASE64_STANDARD.encode(secret),
            BASE64_STANDARD.encode(format!("user:{secret}")),
            BASE64_STANDARD.encode(format!("me:{secret} and more")),
            BASE64_URL_SAFE.encode(format!("a:{secret}")),
            "p@ss/w&quot;o\\r&amp;d&lt;&#39;\u{e9}+ 9".to_owned(),
            "p@ss/w\\\"o\\\\r&d<'\\u00e9+ 9".to_owned(),
        ] {
            assert!(found(&text), "{text}");
        }
        let hex: String = secret.bytes().map(|byte| format!("{byte:02X}")).collect();
        assert!(found(&hex) && found(&hex.to_ascii_lowercase()));
    }

    #[test]
    fn a_plain_token_has_few_forms_and_no_short_ones() {
        let all = forms("sk_live_abcdefgh");
        assert!(all.len() < 16 && all.iter().all(|form| form.len() >= PIECE), "{all:?}");
        assert!(forms("abc1").iter().all(|form| form == "abc1"));
    }

    #[test]
    fn the_lines_of_a_key_are_secrets_too() {
        let forms = forms("-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG\nshort\n-----END PRIVATE KEY-----");
        assert!(forms.contains("MIIEvQIBADANBgkqhkiG") && !forms.contains("short"));
        assert!(!forms.contains("-----END PRIVATE KEY-----"));
    }
}
