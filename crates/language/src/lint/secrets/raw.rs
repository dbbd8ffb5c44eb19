//! Secrets in a text that could not be parsed: lines that look like `token: ...`, and whatever has the form of a secret.

use std::ops::Range;

use super::format;

/// Keys that are secret whatever stands around them.
const KEYS: &[&str] =
    &["clientsecret", "secretkey", "secretaccesskey", "signingkey", "apikey", "sessiontoken", "consumerkey"];

/// Byte ranges of a text that hold secrets.
pub(super) fn secrets(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut in_key = false;
    for line in text.split_inclusive('\n') {
        let begins = line.contains("-----BEGIN ") && line.contains("PRIVATE KEY");
        if begins || in_key {
            found.push(start..start + line.trim_end().len());
            in_key = !line.contains("-----END ");
        } else {
            found.extend(in_line(line).into_iter().map(|range| start + range.start..start + range.end));
        }
        start += line.len();
    }
    found
}

fn in_line(line: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (colon, _) in line.match_indices(':') {
        let key = line.get(..colon).unwrap_or_default().trim_end_matches(['"', '\'']);
        let key = key.rsplit([' ', '{', ',', '"', '\'', '\t']).next().unwrap_or_default();
        let plain = key.to_ascii_lowercase();
        let after = line.get(colon + 1..).unwrap_or_default();
        if !(after.starts_with([' ', '"', '\'']) || after.is_empty()) {
            continue;
        }
        let value = after.trim_start();
        let at = colon + 1 + (after.len() - value.len());
        let end = value.find([',', '}', ']']).filter(|_| line.contains('{')).unwrap_or(value.len());
        let value = value.get(..end).unwrap_or_default().trim_end();
        let bare = value.trim_matches(['"', '\'']);
        let named = format::is_secret_name(key) || KEYS.contains(&&*plain);
        let secret = named || format::is_random(bare);
        if secret && !bare.is_empty() && !bare.starts_with(['|', '>']) && !format::is_template(bare) {
            found.push(at..at + value.len());
        }
    }
    if found.is_empty() && format::is_known(line) {
        found.push(line.len() - line.trim_start().len()..line.trim_end().len());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_hold_secrets_are_found() {
        let text = "token: \"abc\nauthentication: {type: bearer, token: s3cret}\nname: x\nurl: http://a:8080\nkey: sk-0123456789abcdefghij\ntoken: '{{X}}'\n";
        let found: Vec<&str> = secrets(text).into_iter().map(|range| text.get(range).unwrap()).collect();
        assert_eq!(found, ["\"abc", "s3cret", "sk-0123456789abcdefghij"]);
    }
}
