//! URI templates of resources: `{name}` stands for one segment. Knows nothing of what a resource is.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What stays as it is in a path segment.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The values of the placeholders of `template` in `uri`; none when it does not fit.
pub(super) fn captures<'t>(template: &'t str, uri: &str) -> Option<Vec<(&'t str, String)>> {
    let mut found = Vec::new();
    fits(template, uri, &mut found).then_some(found)
}

fn fits<'t>(template: &'t str, uri: &str, found: &mut Vec<(&'t str, String)>) -> bool {
    let Some((literal, rest)) = template.split_once('{') else { return template == uri };
    let (Some(uri), Some((name, template))) = (uri.strip_prefix(literal), rest.split_once('}')) else { return false };
    let longest = uri.find('/').unwrap_or(uri.len());
    // The longest value first, so that a value may contain what follows it.
    for end in (1..=longest).rev() {
        let Some((value, uri)) = uri.split_at_checked(end) else { continue };
        found.push((name, decode(value)));
        if fits(template, uri, found) {
            return true;
        }
        found.pop();
    }
    false
}

/// Without percent-encoding.
pub(super) fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// A path segment, percent-encoded.
pub(super) fn encode(segment: &str) -> String {
    utf8_percent_encode(segment, SEGMENT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_segments() {
        assert_eq!(captures("a://x/{id}/data", "a://x/7/data"), Some(vec![("id", "7".into())]));
        assert_eq!(captures("a://x/{id}", "a://x/7/8"), None);
        assert_eq!(captures("a://x/{id}", "a://x/"), None);
        assert_eq!(
            captures("a://x/{a}-{b}.txt", "a://x/1-2-3.txt"),
            Some(vec![("a", "1-2".into()), ("b", "3".into())])
        );
        assert_eq!(captures("a://x", "a://x"), Some(vec![]));
    }

    #[test]
    fn values_are_decoded() {
        assert_eq!(captures("a://{q}", "a://b%2Fc%20d"), Some(vec![("q", "b/c d".into())]));
    }
}
