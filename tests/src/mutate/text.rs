//! Changes of a YAML text that keep the rest of it as it was: a misspelling, an entry taken out or put in, another value.

use std::ops::Range;

use capstan_language::document::{Entry, Node};

use super::places::Object;

/// Replacements in one text, not overlapping.
#[derive(Debug, Default, Clone)]
pub struct Edits(Vec<(Range<usize>, String)>);

impl Edits {
    /// One replacement.
    #[must_use]
    pub fn one(range: Range<usize>, new: impl Into<String>) -> Self {
        Self(vec![(range, new.into())])
    }

    /// This and another one.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Where a range of the text stands after all of them.
    #[must_use]
    pub fn moved(&self, range: &Range<usize>) -> Range<usize> {
        let by: isize = (self.0.iter())
            .filter(|(edit, _)| edit.end <= range.start)
            .map(|(edit, new)| new.len().cast_signed() - edit.len().cast_signed())
            .sum();
        range.start.saturating_add_signed(by)..range.end.saturating_add_signed(by)
    }

    /// The text after all of them, and where each replacement stands in it.
    #[must_use]
    pub fn apply(&self, text: &str) -> Option<(String, Vec<Range<usize>>)> {
        let mut ordered: Vec<_> = self.0.iter().enumerate().collect();
        ordered.sort_by_key(|(_, (range, _))| (range.start, range.end));
        let mut out = String::with_capacity(text.len() + 64);
        let mut at = 0;
        let mut places = vec![0..0; self.0.len()];
        for (index, (range, new)) in ordered {
            out.push_str(text.get(at..range.start)?);
            places[index] = out.len()..out.len() + new.len();
            out.push_str(new);
            at = range.end;
        }
        out.push_str(text.get(at..)?);
        Some((out, places))
    }
}

/// Ways to mistype a word, in turn; none that leaves it equal apart from case and punctuation.
#[must_use]
pub fn misspelt(word: &str, turn: usize) -> Option<String> {
    let letters: Vec<char> = word.chars().collect();
    let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let alphabetic = |at: usize| letters.get(at).is_some_and(char::is_ascii_alphabetic);
    let way = |kind: usize| -> Option<String> {
        let mut changed = letters.clone();
        let middle = (0..letters.len()).map(|step| (letters.len() / 2 + step) % letters.len());
        let at = middle.into_iter().find(|at| alphabetic(*at) && (!kind.is_multiple_of(4) || alphabetic(at + 1)))?;
        match kind % 4 {
            0 => changed.swap(at, at + 1),
            1 if letters.len() > 3 => drop(changed.remove(at)),
            2 => changed.insert(at, letters[at]),
            _ => changed[at] = if letters[at].eq_ignore_ascii_case(&'k') { 'j' } else { 'k' },
        }
        let text: String = changed.into_iter().collect();
        (plain(&text) != plain(word)).then_some(text)
    };
    (turn..turn + 4).find_map(way)
}

/// Where a word stands inside a range.
#[must_use]
pub fn find(text: &str, within: Range<usize>, word: &str) -> Option<Range<usize>> {
    let at = text.get(within.clone())?.find(word)? + within.start;
    Some(at..at + word.len())
}

/// The range of a key as written, without quotes.
#[must_use]
pub fn key_range(text: &str, entry: &Entry) -> Option<Range<usize>> {
    find(text, entry.key.span.range(), &entry.key.value)
}

/// The end of a value, without the white space a block leaves behind it.
fn end(text: &str, node: &Node, from: usize) -> usize {
    let range = node.span.range();
    let written = text.get(range.clone()).unwrap_or_default();
    (range.start + written.trim_end().len()).max(from)
}

/// Takes an entry out of its mapping.
#[must_use]
pub fn without(text: &str, object: Object<'_>, entry: &Entry) -> Option<Edits> {
    let entries = object.entries();
    let at = entries.iter().position(|known| std::ptr::eq(known, entry))?;
    let start = entry.key.span.range().start;
    let stop = end(text, &entry.value, entry.key.span.range().end);
    if let Some(next) = entries.get(at + 1) {
        return Some(Edits::one(start..next.key.span.range().start, ""));
    }
    match at.checked_sub(1).and_then(|at| entries.get(at)) {
        Some(previous) => {
            let from = end(text, &previous.value, previous.key.span.range().end);
            // A null has no text: its entry ends with the colon.
            let from = from + text.get(from..)?.bytes().take_while(|byte| matches!(byte, b':' | b'\'' | b'"')).count();
            Some(Edits::one(from..stop, ""))
        }
        None if flow(text, object.node) => Some(Edits::one(start..stop, "")),
        None => Some(Edits::one(start..stop, "{}")),
    }
}

/// Puts an entry in front of another one of a mapping.
#[must_use]
pub fn before(text: &str, object: Object<'_>, next: &Entry, key: &str, value: &Node) -> Edits {
    let at = next.key.span.range().start;
    let line = text.get(..at).unwrap_or_default();
    let column = at - line.rfind('\n').map_or(0, |at| at + 1);
    let value = value.to_json();
    let new = match flow(text, object.node) {
        true => format!("{key}: {value}, "),
        false => format!("{key}: {value}\n{}", " ".repeat(column)),
    };
    Edits::one(at..at, new)
}

/// Gives an entry another value, written on one line.
#[must_use]
pub fn replaced(text: &str, entry: &Entry, value: &str) -> Edits {
    let start = entry.key.span.range().end;
    let stop = end(text, &entry.value, start);
    let quote = text.get(start..).is_some_and(|rest| rest.starts_with(['\'', '"']));
    let start = if quote { start + 1 } else { start };
    Edits::one(start..stop.max(start), format!(": {value}"))
}

fn flow(text: &str, node: &Node) -> bool {
    text.get(node.span.range()).is_some_and(|text| text.starts_with('{'))
}
