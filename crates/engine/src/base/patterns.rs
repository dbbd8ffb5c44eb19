//! Finds secrets in bytes, whatever form they take. Owns the automaton; does not know where secrets come from.

use std::{borrow::Cow, collections::BTreeSet, fmt, ops::Range};

use aho_corasick::{AhoCorasick, Input, MatchKind};

use super::disguise::forms;

/// What stands in place of a secret.
pub(crate) const MASKED: &str = "***";

/// Shorter values are not masked: they would garble everything and hide nothing.
pub(super) const SHORTEST: usize = 4;

/// Secrets in all their forms, ready to be found.
#[derive(Default)]
pub(crate) struct Patterns {
    found: Option<AhoCorasick>,
    longest: usize,
}

impl Patterns {
    /// Finds these secrets. What is blank or too short is left out.
    pub(super) fn new<'s>(secrets: impl IntoIterator<Item = &'s str>) -> Self {
        let mut all = BTreeSet::new();
        for secret in secrets.into_iter().map(str::trim).filter(|secret| secret.len() >= SHORTEST) {
            all.extend(forms(secret));
        }
        let longest = all.iter().map(String::len).max().unwrap_or_default();
        let automaton = || AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&all).ok();
        Self { found: (!all.is_empty()).then(automaton).flatten(), longest }
    }

    /// The first secret at or behind a position.
    pub(super) fn next(&self, bytes: &[u8], from: usize) -> Option<Range<usize>> {
        let input = Input::new(bytes).span(from..bytes.len());
        self.found.as_ref()?.find(input).map(|found| found.range())
    }

    /// The most bytes a form has.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }
}

impl fmt::Debug for Patterns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Patterns({} forms)", self.found.as_ref().map_or(0, AhoCorasick::patterns_len))
    }
}

/// The first of what several sets find at or behind a position; the longest of those that begin there.
pub(super) fn first<'p>(sets: impl Iterator<Item = &'p Patterns>, bytes: &[u8], from: usize) -> Option<Range<usize>> {
    sets.filter_map(|set| set.next(bytes, from)).min_by_key(|found| (found.start, std::cmp::Reverse(found.end)))
}

/// `bytes` with what `next` finds replaced.
pub(super) fn replaced<'b>(bytes: &'b [u8], next: impl Fn(usize) -> Option<Range<usize>>) -> Cow<'b, [u8]> {
    let Some(mut found) = next(0) else { return Cow::Borrowed(bytes) };
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    loop {
        out.extend_from_slice(bytes.get(at..found.start).unwrap_or_default());
        out.extend_from_slice(MASKED.as_bytes());
        at = found.end;
        match next(at) {
            Some(more) => found = more,
            None => break,
        }
    }
    out.extend_from_slice(bytes.get(at..).unwrap_or_default());
    Cow::Owned(out)
}

/// The same for a text. What is found begins and ends at characters, since secrets are texts.
pub(super) fn replaced_text<'t>(text: &'t str, next: impl Fn(usize) -> Option<Range<usize>>) -> Cow<'t, str> {
    match replaced(text.as_bytes(), next) {
        Cow::Borrowed(_) => Cow::Borrowed(text),
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
    }
}
