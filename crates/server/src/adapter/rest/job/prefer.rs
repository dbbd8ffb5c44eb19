//! `Prefer` (RFC 7240), as far as it is about waiting. Of a preference that is given several times the first counts, and what cannot
//! be read is as if it were not there: preferences are wishes.

use std::time::Duration;

use http::HeaderMap;

/// What a caller prefers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Prefer {
    /// `respond-async`: rather an answer at once than the result.
    pub(super) respond_async: bool,
    /// `wait=SECONDS`: how long it waits for the result.
    pub(super) wait: Option<Duration>,
}

impl Prefer {
    /// What the headers of a request say.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let lists = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
        let (mut prefer, mut waits) = (Self::default(), false);
        for (name, value) in lists.flat_map(preferences) {
            if name.eq_ignore_ascii_case("respond-async") {
                prefer.respond_async = true;
            } else if name.eq_ignore_ascii_case("wait") && !waits {
                waits = true;
                prefer.wait = value.parse().ok().map(Duration::from_secs);
            }
        }
        prefer
    }

    /// How long to wait where `usual` is the rule and nobody waits longer than `longest`. Who prefers both is answered at once when
    /// his patience ends (RFC 7240, 4.3).
    pub(super) fn patience(self, usual: Duration, longest: Duration) -> Duration {
        let asked = self.wait.or_else(|| self.respond_async.then_some(Duration::ZERO));
        asked.unwrap_or(usual).min(longest)
    }

    /// What `Preference-Applied` says of an answer; nothing when nothing was preferred.
    pub(super) fn applied(self, patience: Duration, over: bool) -> Option<String> {
        match (over, self.respond_async, self.wait) {
            (false, true, _) => Some("respond-async".to_owned()),
            (_, _, Some(_)) => Some(format!("wait={}", patience.as_secs())),
            (true, true, None) | (_, false, None) => None,
        }
    }
}

/// The preferences of a header, each with its value; their parameters are of no interest.
fn preferences(list: &str) -> impl Iterator<Item = (&str, &str)> {
    outside_quotes(list, ',').filter_map(|one| {
        let preference = outside_quotes(one, ';').next()?;
        let (name, value) = preference.split_once('=').unwrap_or((preference, ""));
        let name = name.trim();
        (!name.is_empty()).then(|| (name, value.trim().trim_matches('"')))
    })
}

/// The parts between separators that stand in no quoted string.
fn outside_quotes(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |c| {
        let separates = c == separator && !quoted;
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        separates
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn of(lists: &[&str]) -> Prefer {
        let mut headers = HeaderMap::new();
        for list in lists {
            headers.append("prefer", HeaderValue::from_str(list).unwrap());
        }
        Prefer::of(&headers)
    }

    #[test]
    fn preferences_are_read_as_rfc_7240_writes_them() {
        let prefer = |respond_async, wait: Option<u64>| Prefer { respond_async, wait: wait.map(Duration::from_secs) };
        for (lists, expected) in [
            (&[][..], prefer(false, None)),
            (&["respond-async"], prefer(true, None)),
            (&["Respond-Async, WAIT = 10"], prefer(true, Some(10))),
            (&["wait=\"7\"; x=\"a,wait=9\", wait=8"], prefer(false, Some(7))),
            (&["return=minimal", "wait=5"], prefer(false, Some(5))),
            (&["wait=soon, wait=5"], prefer(false, None)),
            (&["wait=-1", "respond-async; foo=\"\\\",\""], prefer(true, None)),
            (&["foo=\"respond-async, wait=3\""], prefer(false, None)),
            (&[", ,;,="], prefer(false, None)),
        ] {
            assert_eq!(of(lists), expected, "{lists:?}");
        }
    }

    #[test]
    fn nobody_waits_longer_than_the_longest() {
        let seconds = Duration::from_secs;
        for (list, patience, over, applied) in [
            ("", 25, true, None),
            ("", 25, false, None),
            ("wait=5", 5, true, Some("wait=5")),
            ("wait=900", 60, false, Some("wait=60")),
            ("respond-async", 0, false, Some("respond-async")),
            ("respond-async", 0, true, None),
            ("respond-async, wait=10", 10, true, Some("wait=10")),
            ("respond-async, wait=10", 10, false, Some("respond-async")),
        ] {
            let prefer = of(&[list]);
            assert_eq!(prefer.patience(seconds(25), seconds(60)), seconds(patience), "{list}");
            assert_eq!(prefer.applied(seconds(patience), over).as_deref(), applied, "{list}");
        }
    }
}
