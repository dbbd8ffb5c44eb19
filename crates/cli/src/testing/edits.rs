//! Changes of test files: what is not changed stays as it was written, comments and all.

use std::{ops::Range, path::Path};

use capstan_language::{render::yaml, source::Span};
use serde_json::Value;

use super::suite::Suite;

/// Replacements of parts of one file.
#[derive(Default)]
pub(super) struct Edits(Vec<(Range<usize>, String)>);

impl Edits {
    /// Puts a text in the place of what a span covers, without the white space behind it.
    pub(super) fn replace(&mut self, suite: &Suite, span: Span, text: String) {
        let old = suite.sources.text(span).unwrap_or_default();
        let start = span.range().start;
        self.push(start..start + old.trim_end().len(), text);
    }

    /// Adds a key to a mapping, below its last entry.
    pub(super) fn append(&mut self, suite: &Suite, mapping: Span, key: &str, value: &Value) {
        let Some((_, column)) = suite.sources.position(mapping) else { return };
        let Some(file) = suite.sources.get(mapping.file) else { return };
        let old = suite.sources.text(mapping).unwrap_or_default();
        let end = mapping.range().start + old.trim_end().len();
        // Behind a comment that stands on the last line.
        let end = file.text.get(end..).and_then(|rest| rest.find('\n')).map_or(file.text.len(), |at| end + at);
        let block = yaml(&serde_json::json!({ key: value }), column - 1);
        self.push(end..end, format!("\n{}", block.trim_end()));
    }

    /// Earlier parts win over what overlaps them.
    fn push(&mut self, range: Range<usize>, text: String) {
        let overlaps = |known: &Range<usize>| {
            known.start < range.end && range.start < known.end || *known == range && !range.is_empty()
        };
        if !self.0.iter().any(|(known, _)| overlaps(known)) {
            self.0.push((range, text));
        }
    }

    /// Whether there is nothing to change.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text with all changes.
    pub(super) fn applied(mut self, text: &str) -> String {
        // Stable: what is appended at one place stays in order.
        self.0.sort_by_key(|(range, _)| range.start);
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for (range, new) in &self.0 {
            out.push_str(text.get(at..range.start).unwrap_or_default());
            out.push_str(new);
            at = range.end;
        }
        out.push_str(text.get(at..).unwrap_or_default());
        out
    }
}

/// Writes a file through another one beside it, so that nobody sees half of it.
#[allow(clippy::disallowed_methods, reason = "the operator names the file")]
pub(super) fn save(path: &Path, text: &str) -> Result<(), String> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".new");
    let beside = path.with_file_name(name);
    let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|error| format!("{} cannot be written: {error}", path.display()))
}
